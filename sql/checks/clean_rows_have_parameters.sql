-- Every clean row has an effective temperature, a gravity, a metallicity and a position.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id
from staging.all_surveys
where is_clean and (teff is null or logg is null or fe_h is null or ra is null or dec is null);
