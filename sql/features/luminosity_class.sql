-- One row per star with 2MASS photometry: its luminosity class (V, IV, III, I-II)
-- from photometry, parallax and what GALAH and LAMOST measured.
-- Label: label_luminosity_class, macro
-- luminosity_class(teff, logg)
-- of the best APOGEE row where it is clean. Features: every other column but star_id and
-- healpix_group, which are those of main.stage_observables.
-- key: star_id
create or replace view features.luminosity_class as
with
labels as (
    select
        star_id,
        luminosity_class(teff, logg) as luminosity_class
    from main.measurements
    where survey = 'apogee' and is_best and is_clean and star_id is not null
)

select
    stars.* exclude (healpix_group),
    labels.luminosity_class as label_luminosity_class,
    stars.healpix_group
from main.stage_observables as stars
left join labels
    on stars.star_id = labels.star_id;
