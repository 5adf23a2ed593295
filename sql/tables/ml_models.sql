-- One row per stored part of a run: a fitted estimator, its spread, its calibration.
-- artefact holds the bytes in a format that cannot run code when it is read: XGBoost's
-- UBJSON, skops for scikit-learn, JSON for conformal quantiles, classes and domain.
-- key: run_id, target, part
create table if not exists ml.models (
    run_id varchar not null,
    target varchar not null,
    part varchar not null,
    format varchar not null,
    size bigint not null,
    sha256 varchar not null,
    artefact blob not null,
    primary key (run_id, target, part)
);
