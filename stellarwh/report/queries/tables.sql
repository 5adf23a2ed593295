-- Every stored table of the warehouse, as schema.name, and about how many rows it has.
select schema_name || '.' || table_name as name, estimated_size as n_rows
from duckdb_tables()
where database_name = current_database()
