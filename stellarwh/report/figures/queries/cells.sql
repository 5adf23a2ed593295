-- How many points each cell of a plane holds, and the mean of what colours them.
with counted as (
    select
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * frame.x_bins),
            frame.x_bins - 1
        )::integer as x_cell,
        least(
            floor((points.y - frame.y_low) / (frame.y_high - frame.y_low) * frame.y_bins),
            frame.y_bins - 1
        )::integer as y_cell,
        count(*) as n,
        avg(points.z) as z
    from points
    cross join frame
    where
        points.x between frame.x_low and frame.x_high
        and points.y between frame.y_low and frame.y_high
    group by all
)

select
    counted.x_cell,
    counted.y_cell,
    frame.x_low + (counted.x_cell + 0.5) * (frame.x_high - frame.x_low) / frame.x_bins as x,
    frame.y_low + (counted.y_cell + 0.5) * (frame.y_high - frame.y_low) / frame.y_bins as y,
    counted.n,
    counted.z
from counted
cross join frame
