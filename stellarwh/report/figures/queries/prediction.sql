-- How many stars each cell of predicted value against label holds (layer 'cells'), each cell
-- of their difference against the label (layer 'differences'), and the median and the 16th
-- and 84th percentile of the difference in equal bins of the label (layer 'trend').
with counted as (
    select
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * frame.x_bins),
            frame.x_bins - 1
        )::integer as x_cell,
        least(
            floor((points.value - frame.x_low) / (frame.x_high - frame.x_low) * frame.x_bins),
            frame.x_bins - 1
        )::integer as y_cell,
        count(*) as n
    from points
    cross join frame
    where
        points.x between frame.x_low and frame.x_high
        and points.value between frame.x_low and frame.x_high
    group by all
),

layers as (
    select
        'cells' as layer,
        counted.*,
        frame.x_low + (counted.x_cell + 0.5) * (frame.x_high - frame.x_low) / frame.x_bins as x,
        frame.x_low + (counted.y_cell + 0.5) * (frame.x_high - frame.x_low) / frame.x_bins as y
    from counted
    cross join frame
    union all by name
    select
        'differences' as layer,
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
    layers.x,
    layers.y,
    layers.n,
    layers.y_16,
    layers.y_50,
    layers.y_84,
    frame.* rename (
        y_first as difference_first,
        y_last as difference_last,
        y_low as difference_low,
        y_high as difference_high,
        y_bins as difference_bins
    )
from layers
cross join frame
order by layers.layer, layers.y_cell, layers.x_cell
