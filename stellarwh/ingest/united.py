"""Columns that two files of one table share: one type and unit, and no value lost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from stellarwh.catalogues.common_type import EXACT_TO, common_type, is_whole
from stellarwh.errors import WarehouseError
from stellarwh.ingest.request import Request
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier
from stellarwh.units import vounits


@dataclass(frozen=True)
class UnitedColumn:
    """A column that both the raw table and the new rows have."""

    name: str
    there: str  # its type in the raw table
    here: str  # and in the new rows
    target: str = ""  # what both become
    clears: str = ""  # 'there' or 'here': which of them is NULL throughout


def columns_of(
    connection: duckdb.DuckDBPyConnection, table: str
) -> dict[str, UnitedColumn]:
    """Return the columns of a table by lower-case name, but for ours."""
    rows = connection.execute(f"describe {table}").fetchall()
    return {
        row[0].lower(): UnitedColumn(row[0], row[1], row[1])
        for row in rows
        if row[0] != "healpix"
    }


def as_text(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    before: dict[str, UnitedColumn],
    request: Request,
) -> tuple[PlannedColumn, ...]:
    """Return a file's planned columns: text stays text where the raw table has text.

    What a text file writes as 12 is a number only as long as no other row says 12a.
    """
    if not request.table.format.startswith("text"):
        return request.columns
    texts = [c for c in before.values() if c.there == "VARCHAR"]
    filled = {c.name.lower() for c in texts if not _is_empty(connection, table, c.name)}
    return tuple(
        replace(column, type=pa.string())
        if column.source is not None and column.name.lower() in filled
        else column
        for column in request.columns
    )


def settle(
    connection: duckdb.DuckDBPyConnection,
    raw: tuple[str, dict[str, UnitedColumn]],
    new: tuple[str, dict[str, UnitedColumn]],
    request: Request,
    columns: Sequence[PlannedColumn],
) -> list[UnitedColumn]:
    """Return the types of the columns that both tables have.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse in a transaction.
    raw, new : tuple of (str, dict)
        The raw table and that of the new rows: quoted name and `columns_of` each.
    request : Request
        For messages.
    columns : sequence of PlannedColumn
        The columns of the file.

    Raises
    ------
    WarehouseError
        If no type holds the values of both exactly, or their units differ.
    """
    (table, before), (part, here) = raw, new
    path = request.table.path
    _check_units(connection, request, columns)
    settled = []
    for low, found in here.items():
        if low not in before:
            continue
        column = replace(before[low], here=found.there)
        target = common_type(column.there, column.here)
        if target is None or column.there != column.here:
            if _is_empty(connection, part, found.name):
                target, column = column.there, replace(column, clears="here")
            elif _is_empty(connection, table, column.name):
                target, column = column.here, replace(column, clears="there")
        rounded = target and any(
            _is_rounded(connection, name, column.name, kind, target)
            for name, kind in ((table, column.there), (part, column.here))
        )
        if target is None or rounded:
            is_text = "VARCHAR" in (column.here, column.there)
            advice = ", or ingest the file in which it is text first" if is_text else ""
            why = "which would be rounded" if rounded else "which cannot be one column"
            raise WarehouseError(
                f"{path} cannot be appended to raw.{request.name}: the column "
                f"{found.name} is {column.here} in it and {column.there} there, {why}. "
                f"Leave it out (--columns '-{found.name}'){advice}."
            )
        settled.append(replace(column, target=target))
    return settled


def _is_empty(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> bool:
    found = connection.execute(
        f"select 1 from {table} where {quote_identifier(name)} is not null limit 1"  # noqa: S608 - quoted identifiers
    ).fetchone()
    return found is None


def _is_rounded(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, kind: str, target: str
) -> bool:
    """Return whether a column holds whole numbers that a float would change."""
    if not is_whole(kind) or target not in EXACT_TO:
        return False
    quoted = quote_identifier(name)
    found = connection.execute(
        f"select max(abs({quoted}::hugeint)) > {EXACT_TO[target]} from {table}"  # noqa: S608 - quoted identifiers
    ).fetchone()
    return bool(found and found[0])


def _check_units(
    connection: duckdb.DuckDBPyConnection,
    request: Request,
    columns: Sequence[PlannedColumn],
) -> None:
    there = {
        row[0].lower(): row[1:]
        for row in connection.execute(
            "select column_name, unit, vounit from meta.columns where schema_name = "
            "'raw' and table_name = ? and unit is not null",
            [request.name],
        ).fetchall()
    }
    both = [c for c in columns if c.unit and c.name.lower() in there]
    mapped = vounits((c.unit, c.name, c.ucd, c.description) for c in both)
    for column, vounit in zip(both, mapped, strict=True):
        unit, vounit_there = there[column.name.lower()]
        same = vounit is not None and vounit == vounit_there
        if column.unit != unit and not same:
            raise WarehouseError(
                f"{request.table.path} cannot be appended to raw.{request.name}: the "
                f"column {column.name} is in '{column.unit}' in it and in '{unit}' "
                f"there. Leave it out (--columns '-{column.name}'), or convert it."
            )


def widen(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[UnitedColumn]
) -> None:
    """Give the columns of a raw table the types that `settle` found."""
    for column in columns:
        if column.target == column.there:
            continue
        name = quote_identifier(column.name)
        using = f" using null::{column.target}" if column.clears == "there" else ""
        connection.execute(
            f"alter table {table} alter column {name} set data type "
            f"{column.target}{using}"
        )
