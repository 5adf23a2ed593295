-- One row per star with 2MASS photometry: its evolutionary stage
-- from photometry, parallax and what GALAH and LAMOST measured.
-- Label: label_evolutionary_stage, macro
-- evolutionary_stage(teff, logg, fe_h, c_fe, n_fe)
-- of the best APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group; none of them is APOGEE's spectroscopy, from which the label is made.
-- key: star_id
create or replace view features.evolutionary_stage as
with
labels as (
    select
        source_id,
        evolutionary_stage(teff, logg, fe_h, c_fe, n_fe) as evolutionary_stage
    from main.measurements
    where survey = 'apogee' and is_best and is_clean
),

galah as (
    select *
    from main.measurements
    where survey = 'galah' and is_best and is_clean
),

lamost as (
    select *
    from main.measurements
    where survey = 'lamost' and is_best and is_clean
)

select
    stars.star_id,
    photometry.j_h_0,
    photometry.h_ks_0,
    photometry.j_ks_0,
    photometry.q_j_h_ks,
    photometry.ebv,
    photometry.a_ks,
    photometry.parallax_over_error,
    photometry.abs_ks,
    photometry.abs_ks_err,
    photometry.abl_ks,
    galah.teff as galah_teff,
    galah.logg as galah_logg,
    galah.fe_h as galah_fe_h,
    galah.alpha_fe as galah_alpha_fe,
    galah.c_fe as galah_c_fe,
    lamost.teff as lamost_teff,
    lamost.logg as lamost_logg,
    lamost.fe_h as lamost_fe_h,
    lamost.alpha_fe as lamost_alpha_fe,
    labels.evolutionary_stage as label_evolutionary_stage,
    stars.healpix >> 50 as healpix_group
from main.stars as stars
inner join main.star_photometry as photometry
    on stars.star_id = photometry.star_id
left join labels
    on stars.apogee_source_id = labels.source_id
left join galah
    on stars.galah_source_id = galah.source_id
left join lamost
    on stars.lamost_source_id = lamost.source_id
where photometry.j_h_0 is not null and photometry.h_ks_0 is not null;
