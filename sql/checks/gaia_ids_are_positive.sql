-- Every Gaia source id is positive; none came through a 32-bit number.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    gaia_dr3_source_id,
    gaia_dr2_source_id
from staging.all_surveys
where gaia_dr3_source_id <= 2147483647 or gaia_dr2_source_id <= 2147483647;
