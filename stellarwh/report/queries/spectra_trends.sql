-- An index in bins of the Teff and the [Fe/H] of its star: medians with the 16th and 84th
-- percentiles, of the star's spectrum of the best S/N.
with points as (
    select
        parameters.teff,
        parameters.fe_h,
        found.value
    from raw.spectral_indices as found
    inner join main.star_spectra as spectra using (survey, spectrum_id)
    inner join cube_parameters as parameters using (star_id)
    where found.index_name = $name and isfinite(found.value)
    qualify
        row_number() over (
            partition by spectra.star_id
            order by
                spectra.snr_source = 'pixels' nulls first, spectra.snr desc nulls last, spectrum_id
        ) = 1
),

placed as (
    select
        value,
        unnest([
            { 'axis': 'teff', 'x_low': floor(teff / 250) * 250, 'step': 250 },
            { 'axis': 'fe_h', 'x_low': floor(fe_h / 0.25) * 0.25, 'step': 0.25 }
        ], recursive := true)
    from points
)

select
    axis,
    (x_low + step / 2)::double as x,
    count(*) as n,
    quantile_cont(value, 0.16)::double as y_16,
    median(value)::double as y_50,
    quantile_cont(value, 0.84)::double as y_84
from placed
where isfinite(x_low)
group by all
having count(*) >= 5
order by axis, x
