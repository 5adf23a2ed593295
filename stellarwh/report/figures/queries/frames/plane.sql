-- Where the bulk of a plane's points lies (the last per mille on each side is left out), the
-- axes a little beyond it, and how finely they are divided: few points get large cells.
with bulk as (
    select
        count(*) as n_points,
        quantile_cont(x, 0.001)::double as x_first,
        quantile_cont(x, 0.999)::double as x_last,
        quantile_cont(y, 0.001)::double as y_first,
        quantile_cont(y, 0.999)::double as y_last,
        quantile_cont(z, 0.02)::double as z_low,
        quantile_cont(z, 0.98)::double as z_high
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
        floor(least(greatest(1.2 * sqrt(n_points), 36), 150))::integer as bins
    from bulk
)

select
    n_points,
    x_first,
    x_last,
    y_first,
    y_last,
    z_low,
    z_high,
    x_first - x_margin as x_low,
    x_last + x_margin as x_high,
    y_first - y_margin as y_low,
    y_last + y_margin as y_high,
    bins as x_bins,
    bins as y_bins
from margins
