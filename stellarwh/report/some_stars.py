"""Views that work out all stars, whichever of them are asked for, of some stars alone.

``scale.values`` takes minutes and gigabytes of some millions, and
``main.star_photometry`` seconds. So the same views stand, for a while, in a database in
memory over the rows of these stars, and give the same values of them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from stellarwh.content import content_dir
from stellarwh.quoting import quote_identifier, quote_table, quote_text
from stellarwh.warehouse.sql_files import read_sql_files

# What says how values are moved, of all stars: small.
_COPIED = ("scale.in_use", "scale.corrections", "scale.factors")
# What is of few stars anyway, and the views read beside the measurements.
_SEEN = (
    "main.benchmark_stars",
    "main.cluster_members",
    "meta.benchmark_values",
    "meta.cluster_values",
)
# In the order that they read each other.
_VIEWS = (
    "main.row_photometry",
    "main.star_photometry",
    "main.measured_values",
    "scale.places",
    "scale.values",
    "scale.survey_values",
    "scale.star_values",
    "main.benchmark_residuals",
    "main.cluster_metallicities",
    "main.cluster_scatter",
)
_OBJECTS = """
select
    current_database(),
    current_setting('search_path'),
    (
        select list(schema_name || '.' || view_name)
        from duckdb_views()
        where database_name = current_database()
    ),
    (
        select list(schema_name || '.' || table_name)
        from duckdb_tables()
        where database_name = current_database()
    )
"""


@contextmanager
def of_stars(connection: duckdb.DuckDBPyConnection, stars: str) -> Iterator[None]:
    """Let views of photometry and of the scale be of some stars within the block.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only is enough.
    stars : str
        A temporary table with the column ``star_id``.
    """
    ((whole, before, views, tables),) = connection.execute(_OBJECTS).fetchall()
    name = f"{whole} of some stars"
    path = f"{quote_identifier(name)}.main,{quote_identifier(whole)}.main"
    inside, outside = quote_identifier(name), quote_identifier(whole)
    connection.execute(f"attach ':memory:' as {inside} (read_write)")
    try:
        for schema in ("scale", "meta"):
            connection.execute(f"create schema {inside}.{schema}")
        for copied in _COPIED:
            if copied in tables or copied in views:
                connection.execute(
                    f"create table {inside}.{quote_table(copied)} as "
                    f"from {outside}.{quote_table(copied)}"
                )
        connection.execute(
            f"create view {inside}.main.measurements as "
            f"from {outside}.main.measurements "
            f"semi join temp.{quote_identifier(stars)} using (star_id)"
        )
        # What is stored need not be worked out.
        for seen in (*_SEEN, *_VIEWS):
            if seen in tables:
                connection.execute(
                    f"create view {inside}.{quote_table(seen)} as "
                    f"from {outside}.{quote_table(seen)}"
                )
        connection.execute(f"set search_path = {quote_text(path)}")
        files = read_sql_files(content_dir("sql"))
        texts = {file.qualified_name: file.sql for file in files}
        for view in _VIEWS:
            if view in views:
                connection.execute(texts[view])
        yield
    finally:
        # Not reset: that would end a `use`, too.
        connection.execute(f"set search_path = {quote_text(before)}")
        connection.execute(f"detach {inside}")
