-- How many points each cell of a plane of differences holds (layer 'cells'), and the median
-- and the 16th and 84th percentile of y in equal bins of x (layer 'trend').
with cells as (
    select
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * frame.x_bins),
            frame.x_bins - 1
        )::integer as x_cell,
        least(
            floor((points.y - frame.y_low) / (frame.y_high - frame.y_low) * frame.y_bins),
            frame.y_bins - 1
        )::integer as y_cell,
        count(*) as n
    from points
    cross join frame
    where
        points.x between frame.x_low and frame.x_high
        and points.y between frame.y_low and frame.y_high
    group by all
),

binned as (
    select
        points.y,
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * 14),
            14 - 1
        ) as bin
    from points
    cross join frame
    where points.x between frame.x_low and frame.x_high and isfinite(points.y)
),

trend as (
    select
        bin::integer as x_cell,
        count(*) as n,
        quantile_cont(y, 0.16)::double as y_16,
        median(y)::double as y_50,
        quantile_cont(y, 0.84)::double as y_84
    from binned
    group by bin
    having count(*) >= 20
),

layers as (
    select
        'cells' as layer,
        *
    from cells
    union all by name
    select
        'trend' as layer,
        *
    from trend
)

select
    layers.layer,
    layers.x_cell,
    layers.y_cell,
    frame.x_low
    + (layers.x_cell + 0.5) * (frame.x_high - frame.x_low)
    / if(layers.layer = 'trend', 14, frame.x_bins) as x,
    frame.y_low
    + (layers.y_cell + 0.5) * (frame.y_high - frame.y_low) / frame.y_bins as y,
    layers.n,
    layers.y_16,
    layers.y_50,
    layers.y_84,
    frame.*
from layers
cross join frame
order by layers.layer, layers.y_cell, layers.x_cell
