-- What each learning task is, as its view's comment says.
select view_name as task, comment as description
from duckdb_views()
where
    schema_name = 'features'
    and database_name = current_database()
    and comment is not null
