-- One row per figure of merit of a run, on held-out stars.
-- folds says how they were held out: 'blocked' whole sky cells, 'random' single stars.
-- stratum is 'all', a group of stars, or a class. For recall and precision of a class
-- the stratum is the class.
-- key: run_id, target, metric, folds, stratum
create table if not exists ml.metrics (
    run_id varchar not null,
    target varchar not null,
    metric varchar not null,
    folds varchar not null,
    stratum varchar not null,
    n bigint not null,
    value double
);
