-- The rows that the last build stored in main.measurements have the values of staging: as
-- many of each survey, and positions, parameters, velocities and S/N alike to single precision.
-- severity: fail
with
sides as (
    select
        true as is_stored,
        *
    from main.measurements
    union all by name
    select
        false as is_stored,
        *
    from staging.all_surveys
),

hashed as (
    select
        is_stored,
        survey,
        hash(
            ra, dec, teff::float, logg::float, fe_h::float, fe_h_err::float,
            alpha_fe::float, radial_velocity::float, snr::float
        )::hugeint as row_hash
    from sides
),

compared as (
    select
        survey,
        nullif(count(*) filter (is_stored), 0) as n_stored,
        nullif(count(*) filter (not is_stored), 0) as n_staged,
        sum(row_hash) filter (is_stored) as stored_hash,
        sum(row_hash) filter (not is_stored) as staged_hash
    from hashed
    group by survey
)

select
    survey,
    n_stored,
    n_staged
from compared
where stored_hash is distinct from staged_hash or n_stored is distinct from n_staged;
