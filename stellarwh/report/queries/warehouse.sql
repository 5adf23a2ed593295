-- Size of the file in bytes, as DuckDB counts its blocks.
select
    database_name as name,
    block_size * total_blocks as bytes
from pragma_database_size()
where database_name = current_database()
