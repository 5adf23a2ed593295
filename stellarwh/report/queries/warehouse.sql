-- The open warehouse: its name, and its file (NULL in memory).
select database_name as name, path
from duckdb_databases()
where database_name = current_database()
