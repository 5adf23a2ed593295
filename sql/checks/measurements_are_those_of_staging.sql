-- The rows that the last build stored in main.measurements have the values of staging: as
-- many of each survey, and positions, parameters, velocities and S/N alike to single precision.
-- severity: fail
with
stored as (
    select
        survey,
        count(*) as n_rows,
        sum(
            hash(
                ra, dec, teff::float, logg::float, fe_h::float, fe_h_err::float,
                alpha_fe::float, radial_velocity::float, snr::float
            )::hugeint
        ) as hashed
    from main.measurements
    group by survey
),

staged as (
    select
        survey,
        count(*) as n_rows,
        sum(
            hash(
                ra, dec, teff::float, logg::float, fe_h::float, fe_h_err::float,
                alpha_fe::float, radial_velocity::float, snr::float
            )::hugeint
        ) as hashed
    from staging.all_surveys
    group by survey
)

select
    coalesce(stored.survey, staged.survey) as survey,
    stored.n_rows as n_stored,
    staged.n_rows as n_staged
from stored
full outer join staged on stored.survey = staged.survey
where stored.hashed is distinct from staged.hashed or stored.n_rows is distinct from staged.n_rows;
