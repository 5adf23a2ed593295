-- Unit, UCD and description of the columns of a table, schema.name.
select column_name, unit, ucd, description
from meta.columns
where schema_name || '.' || table_name = $table
