-- ingested_positions(): what the ingest of each table was told, or declares, of its columns:
-- a list of [table, ra, dec], such as ['raw.hipparcos', 'RArad', 'DErad']. Ingest and build
-- write it from meta.ingests: the macros that take a table by name see no rows of others
-- while they look for its columns. Here is the one of an empty warehouse.
create or replace macro ingested_positions() as []::varchar[][];
