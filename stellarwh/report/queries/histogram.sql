-- Counts of x in equal bins, in all and of the selected points.
select
    least(floor((x - $x_low) / ($x_high - $x_low) * $x_bins), $x_bins - 1)::integer
        as cell,
    count(*) as n,
    count(*) filter (where is_selected) as n_selected
from points
where x between $x_low and $x_high
group by all
order by cell
