-- The spectra whose indices are farthest from those of like stars (Teff within the same 250 K,
-- log g within the same 1, [Fe/H] within the same 0.5 dex): in units of the robust scatter and
-- the index's own error.
with points as (
    select
        found.survey,
        found.spectrum_id,
        spectra.star_id,
        found.index_name,
        found.value,
        found.err,
        floor(parameters.teff / 250) as teff_cell,
        floor(parameters.logg) as logg_cell,
        floor(parameters.fe_h / 0.5) as fe_h_cell
    from raw.spectral_indices as found
    inner join main.star_spectra as spectra using (survey, spectrum_id)
    inner join cube_parameters as parameters using (star_id)
    where
        list_contains($names, found.index_name) and isfinite(found.value)
        and isfinite(found.err) and isfinite(teff)
        and isfinite(logg) and isfinite(fe_h)
),

cells as (
    select
        survey,
        index_name,
        teff_cell,
        logg_cell,
        fe_h_cell,
        median(value) as middle,
        1.4826 * mad(value) as scatter
    from points
    group by all
    having count(*) >= 10
),

residuals as (
    select
        points.*,
        middle,
        (value - middle) / sqrt(scatter ^ 2 + err ^ 2) as residual
    from points
    inner join cells using (survey, index_name, teff_cell, logg_cell, fe_h_cell)
    where scatter > 0
    qualify
        row_number() over (
            partition by survey, spectrum_id order by abs(residual) desc, index_name
        ) = 1
)

select
    survey,
    spectrum_id,
    residuals.star_id,
    residuals.index_name,
    residuals.value,
    middle,
    residual,
    spectra.file,
    spectra.sha256,
    spectra.velocity,
    spectra.snr,
    spectra.is_simulated
from residuals
inner join raw.spectra as spectra using (survey, spectrum_id)
where spectra.refusal is null
order by abs(residual) desc, survey, spectrum_id
limit 6
