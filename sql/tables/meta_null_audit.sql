-- One row per column and rule that made values NULL when a survey was read.
-- Layer raw: NULL in the raw table itself (a column's rules add up to its NULLs).
-- Layer staging: still a sentinel or NaN in raw, to be NULL in staging.
-- key: survey, column_name, rule
create table if not exists meta.null_audit (
    survey varchar not null,
    column_name varchar not null,
    rule varchar not null,
    n bigint not null,
    layer varchar not null
);
