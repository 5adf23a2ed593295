-- One row per star with 2MASS photometry: its spectral type (O B A F G K M) from
-- photometry and parallax.
-- Label: label_spectral_type, the first letter of LAMOST's own subclass where the LAMOST
-- row is clean (dM and gM count as M; other subclasses have no label). Features: every
-- other column but star_id and healpix_group; none of them comes from LAMOST's spectra.
-- key: star_id
create or replace view features.spectral_type as
with
labels as (
    select
        source_id,
        nullif(
            regexp_extract(subclass, '^(?:[dg]?(M)|([OBAFGK]))[0-9]', 1)
            || regexp_extract(subclass, '^(?:[dg]?(M)|([OBAFGK]))[0-9]', 2),
            ''
        ) as spectral_type
    from main.measurements
    where survey = 'lamost' and is_best and is_clean
)

select
    stars.star_id,
    photometry.j_h_0,
    photometry.h_ks_0,
    photometry.j_ks_0,
    photometry.bp_rp_0,
    photometry.g_rp_0,
    photometry.g_ks_0,
    photometry.q_j_h_ks,
    photometry.q_bp_rp_j_ks,
    photometry.q_g_ks_j_ks,
    photometry.ebv,
    photometry.a_ks,
    photometry.parallax_over_error,
    photometry.abs_ks,
    photometry.abl_ks,
    photometry.rpm_ks,
    labels.spectral_type as label_spectral_type,
    stars.healpix >> 50 as healpix_group
from main.stars as stars
inner join main.star_photometry as photometry
    on stars.star_id = photometry.star_id
left join labels
    on stars.lamost_source_id = labels.source_id
where photometry.j_h_0 is not null and photometry.h_ks_0 is not null;
