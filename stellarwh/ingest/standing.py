"""What stands in a raw table already, and whether it is still what was read."""

from dataclasses import dataclass

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.tables import count_rows

_ADVICE = "give --replace to put this file in its place"


@dataclass(frozen=True)
class HeldFile:
    """A file that a raw table was read from: a row of ``meta.ingests``."""

    size: int
    sha256: str
    file: str
    selection: str
    release: str
    rows: int
    columns: int
    is_simulated: bool
    file_table: str | None


def read_held(
    connection: duckdb.DuckDBPyConnection, name: str, *, replace: bool
) -> HeldFile | None:
    """Return what ``raw.<name>`` was read from; None if it may be made anew.

    It may where the table is gone or empty, whatever was read once, and with
    ``replace``.

    Raises
    ------
    WarehouseError
        If the table has other rows or columns than were read.
    """
    rows = count_rows(connection, f"raw.{name}")
    held = connection.execute(
        "select size, sha256, file, selection, release, rows, columns, is_simulated, "
        "file_table from meta.ingests where survey = ?",
        [name],
    ).fetchone()
    if replace or rows is None:
        return None
    if held is None:
        if rows:
            raise WarehouseError(
                f"raw.{name} holds {rows:,} rows that no ingest wrote; {_ADVICE}."
            )
        return None
    file = HeldFile(*held)
    if not rows and file.rows:
        return None
    if rows != file.rows:
        raise WarehouseError(
            f"raw.{name} has {rows:,} rows, but {file.rows:,} were read from "
            f"{file.file}: it was changed since; {_ADVICE}."
        )
    changed = changed_columns(connection, name)
    if changed:
        raise WarehouseError(
            f"raw.{name} has other columns than were read from {file.file} "
            f"({changed}): it was changed since; {_ADVICE}."
        )
    return file


def changed_columns(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Return the columns that are gone or new since the ingest, as ``no a, new b``."""
    rows = connection.execute(
        "select coalesce(told.column_name, found.column_name), found.column_name "
        "is null from (select column_name from meta.columns where schema_name = 'raw' "
        "and table_name = $name) as told full join (select column_name from "
        "duckdb_columns() where schema_name = 'raw' and table_name = $name "
        "and database_name = current_database()) as found using (column_name) "
        "where told.column_name is null or found.column_name is null order by all",
        {"name": name},
    ).fetchall()
    return ", ".join(f"{'no' if gone else 'new'} {column}" for column, gone in rows[:6])
