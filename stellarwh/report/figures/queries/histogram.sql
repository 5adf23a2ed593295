-- Counts of x in equal bins, in all and of the selected points; empty bins, too.
with counted as (
    select
        least(
            floor((points.x - frame.x_low) / (frame.x_high - frame.x_low) * frame.x_bins),
            frame.x_bins - 1
        )::integer as x_cell,
        count(*) as n,
        count(*) filter (where points.is_selected) as n_selected
    from points
    cross join frame
    where points.x between frame.x_low and frame.x_high
    group by all
),

bins as (
    select unnest(range(frame.x_bins))::integer as x_cell
    from frame
    where frame.n_points > 0
)

select
    bins.x_cell,
    frame.x_low + bins.x_cell * ((frame.x_high - frame.x_low) / frame.x_bins) as x_from,
    frame.x_low + (bins.x_cell + 1) * ((frame.x_high - frame.x_low) / frame.x_bins) as x_to,
    coalesce(counted.n, 0) as n,
    coalesce(counted.n_selected, 0) as n_selected,
    frame.*
from bins
left join counted on bins.x_cell = counted.x_cell
cross join frame
order by bins.x_cell
