"""How many rows DuckDB keeps together in the warehouse."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.warehouse.files.warehouse_file import not_opened
from stellarwh.warehouse.objects import STORAGE_VERSION

# DuckDB's own size of a row group.
ROW_GROUP_ROWS = 122_880


@contextmanager
def row_groups_of(connection: duckdb.DuckDBPyConnection, rows: int) -> Iterator[None]:
    """Write row groups of ``rows`` rows within the block, instead of 122,880.

    Each thread that writes holds a row group in memory. DuckDB takes their size only
    when a file is opened: the warehouse is closed and opened again, twice.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse without open transaction and without other connections.
    rows : int
        A multiple of 2,048.

    Raises
    ------
    WarehouseError
        If another process took the file in between.
    """
    if rows == ROW_GROUP_ROWS:
        yield
        return
    _attach_again(connection, rows)
    try:
        yield
    finally:
        _attach_again(connection, ROW_GROUP_ROWS)


def _attach_again(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    found = connection.execute(
        "select database_name, path from duckdb_databases() "
        "where database_name = current_database() and path is not null"
    ).fetchall()
    for name, path in found:
        quoted = quote_identifier(name)
        connection.execute("attach if not exists ':memory:' as stellarwh_aside")
        connection.execute("use stellarwh_aside")
        connection.execute(f"detach {quoted}")
        try:
            connection.execute(
                f"attach {quote_text(path)} as {quoted} "
                f"(row_group_size {rows}, storage_version '{STORAGE_VERSION}')"
            )
        except duckdb.Error as error:
            raise not_opened(Path(path), str(error)) from None
        connection.execute(f"use {quoted}")
        connection.execute("detach stellarwh_aside")
