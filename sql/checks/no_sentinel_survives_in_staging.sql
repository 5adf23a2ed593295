-- No number in staging is a filler for "missing": NaN, infinite, -9999 or its like.
-- severity: fail
-- of: staging.all_surveys
select
    survey,
    source_id,
    least(
        teff, teff_err, logg, logg_err, fe_h, fe_h_err, alpha_fe, alpha_fe_err,
        c_fe, c_fe_err, n_fe, n_fe_err, o_fe, o_fe_err, mg_fe, mg_fe_err,
        al_fe, al_fe_err, si_fe, si_fe_err, ca_fe, ca_fe_err, ti_fe, ti_fe_err,
        mn_fe, mn_fe_err, ni_fe, ni_fe_err, ra, dec, pmra, pmra_err, pmdec, pmdec_err,
        parallax, parallax_err, radial_velocity, radial_velocity_err, snr,
        j_mag, j_mag_err, h_mag, h_mag_err, ks_mag, ks_mag_err,
        g_mag, bp_mag, rp_mag, ebv, a_ks
    ) as lowest,
    greatest(
        teff, teff_err, logg, logg_err, fe_h, fe_h_err, alpha_fe, alpha_fe_err,
        c_fe, c_fe_err, n_fe, n_fe_err, o_fe, o_fe_err, mg_fe, mg_fe_err,
        al_fe, al_fe_err, si_fe, si_fe_err, ca_fe, ca_fe_err, ti_fe, ti_fe_err,
        mn_fe, mn_fe_err, ni_fe, ni_fe_err, ra, dec, pmra, pmra_err, pmdec, pmdec_err,
        parallax, parallax_err, radial_velocity, radial_velocity_err, snr,
        j_mag, j_mag_err, h_mag, h_mag_err, ks_mag, ks_mag_err,
        g_mag, bp_mag, rp_mag, ebv, a_ks
    ) as highest
from staging.all_surveys
where
    not isfinite(highest) -- NaN is the largest of all numbers
    or lowest <= -9998
    or (
        -- A list of every row would take ten times as long as all else.
        (lowest <= -999 or highest >= 999999)
        and list_has_any(
            [
                teff, teff_err, logg, logg_err, fe_h, fe_h_err, alpha_fe, alpha_fe_err,
                c_fe, c_fe_err, n_fe, n_fe_err, o_fe, o_fe_err, mg_fe, mg_fe_err,
                al_fe, al_fe_err, si_fe, si_fe_err, ca_fe, ca_fe_err, ti_fe, ti_fe_err,
                mn_fe, mn_fe_err, ni_fe, ni_fe_err, ra, dec, pmra, pmra_err, pmdec, pmdec_err,
                parallax, parallax_err, radial_velocity, radial_velocity_err, snr,
                j_mag, j_mag_err, h_mag, h_mag_err, ks_mag, ks_mag_err,
                g_mag, bp_mag, rp_mag, ebv, a_ks
            ],
            [-999, 999999, (-999.99)::float::double]
        )
    );
