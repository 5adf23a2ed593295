-- One row per calibration, survey, quantity, group of stars and range of S/N: what makes the
-- errors that the survey states hold: factor multiplies them, floor_err is added in quadrature
-- (what does not get smaller with them, such as offsets of plates). stage_group 'all' is of all
-- stars and any S/N. method says where from: 'pairs' (maximum likelihood over the pairs of all
-- surveys at once, 2 % of them outliers, factors of at least 1), 'repeats' where no other survey
-- can tell (the survey's own repeated observations), 'other quantities' where pairs tell of the
-- survey's other quantities alone (what these agree on), 'stated' where nothing can, 'differences'
-- of a survey that does not follow the others and is not fitted. Of pairs and other quantities
-- repeat_factor is about the least that a factor is. missing_err stands
-- for errors that are not stated. repeat_factor is the factor from repeated observations alone,
-- which share what a survey does wrong each time: a second witness, and the part of an error that
-- averages out.
-- key: run_id, survey, quantity, stage_group, snr_low
create table if not exists scale.error_factors (
    run_id varchar not null,
    survey varchar not null,
    quantity varchar not null,
    stage_group varchar not null,
    snr_low double not null,
    snr_high double not null,
    factor double not null,
    factor_err double,
    floor_err double not null,
    method varchar not null,
    n bigint not null,
    repeat_factor double,
    n_repeats bigint not null,
    missing_err double,
    primary key (run_id, survey, quantity, stage_group, snr_low)
);
