-- One row per labelled star and target of a run, predicted without its sky cell.
-- Intervals are for the star's true value on the label's scale. covered_68 and
-- covered_90 say whether the label lies in the interval after widening it by the
-- label's own error (label_err, times the factor under label_errors in parameters of
-- ml.runs); for classes, whether it is in the prediction set.
-- key: run_id, star_id, target
create table if not exists ml.out_of_fold (
    run_id varchar not null,
    star_id bigint not null,
    target varchar not null,
    fold integer not null,
    label double,
    label_err double,
    value double,
    lower_68 double,
    upper_68 double,
    lower_90 double,
    upper_90 double,
    covered_68 boolean,
    covered_90 boolean,
    label_class varchar,
    class varchar,
    probability double,
    prediction_set varchar[]
);
