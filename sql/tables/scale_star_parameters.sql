-- One row per star with a value of Teff, log g, [Fe/H] or [alpha/Fe]: what main.parameters has of
-- them on the scale in use, kept when that was fitted or taken in use (run_id), because the view
-- works them out anew each time: of millions of stars in minutes. built_of names what had been
-- built then: after a build of other data it is another one, until the next 'stellarwh calibrate'.
-- key: star_id
create table if not exists scale.star_parameters (
    run_id varchar not null,
    built_of varchar not null,
    star_id bigint not null,
    teff double,
    logg double,
    fe_h double,
    alpha_fe double
);
