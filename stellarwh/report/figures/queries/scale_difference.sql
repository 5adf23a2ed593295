-- By how much a survey differs from the reference, in bins of the star's place and of the
-- survey's S/N: medians with the 16th and 84th percentile, as measured and on the one scale.
with rows as (
    select
        pairs.teff,
        pairs.logg,
        pairs.fe_h,
        case when survey_left = $survey then snr_left else snr_right end as snr,
        case when survey_left = $survey then 1 else -1 end as turned,
        turned * measured as measured,
        turned * calibrated as calibrated
    from scale_pair_rows as pairs
    cross join scale.in_use as in_use
    where
        quantity = $quantity
        and $survey in (survey_left, survey_right)
        and reference in (survey_left, survey_right)
        and $survey <> reference
),

placed as (
    select
        unnest([
            {
                'axis': 'teff',
                'x_low': floor(teff / 500) * 500,
                'x_high': floor(teff / 500) * 500 + 500
            },
            {
                'axis': 'logg',
                'x_low': floor(logg / 0.5) * 0.5,
                'x_high': floor(logg / 0.5) * 0.5 + 0.5
            },
            {
                'axis': 'fe_h',
                'x_low': floor(fe_h / 0.25) * 0.25,
                'x_high': floor(fe_h / 0.25) * 0.25 + 0.25
            },
            {
                'axis': 'snr',
                'x_low': list_max(list_filter([0, 20, 40, 60, 100, 200], lambda s: s <= snr)),
                'x_high': coalesce(
                    list_min(list_filter([20, 40, 60, 100, 200], lambda s: s > snr)),
                    'inf'::double
                )
            }
        ], recursive := true),
        measured,
        calibrated
    from rows
),

told as (
    select
        axis,
        x_low::double as x_low,
        x_high::double as x_high,
        unnest([
            { 'scale': 'measured', 'y': measured },
            { 'scale': 'calibrated', 'y': calibrated }
        ], recursive := true)
    from placed
    where x_low is not null
)

select
    axis,
    scale,
    x_low,
    x_high,
    count(*) as n,
    quantile_cont(y, 0.16)::double as y_16,
    median(y)::double as y_50,
    quantile_cont(y, 0.84)::double as y_84
from told
where isfinite(y)
group by axis, scale, x_low, x_high
having count(*) >= 10
order by list_position(['teff', 'logg', 'fe_h', 'snr'], axis), scale desc, x_low
