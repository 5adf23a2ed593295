-- Every table and view of the warehouse, as schema.name.
select table_schema || '.' || table_name as name
from information_schema.tables
where table_catalog = current_database()
