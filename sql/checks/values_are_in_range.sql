-- No staged value lies outside the range that a star can have.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    teff,
    logg,
    fe_h,
    alpha_fe,
    snr,
    radial_velocity,
    parallax,
    j_mag,
    ks_mag,
    g_mag,
    ebv,
    a_ks,
    ra,
    dec,
    epoch
from staging.all_surveys
where
    teff not between 2000 and 60000
    or logg not between -2 and 9
    or fe_h not between -6 and 2
    or alpha_fe not between -3 and 3
    or snr not between -1000 and 1000000
    or radial_velocity not between -3000 and 3000
    or parallax not between -1000 and 1000
    or least(j_mag, h_mag, ks_mag, g_mag, bp_mag, rp_mag) < -10
    or greatest(j_mag, h_mag, ks_mag, g_mag, bp_mag, rp_mag) > 30
    or ebv not between -1 and 200
    or a_ks not between -1 and 20
    or ra not between 0 and 360
    or dec not between -90 and 90
    or epoch not between 1950 and 2100;
