-- One row per build of the views and stored tables.
-- key: built_at
create table if not exists meta.builds (
    built_at timestamp not null,
    views integer not null,
    tables integer not null,
    macros integer not null,
    seconds double not null,
    surveys_matched varchar[],
    fingerprint varchar
);
-- Warehouses made before builds were incremental lack the columns.
alter table meta.builds add column if not exists surveys_matched varchar[];
alter table meta.builds add column if not exists fingerprint varchar;
