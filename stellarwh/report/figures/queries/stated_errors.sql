-- Errors that a survey states of clean rows of drawn stars, in bins of S/N an eighth of a decade
-- wide: their median and 16th and 84th percentile, in the unit of the quantity.
with binned as (
    select
        floor(log10(snr) * 8)::integer as x_cell,
        teff_err,
        logg_err,
        fe_h_err,
        alpha_fe_err,
        radial_velocity_err
    from main.measurements as measurements
    inner join drawn_surveys on measurements.survey = drawn_surveys.survey
    where
        measurements.survey = $survey
        and (drawn_surveys.step = 1 or measurements.star_id % drawn_surveys.step = 0)
        and measurements.is_clean
        and measurements.snr > 0
        and isfinite(measurements.snr)
),

measured as (
    select
        x_cell,
        unnest([
            {
                'quantity': 'teff',
                'n': count(teff_err),
                'y': quantile_cont(teff_err, [0.16, 0.5, 0.84])
            },
            {
                'quantity': 'logg',
                'n': count(logg_err),
                'y': quantile_cont(logg_err, [0.16, 0.5, 0.84])
            },
            {
                'quantity': 'fe_h',
                'n': count(fe_h_err),
                'y': quantile_cont(fe_h_err, [0.16, 0.5, 0.84])
            },
            {
                'quantity': 'alpha_fe',
                'n': count(alpha_fe_err),
                'y': quantile_cont(alpha_fe_err, [0.16, 0.5, 0.84])
            },
            {
                'quantity': 'radial_velocity',
                'n': count(radial_velocity_err),
                'y': quantile_cont(radial_velocity_err, [0.16, 0.5, 0.84])
            }
        ], recursive := true)
    from binned
    group by x_cell
)

select
    quantity,
    pow(10, x_cell / 8) as x_low,
    pow(10, (x_cell + 1) / 8) as x_high,
    n,
    y[1]::double as y_16,
    y[2]::double as y_50,
    y[3]::double as y_84
from measured
where n >= 20
order by
    list_position(['teff', 'logg', 'fe_h', 'alpha_fe', 'radial_velocity'], quantity),
    x_cell
