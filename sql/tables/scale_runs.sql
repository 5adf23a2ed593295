-- One row per calibration of the surveys' scales: the survey whose scale it is, on which stars
-- it rests, from which files and how it was fitted. The latest one is in use, unless an
-- earlier one was taken in use since (scale.uses, scale.in_use).
-- data_fingerprint is the SHA-256 of the values that it was fitted to; parameters and versions
-- are JSON text; sources are the files that the stars came from.
-- key: run_id
create table if not exists scale.runs (
    run_id varchar primary key,
    reference varchar not null,
    surveys varchar[] not null,
    seed bigint not null,
    created_at timestamp not null,
    seconds double not null,
    n_stars bigint not null,
    data_fingerprint varchar not null,
    parameters varchar not null,
    versions varchar not null,
    is_simulated boolean,
    sources struct(
        survey varchar,
        file varchar,
        sha256 varchar,
        release varchar,
        is_simulated boolean,
        ingest_id bigint
    )[]
);
