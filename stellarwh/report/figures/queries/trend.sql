-- The median and the 16th and 84th percentile of y in 14 equal bins of x.
with binned as (
    select
        points.y,
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * 14),
            14 - 1
        )::integer as x_cell
    from points
    cross join frame
    where points.x between frame.x_low and frame.x_high and isfinite(points.y)
),

measured as (
    select
        x_cell,
        count(*) as n,
        quantile_cont(y, 0.16)::double as y_16,
        median(y)::double as y_50,
        quantile_cont(y, 0.84)::double as y_84
    from binned
    group by x_cell
    having count(*) >= 20
)

select
    measured.x_cell,
    frame.x_low + (measured.x_cell + 0.5) * (frame.x_high - frame.x_low) / 14 as x,
    measured.n,
    measured.y_16,
    measured.y_50,
    measured.y_84
from measured
cross join frame
