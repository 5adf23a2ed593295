-- Where the bulk of labels, predictions and their differences lies, as in plane.sql: one
-- range for labels and predictions, one for the differences.
with bulk as (
    select
        count(*) as n_points,
        quantile_cont(x, 0.001)::double as x_first,
        quantile_cont(x, 0.999)::double as x_last,
        quantile_cont(y, 0.001)::double as y_first,
        quantile_cont(y, 0.999)::double as y_last,
        quantile_cont("difference", 0.001)::double as difference_first,
        quantile_cont("difference", 0.999)::double as difference_last
    from points
    where isfinite(x) and isfinite(y)
),

margins as (
    select
        *,
        case
            when x_last > x_first then (x_last - x_first) * 0.04
            else greatest(abs(x_last) * 0.04, 0.5)
        end as x_margin,
        case
            when y_last > y_first then (y_last - y_first) * 0.04
            else greatest(abs(y_last) * 0.04, 0.5)
        end as y_margin,
        case
            when difference_last > difference_first
                then (difference_last - difference_first) * 0.04
            else greatest(abs(difference_last) * 0.04, 0.5)
        end as difference_margin,
        floor(least(greatest(1.2 * sqrt(n_points), 36), 110))::integer as bins
    from bulk
)

select
    n_points,
    x_first,
    x_last,
    difference_first,
    difference_last,
    least(x_first - x_margin, y_first - y_margin) as x_low,
    greatest(x_last + x_margin, y_last + y_margin) as x_high,
    difference_first - difference_margin as difference_low,
    difference_last + difference_margin as difference_high,
    bins as x_bins,
    60 as difference_bins
from margins
