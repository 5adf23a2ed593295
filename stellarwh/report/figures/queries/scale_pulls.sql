-- Differences of two surveys in units of their errors, as measured and on the one scale, in
-- bins a quarter wide: where errors hold, a normal distribution of spread 1. n counts the pairs of
-- the bin, n_points all; spread is 1.4826 times their median absolute deviation.
with pulls as (
    select
        survey_left,
        survey_right,
        unnest([
            { 'scale': 'measured', 'pull': measured / nullif(measured_err, 0) },
            { 'scale': 'calibrated', 'pull': calibrated / nullif(calibrated_err, 0) }
        ], recursive := true)
    from scale_pair_rows
    where quantity = $quantity
),

known as (
    from pulls
    where isfinite(pull)
),

told as (
    select
        survey_left,
        survey_right,
        scale,
        count(*) as n_points,
        median(pull) as middle,
        1.4826 * mad(pull) as spread,
        avg((abs(pull) <= 1)::integer) as share_68
    from known
    group by survey_left, survey_right, scale
    having count(*) >= 10
),

bins as (
    select
        told.*,
        unnest(range(40)) as x_cell
    from told
),

counted as (
    select
        survey_left,
        survey_right,
        scale,
        floor((pull + 5) / 0.25)::integer as x_cell,
        count(*) as n
    from known
    where pull >= -5 and pull < 5
    group by all
)

select
    bins.survey_left,
    bins.survey_right,
    bins.scale,
    bins.x_cell,
    (-5 + 0.25 * bins.x_cell)::double as x_from,
    (-5 + 0.25 * (bins.x_cell + 1))::double as x_to,
    coalesce(counted.n, 0) as n,
    bins.n_points,
    bins.middle,
    bins.spread,
    bins.share_68
from bins
left join counted
    on
        bins.survey_left = counted.survey_left
        and bins.survey_right = counted.survey_right
        and bins.scale = counted.scale
        and bins.x_cell = counted.x_cell
order by bins.survey_left, bins.survey_right, bins.scale desc, bins.x_cell
