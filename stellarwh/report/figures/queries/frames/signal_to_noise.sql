-- The extremes of log10 S/N, and a hundredth beyond them.
with bulk as (
    select
        count(*) as n_points,
        min(x)::double as x_first,
        max(x)::double as x_last
    from points
    where isfinite(x)
),

margins as (
    select
        *,
        case
            when x_last > x_first then (x_last - x_first) * 0.01
            else greatest(abs(x_last) * 0.01, 0.5)
        end as x_margin
    from bulk
)

select
    n_points,
    x_first - x_margin as x_low,
    x_last + x_margin as x_high,
    48 as x_bins
from margins
