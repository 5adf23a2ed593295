-- One row per run that has predicted: when it last did, and the files that it was applied to.
-- key: run_id
create table if not exists ml.predicted_from (
    run_id varchar not null,
    predicted_at timestamp not null,
    sources struct(
        survey varchar,
        file varchar,
        sha256 varchar,
        release varchar,
        is_simulated boolean,
        ingest_id bigint
    )[] not null
);
