-- healpix is the order-29 nested cell of ra and dec.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    ra,
    dec,
    healpix
from staging.all_surveys
where healpix is distinct from healpix_nested(29, ra, dec);
