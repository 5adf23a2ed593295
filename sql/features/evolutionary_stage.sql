-- One row per star with 2MASS photometry: its evolutionary stage
-- from photometry, parallax and what GALAH and LAMOST measured.
-- Label: label_evolutionary_stage, macro
-- evolutionary_stage(teff, logg, fe_h, c_fe, n_fe, giant_class, release)
-- of the best APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group, which are those of main.stage_observables.
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
    stars.* exclude (healpix_group),
    labels.evolutionary_stage as label_evolutionary_stage,
    stars.healpix_group
from main.stage_observables as stars
left join labels
    on stars.star_id = labels.star_id;
