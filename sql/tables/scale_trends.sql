-- One row per calibration, survey, quantity and term: what the term is multiplied by, to be added
-- to a value of the survey so that it is on the scale of the reference. position is the place of
-- the term in trend_terms; covariances are those of the coefficient with each term of that list,
-- from fits to resampled cells of the sky. via names the surveys of a chain where too few stars
-- are shared with the reference itself; n counts the stars of the fit.
-- key: run_id, survey, quantity, position
create table if not exists scale.trends (
    run_id varchar not null,
    survey varchar not null,
    reference varchar not null,
    via varchar[] not null,
    quantity varchar not null,
    term varchar not null,
    position integer not null,
    coefficient double not null,
    coefficient_err double,
    covariances double[],
    n bigint not null,
    primary key (run_id, survey, quantity, position)
);
