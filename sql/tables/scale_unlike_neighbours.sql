-- One row per calibration and star whose values, on its scale, are unlike those of any neighbour.
-- local_outlier_factor (Breunig et al. 2000) is how many times denser its nearest stars lie than
-- the star itself, in the quantities that are compared, each in its median error: the lesser of
-- those among 10 and 40 stars. nearest_sigma is its distance from the nearest of them in its own
-- errors. quantity is the one without which it has the nearest neighbours, usual_value the median
-- that these have of it.
-- key: run_id, star_id
create table if not exists scale.unlike_neighbours (
    run_id varchar not null,
    star_id bigint not null,
    quantity varchar not null,
    quantities varchar[] not null,
    value double not null,
    err double,
    usual_value double not null,
    local_outlier_factor double not null,
    nearest_sigma double not null,
    primary key (run_id, star_id)
);
