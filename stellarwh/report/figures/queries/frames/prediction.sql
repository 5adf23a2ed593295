-- One axis for labels and predictions, a little beyond the bulk of both, and one for their
-- differences (y).
with predicted as (
    select
        quantile_cont(value, 0.001)::double as value_first,
        quantile_cont(value, 0.999)::double as value_last
    from points
    where isfinite(x) and isfinite(value)
),

margins as (
    select
        *,
        case
            when value_last > value_first then (value_last - value_first) * 0.04
            else greatest(abs(value_last) * 0.04, 0.5)
        end as value_margin
    from predicted
)

select
    bulk.n_points,
    bulk.x_first,
    bulk.x_last,
    bulk.y_first,
    bulk.y_last,
    least(bulk.x_first - bulk.x_margin, margins.value_first - margins.value_margin) as x_low,
    greatest(bulk.x_last + bulk.x_margin, margins.value_last + margins.value_margin) as x_high,
    bulk.y_first - bulk.y_margin as y_low,
    bulk.y_last + bulk.y_margin as y_high,
    floor(least(bulk.bins, 72))::integer as x_bins,
    40 as y_bins
from bulk
cross join margins
