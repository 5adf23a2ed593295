-- The whole sky in Hammer's projection, twice as wide as high. A cell of one star says
-- little: some five stars a cell, where they suffice.
with counted as (
    select
        count(*) as n_points,
        floor(least(greatest(1.2 * sqrt(count(*) // 5), 36), 130))::integer as bins
    from points
    where isfinite(x) and isfinite(y)
)

select
    n_points,
    -2 * sqrt(2) as x_low,
    2 * sqrt(2) as x_high,
    -sqrt(2) as y_low,
    sqrt(2) as y_high,
    2 * bins as x_bins,
    bins as y_bins
from counted
