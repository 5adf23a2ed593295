-- Extremes of a quantity.
select count(*) as n, min(x) as x_low, max(x) as x_high
from points
where isfinite(x)
