-- Where the bulk of a plane's points lies; the last per mille on each side is left out.
select
    count(*) as n,
    quantile_cont(x, 0.001) as x_low,
    quantile_cont(x, 0.999) as x_high,
    quantile_cont(y, 0.001) as y_low,
    quantile_cont(y, 0.999) as y_high,
    quantile_cont(z, 0.02) as z_low,
    quantile_cont(z, 0.98) as z_high
from points
where isfinite(x) and isfinite(y)
