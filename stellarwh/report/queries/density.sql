-- Counts and mean colour of a plane's points in a grid of cells.
select
    least(floor((x - $x_low) / ($x_high - $x_low) * $x_bins), $x_bins - 1)::integer
        as x_cell,
    least(floor((y - $y_low) / ($y_high - $y_low) * $y_bins), $y_bins - 1)::integer
        as y_cell,
    count(*) as n,
    avg(z) as z
from points
where x between $x_low and $x_high and y between $y_low and $y_high
group by all
