-- One row per star with 2MASS and Gaia photometry: APOGEE's parameters from photometry
-- and astrometry alone.
-- For stars that APOGEE observed and could not analyse, and as the floor that label
-- transfer from a spectrum has to beat. [Fe/H] comes out to 0.2 dex (simulated), not to the
-- 0.1 of the tasks with a spectrum: broad bands hardly show it, reddening hides the rest.
-- Labels: label_teff, label_logg, label_fe_h, label_alpha_fe (with _err), of the best
-- APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group.
-- key: star_id
create or replace view features.apogee_from_photometry as
with
labels as (
    select *
    from main.measurements
    where survey = 'apogee' and is_best and is_clean
)

select
    stars.star_id,
    photometry.ks_mag,
    photometry.j_h,
    photometry.h_ks,
    photometry.j_ks,
    photometry.bp_rp,
    photometry.g_ks,
    photometry.j_h_0,
    photometry.h_ks_0,
    photometry.j_ks_0,
    photometry.bp_rp_0,
    photometry.g_rp_0,
    photometry.g_ks_0,
    photometry.bp_ks_0,
    photometry.q_j_h_ks,
    photometry.q_bp_rp_j_ks,
    photometry.q_g_ks_j_ks,
    photometry.ebv,
    photometry.a_ks,
    photometry.parallax_corrected,
    photometry.parallax_err,
    photometry.parallax_over_error,
    photometry.abs_ks,
    photometry.abs_ks_err,
    photometry.abs_g,
    photometry.abl_ks,
    photometry.rpm_ks,
    labels.teff as label_teff,
    labels.teff_err as label_teff_err,
    labels.logg as label_logg,
    labels.logg_err as label_logg_err,
    labels.fe_h as label_fe_h,
    labels.fe_h_err as label_fe_h_err,
    labels.alpha_fe as label_alpha_fe,
    labels.alpha_fe_err as label_alpha_fe_err,
    healpix_group(stars.healpix) as healpix_group
from main.stars as stars
inner join main.star_photometry as photometry
    on stars.star_id = photometry.star_id
left join labels
    on stars.apogee_source_id = labels.source_id
where photometry.bp_rp is not null and photometry.g_ks is not null;
