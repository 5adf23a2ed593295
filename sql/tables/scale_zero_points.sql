-- One row per calibration, survey and quantity: the median difference (reference minus survey)
-- of the stars of the fit, which moves the values that a star's place among the parameters is
-- made of, its error, and the scatter (1.4826 times the median absolute deviation).
-- key: run_id, survey, quantity
create table if not exists scale.zero_points (
    run_id varchar not null,
    survey varchar not null,
    reference varchar not null,
    quantity varchar not null,
    zero_point double not null,
    zero_point_err double,
    scatter double,
    n bigint not null,
    primary key (run_id, survey, quantity)
);
