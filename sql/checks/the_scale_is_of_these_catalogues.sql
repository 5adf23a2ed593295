-- The calibration in use was fitted to the catalogues that are here: none of its files was
-- replaced or removed since, and no survey has come that it does not know. 'stellarwh calibrate'
-- fits it anew.
-- severity: warn
select
    run_id,
    survey,
    reason
from scale.outdated;
