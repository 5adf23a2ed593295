-- One row per star with 2MASS photometry: what its evolutionary stage and luminosity class are
-- told from, for both tasks. None is APOGEE's spectroscopy, from which their labels are made,
-- nor Gaia's photometry, which only APOGEE's rows have: the other stars would lack it.
-- key: star_id
create or replace view main.stage_observables as
select
    star_id,
    healpix_group,
    j_h,
    h_ks,
    j_ks,
    j_h_0,
    h_ks_0,
    j_ks_0,
    q_j_h_ks,
    ebv,
    a_ks,
    parallax_over_error,
    abs_ks,
    abs_ks_err,
    abl_ks,
    galah_teff,
    galah_irfm_teff,
    galah_logg,
    galah_fe_h,
    galah_alpha_fe,
    galah_c_fe,
    lamost_teff,
    lamost_logg,
    lamost_fe_h,
    lamost_alpha_fe
from main.star_observables
where j_h is not null and h_ks is not null;
