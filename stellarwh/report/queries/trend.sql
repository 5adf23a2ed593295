-- Median and 16th/84th percentile of y in equal bins of x.
select
    $x_low + (cell + 0.5) * ($x_high - $x_low) / $x_bins as x,
    count(*) as n,
    quantile_cont(y, 0.16) as y_16,
    median(y) as y_50,
    quantile_cont(y, 0.84) as y_84
from (
    select
        y,
        least(floor((x - $x_low) / ($x_high - $x_low) * $x_bins), $x_bins - 1) as cell
    from points
    where x between $x_low and $x_high and isfinite(y)
) as binned
group by cell
having count(*) >= 20
order by x
