"""Which tables of a warehouse a query may read, and what is known of them."""

import duckdb

from stellarwh.adql.tables import Column, Table

__all__ = ["SCHEMAS", "is_placed", "served_tables"]

# What users see, and what each schema is.
SCHEMAS = {
    "main": "Stars, and all that is known of each: one row per star or measurement.",
    "staging": "Each survey's catalogue, cleaned: one row per catalogue row.",
    "features": "What learning tasks learn from: one row per star.",
    "raw": "Each survey's catalogue as its files have it, with their column names.",
}
# Where files lie on the machine of the service is nobody's business.
_PATHS = {("raw", "spectra", "file")}
_TABLES = """
    select schema_name, table_name, coalesce(comment, ''), estimated_size
    from duckdb_tables()
    where database_name = current_database() and not internal
    union all
    select schema_name, view_name, coalesce(comment, ''), null from duckdb_views()
    where database_name = current_database() and not internal
    order by all
"""
_COLUMNS = """
    select
        c.schema_name, c.table_name, c.column_name, c.data_type,
        coalesce(m.vounit, m.unit, ''), coalesce(m.ucd, ''),
        coalesce(m.description, c.comment, '')
    from duckdb_columns() as c
    left join meta.columns as m
        on m.schema_name = c.schema_name
        and m.table_name = c.table_name
        and m.column_name = c.column_name
    where c.database_name = current_database() and not c.internal
    order by c.schema_name, c.table_name, c.column_index
"""


def served_tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Return the tables and views that users see, with units, UCDs and descriptions.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    """
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, *facts in connection.execute(_COLUMNS).fetchall():
        if schema in SCHEMAS and (schema, table, name) not in _PATHS:
            columns.setdefault((schema, table), []).append(Column(name, *facts))
    return [
        Table(schema, name, tuple(columns[schema, name]), description, rows=rows)
        for schema, name, description, rows in connection.execute(_TABLES).fetchall()
        if (schema, name) in columns
    ]


def is_placed(table: Table) -> bool:
    """Return whether the rows of a table have a position, and the cell it lies in."""
    names = {column.name.lower() for column in table.columns}
    return {"ra", "dec", "healpix"} <= names
