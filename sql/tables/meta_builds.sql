-- One row per build of the views and stored tables.
-- key: built_at
create table if not exists meta.builds (
    built_at timestamp not null,
    views integer not null,
    tables integer not null,
    macros integer not null,
    seconds double not null
);
