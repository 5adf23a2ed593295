-- One row per star with photometry, a clean GALAH or a clean LAMOST row: APOGEE's parameters
-- from whatever the star has, NULL where nothing gives a feature. [Fe/H] comes out to 0.07-0.09
-- dex with a spectrum and to 0.2 without (simulated): broad bands hardly show it.
-- Labels: label_teff, label_logg, label_fe_h, label_alpha_fe (with _err), of the best APOGEE row
-- where it is clean. Features: all else but star_id and healpix_group; spectro_ is GALAH or LAMOST.
-- Nearly all labelled stars have APOGEE's photometry, and most others do not (decision 20): so
-- a labelled star is shown, by its share (0-3, from star_id), 0 with all it has, 1 with the
-- photometry of its GALAH row, 2 as LAMOST alone would have it, 3 with photometry alone (its
-- GALAH row's, if any). Without a label a star is shown with all it has.
-- same: teff = spectro_teff, logg = spectro_logg, fe_h = spectro_fe_h, alpha_fe = spectro_alpha_fe
-- key: star_id
create or replace view features.apogee_from_any as
with
labels as (
    select *
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
),

shown as (
    select
        stars.star_id,
        healpix_group(stars.healpix) as healpix_group,
        labels.source_id as apogee_source_id,
        case
            when labels.source_id is not null
                then ('0x' || left(md5(stars.star_id::varchar), 4))::integer % 4
            else 0
        end as share,
        share = 2 and lamost.source_id is not null as is_lamost_alone,
        case
            when is_lamost_alone then 'lamost'
            when share in (1, 3) and stars.galah_source_id is not null then 'galah'
        end as photometry_survey,
        case
            when photometry_survey = 'lamost' then stars.lamost_source_id
            when photometry_survey = 'galah' then stars.galah_source_id
            else best.source_id
        end as photometry_source_id,
        coalesce(photometry_survey, best.survey) as photometry_of,
        case
            when share <> 3 and not is_lamost_alone then stars.galah_source_id
        end as galah_source_id,
        case when share <> 3 then stars.lamost_source_id end as lamost_source_id
    from main.stars as stars
    left join main.star_photometry as best
        on stars.star_id = best.star_id
    left join labels
        on stars.apogee_source_id = labels.source_id
    left join lamost
        on stars.lamost_source_id = lamost.source_id
)

select
    shown.star_id,
    photometry.ks_mag,
    photometry.j_h,
    photometry.h_ks,
    photometry.j_ks,
    photometry.bp_rp,
    photometry.g_ks,
    photometry.j_h_0,
    photometry.h_ks_0,
    photometry.j_ks_0,
    photometry.q_j_h_ks,
    photometry.bp_rp_0,
    photometry.g_rp_0,
    photometry.g_ks_0,
    photometry.bp_ks_0,
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
    coalesce(galah.teff, lamost.teff) as spectro_teff,
    coalesce(galah.logg, lamost.logg) as spectro_logg,
    coalesce(galah.fe_h, lamost.fe_h) as spectro_fe_h,
    coalesce(galah.alpha_fe, lamost.alpha_fe) as spectro_alpha_fe,
    galah.teff as galah_teff,
    galah.irfm_teff as galah_irfm_teff,
    galah.logg as galah_logg,
    galah.fe_h as galah_fe_h,
    galah.alpha_fe as galah_alpha_fe,
    galah.c_fe as galah_c_fe,
    galah.o_fe as galah_o_fe,
    galah.mg_fe as galah_mg_fe,
    galah.al_fe as galah_al_fe,
    galah.ni_fe as galah_ni_fe,
    galah.mg_mn as galah_mg_mn,
    galah.snr as galah_snr,
    lamost.teff as lamost_teff,
    lamost.logg as lamost_logg,
    lamost.fe_h as lamost_fe_h,
    lamost.alpha_fe as lamost_alpha_fe,
    lamost.snr as lamost_snr,
    lamost.ps_g_mag - lamost.ps_r_mag as ps_g_r,
    lamost.ps_r_mag - lamost.ps_i_mag as ps_r_i,
    lamost.ps_i_mag - lamost.ps_z_mag as ps_i_z,
    lamost.ps_z_mag - lamost.ps_y_mag as ps_z_y,
    lamost.g_mag - lamost.ps_i_mag as g_ps_i,
    labels.teff as label_teff,
    labels.teff_err as label_teff_err,
    labels.logg as label_logg,
    labels.logg_err as label_logg_err,
    labels.fe_h as label_fe_h,
    labels.fe_h_err as label_fe_h_err,
    labels.alpha_fe as label_alpha_fe,
    labels.alpha_fe_err as label_alpha_fe_err,
    shown.healpix_group
from shown
left join main.row_photometry as photometry
    on shown.photometry_of = photometry.survey and shown.photometry_source_id = photometry.source_id
left join galah
    on shown.galah_source_id = galah.source_id
left join lamost
    on shown.lamost_source_id = lamost.source_id
left join labels
    on shown.apogee_source_id = labels.source_id
where
    photometry.j_ks is not null or photometry.bp_rp is not null
    or galah.source_id is not null or lamost.source_id is not null;
