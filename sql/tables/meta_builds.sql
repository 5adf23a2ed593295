-- One row per build of the views and stored tables.
-- raw_rows and sources say of what: the rows of each survey's raw table, and the files that
-- they were read from; version says which stellarwh built. What was stored is stale once
-- another file stands there. states says what the tables of one survey were made of, so that
-- they can stay; objects what was made, so that the next build drops what is made no more.
-- key: built_at
create table if not exists meta.builds (
    built_at timestamp not null,
    views integer not null,
    tables integer not null,
    macros integer not null,
    seconds double not null,
    surveys_matched varchar[],
    fingerprint varchar,
    raw_rows map (varchar, bigint),
    sources struct(
        survey varchar,
        file varchar,
        sha256 varchar,
        release varchar,
        is_simulated boolean,
        ingest_id bigint
    )[],
    version varchar,
    states map (varchar, varchar),
    objects varchar[]
);
-- Warehouses made before builds were incremental, or said of what they are, lack them.
alter table meta.builds add column if not exists surveys_matched varchar[];
alter table meta.builds add column if not exists fingerprint varchar;
alter table meta.builds add column if not exists raw_rows map (varchar, bigint);
alter table meta.builds add column if not exists sources struct(
    survey varchar,
    file varchar,
    sha256 varchar,
    release varchar,
    is_simulated boolean,
    ingest_id bigint
)[];
alter table meta.builds add column if not exists version varchar;
alter table meta.builds add column if not exists states map (varchar, varchar);
alter table meta.builds add column if not exists objects varchar[];
