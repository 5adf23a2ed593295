-- One row per column of every table and view that has a unit or a description.
-- key: schema_name, table_name, column_name
create table if not exists meta.columns (
    schema_name varchar not null,
    table_name varchar not null,
    column_name varchar not null,
    source_name varchar,
    unit varchar,
    ucd varchar,
    description varchar,
    vounit varchar
);
-- Warehouses made before there were VOUnits lack the column.
alter table meta.columns add column if not exists vounit varchar;
