-- One row per star with a clean GALAH row: APOGEE's parameters from GALAH's own.
-- Label transfer: puts GALAH's stars on APOGEE's scale.
-- Labels: label_teff, label_logg, label_fe_h, label_alpha_fe (with _err), of the best
-- APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group; all of them from the GALAH row.
-- same: teff = teff, logg = logg, fe_h = fe_h, alpha_fe = alpha_fe
-- key: star_id
create or replace view features.apogee_from_galah as
with
labels as (
    select *
    from main.measurements
    where survey = 'apogee' and is_best and is_clean
),

galah as (
    select
        *,
        ks_extinction(survey, a_ks, h_mag, w2_mag, ebv) as a,
        parallax - parallax_zero_point(survey) as parallax_corrected
    from main.measurements
    where survey = 'galah' and is_best and is_clean
)

select
    stars.star_id,
    galah.teff,
    galah.irfm_teff,
    galah.logg,
    galah.fe_h,
    galah.alpha_fe,
    galah.c_fe,
    galah.o_fe,
    galah.na_fe,
    galah.mg_fe,
    galah.al_fe,
    galah.si_fe,
    galah.ca_fe,
    galah.ti_fe,
    galah.cr_fe,
    galah.mn_fe,
    galah.ni_fe,
    galah.mg_mn,
    galah.snr,
    galah.ebv,
    galah.a_ks,
    galah.j_mag - galah.ks_mag as j_ks,
    galah.j_mag - galah.h_mag as j_h,
    galah.j_mag - galah.ks_mag - (a_j_per_ks() - 1) * galah.a as j_ks_0,
    galah.j_mag - galah.h_mag - (a_j_per_ks() - a_h_per_ks()) * galah.a as j_h_0,
    galah.parallax_corrected / galah.parallax_err as parallax_over_error,
    galah.parallax_corrected * pow(10, 0.2 * (galah.ks_mag - galah.a) - 2) as abl_ks,
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
inner join galah
    on stars.galah_source_id = galah.source_id
left join labels
    on stars.apogee_source_id = labels.source_id;
