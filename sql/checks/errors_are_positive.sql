-- Every error in staging is positive and stands beside a value.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    teff_err,
    logg_err,
    fe_h_err,
    alpha_fe_err,
    mg_fe_err,
    parallax_err,
    radial_velocity_err
from staging.all_surveys
where
    least(
        teff_err, logg_err, fe_h_err, alpha_fe_err, mg_fe_err, parallax_err, radial_velocity_err,
        pmra_err, pmdec_err, j_mag_err, h_mag_err, ks_mag_err
    ) <= 0
    or (fe_h is null and fe_h_err is not null)
    or (alpha_fe is null and alpha_fe_err is not null)
    or (mg_fe is null and mg_fe_err is not null);
