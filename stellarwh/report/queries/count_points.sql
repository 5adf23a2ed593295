-- How many points of a plane there are.
select count(*) as n
from points
where isfinite(x) and isfinite(y)
