"""Find a table or view of the warehouse by the name a user gave."""

import duckdb

from stellarwh.errors import WarehouseError, did_you_mean
from stellarwh.quoting import quote_table

# Where a bare name is looked for, in this order.
_SEARCHED = ("main", "staging", "raw", "matching", "features", "ml", "meta")


def table_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return every table and view as ``schema.name``, sorted."""
    rows = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables "
        "where table_catalog = current_database() order by all"
    ).fetchall()
    return [row[0] for row in rows]


def find_table(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the qualified name of the table or view that a user named.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    name : str
        ``stars``, ``main.stars`` or ``raw.apogee``; case does not matter.

    Raises
    ------
    WarehouseError
        If there is no such table; the message names the nearest one.
    """
    known = table_names(connection)
    by_lower = {qualified.lower(): qualified for qualified in known}
    wanted = name.lower().strip()
    if "." in wanted and wanted in by_lower:
        return by_lower[wanted]
    for schema in _SEARCHED:
        if f"{schema}.{wanted}" in by_lower:
            return by_lower[f"{schema}.{wanted}"]
    shown = known if "." in wanted else [*known, *(k.split(".")[1] for k in known)]
    raise WarehouseError(
        f"There is no table '{name}' in the warehouse. {did_you_mean(name, shown)}"
    )


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int | None:
    """Return the rows of a stored table, ``schema.table``; None if there is none."""
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        [schema, name],
    ).fetchone()
    if found is None:
        return None
    counted = connection.execute(
        f"select count(*) from {quote_table(table)}"  # noqa: S608 - quoted identifiers
    ).fetchall()
    return int(counted[0][0])
