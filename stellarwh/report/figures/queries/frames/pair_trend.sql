-- The axes of four planes of differences: from the first to the last of a thousand stars. y is
-- symmetric about zero and reaches a little beyond 98 % of the stars; of radial velocities, where
-- companions lie far out, to all of them, and is logarithmic beyond core, a power of ten of at
-- least twice the scatter: one unit is core, and then a factor of ten.
with bulk as (
    select
        count(*) as n_points,
        quantile_cont(abs(measured), 0.98)::double as y_last,
        max(abs(measured)) as y_most,
        pow(10, ceil(log10(2 * greatest(1.4826 * mad(measured), 5e-4)))) as usual_core,
        [quantile_cont(teff, 0.001), quantile_cont(teff, 0.999)] as teff,
        [quantile_cont(logg, 0.001), quantile_cont(logg, 0.999)] as logg,
        [quantile_cont(fe_h, 0.001), quantile_cont(fe_h, 0.999)] as fe_h,
        [quantile_cont(snr, 0.001), quantile_cont(snr, 0.999)] as snr
    from pair_places
),

listed as (
    select
        n_points,
        case when $quantity = 'radial_velocity' then usual_core end as core,
        case
            when core is null then case when y_last > 1e-9 then 1.04 * y_last else 1 end
            else 1.02 * (1 + greatest(log10(y_most / core), 0))
        end as y_high,
        -- One star, or stars of one value, stand in the middle.
        unnest([
            { 'axis': 'teff', 'ends': teff },
            { 'axis': 'logg', 'ends': logg },
            { 'axis': 'fe_h', 'ends': fe_h },
            { 'axis': 'snr', 'ends': snr }
        ], max_depth := 2)
    from bulk
)

select
    n_points,
    core,
    axis,
    ends[1] - margin as x_low,
    ends[2] + margin as x_high,
    floor(least(greatest(0.8 * sqrt(n_points), 16), 32))::integer as x_bins,
    -y_high as y_low,
    y_high,
    floor(least(greatest(0.8 * sqrt(n_points), 16), 32))::integer * 3 // 4 + 1 as y_bins
from (
    select
        *,
        case
            when ends[2] - ends[1] > 1e-9 then 0.04 * (ends[2] - ends[1])
            else greatest(abs(ends[2]) * 0.04, 0.5)
        end as margin
    from listed
)
where ends[1] is not null
