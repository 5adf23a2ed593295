-- One row per star with 2MASS photometry: its evolutionary stage
-- from photometry, parallax and what GALAH and LAMOST measured.
-- Label: label_evolutionary_stage, macro
-- evolutionary_stage(teff, logg, fe_h, c_fe, n_fe, giant_class, release)
-- of the best APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group; none of them is APOGEE's spectroscopy, from which the label is made, nor
-- Gaia's photometry, which only APOGEE's rows have: the other stars would lack it.
-- key: star_id
create or replace view features.evolutionary_stage as
with
labels as (
    select
        star_id,
        evolutionary_stage(
            teff, logg, fe_h, c_fe, n_fe,
            giant_class := giant_class, release := release_of('apogee')
        ) as evolutionary_stage
    from main.measurements
    where survey = 'apogee' and is_best and is_clean and star_id is not null
)

select
    stars.star_id,
    stars.j_h,
    stars.h_ks,
    stars.j_ks,
    stars.j_h_0,
    stars.h_ks_0,
    stars.j_ks_0,
    stars.q_j_h_ks,
    stars.ebv,
    stars.a_ks,
    stars.parallax_over_error,
    stars.abs_ks,
    stars.abs_ks_err,
    stars.abl_ks,
    stars.galah_teff,
    stars.galah_irfm_teff,
    stars.galah_logg,
    stars.galah_fe_h,
    stars.galah_alpha_fe,
    stars.galah_c_fe,
    stars.lamost_teff,
    stars.lamost_logg,
    stars.lamost_fe_h,
    stars.lamost_alpha_fe,
    labels.evolutionary_stage as label_evolutionary_stage,
    stars.healpix_group
from main.star_observables as stars
left join labels
    on stars.star_id = labels.star_id
where stars.j_h is not null and stars.h_ks is not null;
