-- Every column of the warehouse with its unit, UCD and description.
select
    c.schema_name || '.' || c.table_name as object,
    c.column_name as name,
    c.data_type as type,
    coalesce(facts.vounit, facts.unit, '') as unit,
    coalesce(facts.ucd, '') as ucd,
    coalesce(facts.description, '') as description
from duckdb_columns() as c
left join meta.columns as facts
    on
        c.schema_name = facts.schema_name
        and c.table_name = facts.table_name
        and c.column_name = facts.column_name
where c.database_name = current_database() and not c.internal
order by object, c.column_index
