-- One row per feature and target of a run: how much the estimator used it.
-- importance sums to one over the features; method says how it was measured.
-- key: run_id, target, feature
create table if not exists ml.feature_importance (
    run_id varchar not null,
    target varchar not null,
    feature varchar not null,
    method varchar not null,
    importance double not null
);
