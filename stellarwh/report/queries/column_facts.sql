-- Unit, UCD and description of the columns of a raw table.
select column_name, unit, ucd, description
from meta.columns
where schema_name = 'raw' and table_name = $survey
