-- One row per file that a raw table was read from, and how; rows and columns as of then.
-- file_table: which of the tables in the file; NULL for formats that hold one.
-- position_from: the column of names that the position was taken from, where it was.
-- made_of: of stored pairs, the catalogues that were matched, as they were then.
-- declared: of a catalogue of the user's own, which columns are which of main.measurements, their
-- unit in the file, and the factor to the glossary's.
-- key: ingest_id
create table if not exists meta.ingests (
    ingest_id bigint not null,
    survey varchar not null,
    file varchar not null,
    size bigint not null,
    sha256 varchar not null,
    format varchar not null,
    release varchar,
    is_simulated boolean not null,
    rows bigint not null,
    columns integer not null,
    selection varchar not null,
    ra_column varchar,
    dec_column varchar,
    pmra_column varchar,
    pmdec_column varchar,
    epoch double,
    is_clustered boolean not null,
    warnings varchar[] not null,
    seconds double not null,
    version varchar not null,
    ingested_at timestamp not null,
    file_table varchar,
    position_from varchar,
    made_of struct(survey varchar, ingest_id bigint)[],
    declared struct("name" varchar, column_name varchar, unit varchar, factor double)[]
);
-- Warehouses made before a table of a file, or a name, could be chosen, or pairs said
-- what they are of, or columns could be declared, lack the columns.
alter table meta.ingests add column if not exists file_table varchar;
alter table meta.ingests add column if not exists position_from varchar;
alter table meta.ingests
add column if not exists made_of struct(survey varchar, ingest_id bigint)[];
alter table meta.ingests
add column if not exists declared
struct("name" varchar, column_name varchar, unit varchar, factor double)[];
