-- How many points each cell of a plane of differences holds (layer 'cells'), and the median
-- and the 16th and 84th percentile of y in equal bins of x (layer 'trend').
with layers as (
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
    layers.x,
    layers.y,
    layers.n,
    layers.y_16,
    layers.y_50,
    layers.y_84,
    frame.*
from layers
cross join frame
order by layers.layer, layers.y_cell, layers.x_cell
