-- One row per star and target that a run predicted.
-- No value has seen its own label: stars the run was trained on carry their
-- out-of-fold value. is_out_of_fold marks them. in_domain is false where a feature
-- lies outside the range of the training stars, or is missing where none was missing.
-- key: run_id, star_id, target
create table if not exists ml.predictions (
    run_id varchar not null,
    star_id bigint not null,
    target varchar not null,
    value double,
    lower_68 double,
    upper_68 double,
    lower_90 double,
    upper_90 double,
    class varchar,
    probability double,
    prediction_set varchar[],
    in_domain boolean not null,
    is_out_of_fold boolean not null
);
