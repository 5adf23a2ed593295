"""The declared keys of views and stored tables: one row for each value."""

import duckdb

from stellarwh.errors import SqlError
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.sqlfiles import SqlFile


def count_doubled_keys(connection: duckdb.DuckDBPyConnection, file: SqlFile) -> int:
    """Return how many values of the declared key stand in more than one row.

    Raises
    ------
    SqlError
        If there is no such view or table.
    """
    hashes = (
        f"select hash({_columns(file)}) as hashed "  # noqa: S608 - quoted identifiers
        f"from {quote_table(file.qualified_name)}"
    )
    exact = f"select count(*) from ({doubled_keys(file)})"  # noqa: S608 - as above
    try:
        # Equal values have equal hashes, and numbers take much less than texts.
        alike = connection.execute(
            f"select 1 from ({hashes}) group by hashed having count(*) > 1 limit 1"  # noqa: S608 - as above
        ).fetchall()
        if not alike:
            return 0
        ((found,),) = connection.execute(exact).fetchall()
    except duckdb.CatalogException:
        raise _missing(file) from None
    return int(found)


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
    """Return a query of the values of the declared key that more than one row has."""
    return (
        f"select {_columns(file)}, count(*) as n_rows "  # noqa: S608 - quoted identifiers
        f"from {quote_table(file.qualified_name)} group by all having count(*) > 1"
    )


def _columns(file: SqlFile) -> str:
    return ", ".join(quote_identifier(column) for column in file.key)
