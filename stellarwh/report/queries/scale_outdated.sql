-- For which surveys the calibration in use is of other data than are here, and why.
select
    survey,
    reason
from scale.outdated
order by survey, reason
