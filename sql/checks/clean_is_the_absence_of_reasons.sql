-- A row is clean if and only if it has no rejection reason, and no reason is NULL.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    rejection_reasons
from staging.all_surveys
where
    is_clean is distinct from (len(rejection_reasons) = 0)
    or list_contains(rejection_reasons, null);
