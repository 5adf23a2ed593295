-- What the columns of a table mean, and their units: they are comments in the file itself.
-- topic: The warehouse
select
    column_name,
    data_type,
    comment
from duckdb_columns()
where schema_name = 'main' and table_name = 'stars'
order by column_index;
