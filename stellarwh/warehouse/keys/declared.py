"""The declared keys of views and stored tables: one row for each value."""

from typing import Any

import duckdb

from stellarwh.errors import SqlError
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.warehouse.sql_files import SqlFile


def count_doubled_keys(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> int:
    """Return how many values of the declared key stand in more than one row.

    Raises
    ------
    SqlError
        If there is no such view or table.
    """
    return find_doubled_keys(connection, file)[0]


def find_doubled_keys(
    connection: duckdb.DuckDBPyConnection, file: SqlFile
) -> tuple[int, dict[str, Any]]:
    """Return how many values of the declared key are doubled, and one of them.

    Raises
    ------
    SqlError
        If there is no such view or table.
    """
    try:
        if not connection.execute(f"{_alike(file)} limit 1").fetchall():
            return 0, {}
        found = connection.execute(
            f"select count(*), first(d) from ({doubled_keys(file)}) as d"  # noqa: S608 - as below
        ).fetchall()
    except duckdb.CatalogException:
        raise _missing(file) from None
    return int(found[0][0]), found[0][1] or {}


def require_view(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> None:
    """Refuse a warehouse in which a view, or what it reads, is missing.

    Raises
    ------
    SqlError
        If there is no such view.
    duckdb.Error
        If it does not fit what it reads.
    """
    try:
        connection.execute(
            f"describe from {quote_table(file.qualified_name)}"
        ).fetchall()
    except duckdb.CatalogException:
        raise _missing(file) from None


def _missing(file: SqlFile) -> SqlError:
    return SqlError(
        f"{file.qualified_name} does not exist; run 'stellarwh build' first."
    )


def doubled_keys(file: SqlFile) -> str:
    """Return a query of the values of the declared key that more than one row has.

    It holds the keys of few rows: equal values have equal hashes, and numbers take much
    less than texts.
    """
    columns = _columns(file)
    return (
        f"select {columns}, count(*) as n_rows from {quote_table(file.qualified_name)} "  # noqa: S608 - quoted identifiers
        f"where hash({columns}) in ({_alike(file)}) "
        "group by all having count(*) > 1"
    )


def _alike(file: SqlFile) -> str:
    """Return a query of the hashes that several rows' keys have."""
    return (
        f"select hash({_columns(file)}) as hashed "  # noqa: S608 - quoted identifiers
        f"from {quote_table(file.qualified_name)} "
        "group by all having count(*) > 1"
    )


def _columns(file: SqlFile) -> str:
    return ", ".join(quote_identifier(column) for column in file.key)
