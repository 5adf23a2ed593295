-- One row per star and target that a run predicted.
-- No value has seen its own label: stars the run was trained on carry their
-- out-of-fold value. is_out_of_fold marks them. training_distance says how far the star
-- lies from the training stars (0 among them; 99.9 % of them are below 1). in_domain is
-- false where that is above 1, where a feature lies outside the range of the training stars
-- or is missing where none was missing, and where stars alike carry no label.
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
    training_distance double,
    is_out_of_fold boolean not null
);

-- Warehouses of before have the table without it.
alter table ml.predictions add column if not exists training_distance double;
