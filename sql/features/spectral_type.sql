-- One row per star with 2MASS photometry: its spectral type (O B A F G K M) from
-- photometry, parallax and what APOGEE and GALAH measured.
-- Label: label_spectral_type, the first letter of LAMOST's own subclass where the LAMOST
-- row is clean (dM and gM count as M; other subclasses have no label). Features: every
-- other column but star_id and healpix_group; none of them comes from LAMOST, as the stars
-- to be typed have no row there.
-- key: star_id
create or replace view features.spectral_type as
with
letters as (
    select
        *,
        regexp_extract(lamost_subclass, '^(?:[dg]?(M)|([OBAFGK]))[0-9]', 1)
        || regexp_extract(lamost_subclass, '^(?:[dg]?(M)|([OBAFGK]))[0-9]', 2) as letter
    from main.star_observables
)

select
    star_id,
    j_h,
    h_ks,
    j_ks,
    bp_rp,
    g_ks,
    j_h_0,
    h_ks_0,
    j_ks_0,
    bp_rp_0,
    g_rp_0,
    g_ks_0,
    bp_ks_0,
    q_j_h_ks,
    q_bp_rp_j_ks,
    q_g_ks_j_ks,
    ebv,
    a_ks,
    parallax_over_error,
    abs_ks,
    abs_g,
    abl_ks,
    rpm_ks,
    apogee_teff,
    apogee_logg,
    apogee_fe_h,
    apogee_snr,
    radial_velocity_scatter,
    galah_teff,
    galah_irfm_teff,
    galah_logg,
    galah_fe_h,
    galah_snr,
    nullif(letter, '') as label_spectral_type,
    healpix_group
from letters
where j_h is not null and h_ks is not null;
