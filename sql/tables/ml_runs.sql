-- One row per training run: what was trained, on which data, with which software.
-- data_fingerprint is the SHA-256 of the ordered labelled rows, view_sql the view they
-- came from; parameters and versions are JSON text; artefacts_sha256 seals ml.models.
-- sources are the files that it learned from; a table whose file is not known has none.
-- is_simulated is true if any of them is simulated, NULL if that is not known of all.
-- Whether they have been replaced since: main.run_provenance.
-- seal says whose key sealed the row: predict applies runs of others with --trust-runs only.
-- key: run_id
create table if not exists ml.runs (
    run_id varchar primary key,
    task varchar not null,
    kind varchar not null,
    estimator varchar not null,
    seed bigint not null,
    folds integer not null,
    device varchar not null,
    created_at timestamp not null,
    seconds double not null,
    rows_labelled bigint not null,
    targets varchar[] not null,
    features varchar[] not null,
    feature_types varchar[] not null,
    data_fingerprint varchar not null,
    view_sql varchar not null,
    parameters varchar not null,
    versions varchar not null,
    artefacts_sha256 varchar not null,
    is_simulated boolean,
    sources struct(
        survey varchar,
        file varchar,
        sha256 varchar,
        release varchar,
        is_simulated boolean,
        ingest_id bigint
    )[],
    seal varchar
);

-- Warehouses made before runs said what they learned from, or were sealed, lack them.
alter table ml.runs add column if not exists is_simulated boolean;
alter table ml.runs add column if not exists sources struct(
    survey varchar,
    file varchar,
    sha256 varchar,
    release varchar,
    is_simulated boolean,
    ingest_id bigint
)[];
alter table ml.runs add column if not exists seal varchar;
