"""What stands in a raw table already, and whether it is still what was read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.warehouse.tables import count_rows

_ADVICE = "give --replace to put this file in its place"
_SHOWN = 3


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
    ra_column: str | None
    dec_column: str | None
    epoch: float | None
    file_table: str | None = None
    position_from: str | None = None
    declared: list[dict[str, Any]] = field(default_factory=list)


def read_held(
    connection: duckdb.DuckDBPyConnection, name: str, *, replace: bool
) -> tuple[HeldFile, ...]:
    """Return the files that ``raw.<name>`` was read from; none if it may be made anew.

    It may where the table is gone or empty, whatever was read once, and with
    ``replace``.

    Raises
    ------
    WarehouseError
        If the table has other rows or columns than were read.
    """
    rows = count_rows(connection, f"raw.{name}")
    fields = HeldFile.__dataclass_fields__
    held = tuple(
        HeldFile(*row)
        for row in connection.execute(
            f"select {', '.join(map(_value, fields))} from meta.ingests "  # noqa: S608 - names of ours
            "where survey = ? order by ingest_id",
            [name],
        ).fetchall()
    )
    if replace or rows is None:
        return ()
    if not held:
        if rows:
            raise WarehouseError(
                f"raw.{name} holds {rows:,} rows that no ingest wrote; {_ADVICE}."
            )
        return ()
    read = sum(file.rows for file in held)
    if not rows and read:
        return ()
    if rows != read:
        raise WarehouseError(
            f"raw.{name} has {rows:,} rows, but {read:,} were read from "
            f"{listed_files(held)}: it was changed since; {_ADVICE}."
        )
    changed = changed_columns(connection, name)
    if changed:
        raise WarehouseError(
            f"raw.{name} has other columns than were read from {listed_files(held)} "
            f"({changed}): it was changed since; {_ADVICE}."
        )
    return held


def _value(name: str) -> str:
    return "coalesce(declared, [])" if name == "declared" else name


def listed_files(held: Sequence[HeldFile]) -> str:
    """Return the files in words; folders only where names alone tell too little."""
    if len(held) == 1:
        return held[0].file
    files = [file.file for file in held]
    names = [Path(file).name for file in files]
    shown = ", ".join((names if len(set(names)) == len(names) else files)[:_SHOWN])
    more = len(held) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


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
