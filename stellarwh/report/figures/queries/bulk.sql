-- Where the bulk of the points lies (the last per mille on each side is left out), how far
-- axes reach beyond it, and into how many cells they are divided before a figure says how many
-- are too many: few points get large cells.
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
)

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
    greatest(1.2 * sqrt(n_points), 36) as bins
from bulk
