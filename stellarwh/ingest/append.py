"""Append a file to a raw table: columns are united by name, and nothing is changed."""

import re
from collections.abc import Sequence

import duckdb

from stellarwh.catalogues.table import Advance
from stellarwh.errors import WarehouseError
from stellarwh.ingest.declare import unlike
from stellarwh.ingest.null_audit import add_null_audit, count_sentinels
from stellarwh.ingest.provenance import add_columns
from stellarwh.ingest.releases import listed
from stellarwh.ingest.request import Request
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.ingest.standing import HeldFile, listed_files
from stellarwh.ingest.united import (
    UnitedColumn,
    as_text,
    columns_of,
    settle,
    widen,
)
from stellarwh.ingest.write import IngestResult, Job, load_part, record
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.declared import Declared

# With a blank, as no catalogue is called.
_PART = 'raw."stellarwh part"'
# What told the release, where columns did not.
_TOLD = re.compile(r" (by the file's name|as stated)$")


def check_fits(request: Request, held: Sequence[HeldFile]) -> list[str]:
    """Refuse a file that does not belong with those that a table was read from.

    Returns
    -------
    list of str
        What the user should know.

    Raises
    ------
    WarehouseError
        If its release, position columns or epoch are others.
    """
    first = held[0]
    name, path = request.name, request.table.path

    def refuse(what: str) -> WarehouseError:
        return WarehouseError(
            f"{path} cannot be appended to raw.{name}: {what}; ingest it under another "
            "name, or give --replace to put it in place of "
            f"{listed_files(held)}."
        )

    releases = [
        _TOLD.sub("", text or "") for text in (request.plan.release, first.release)
    ]
    if releases[0] != releases[1]:
        raise refuse(f"it is {request.plan.release}, and there is {first.release}")
    places = (request.position.ra, request.position.dec, request.position_from)
    there = (first.ra_column, first.dec_column, first.position_from)
    if _lower(places) != _lower(there):
        raise refuse(f"its position is in {_said(places)}, and there in {_said(there)}")
    if request.epoch != first.epoch:
        raise refuse(
            f"its epoch is {request.epoch or 'not known'}, and there "
            f"{first.epoch or 'not known'}"
        )
    told = [of for file in reversed(held) for of in file.declared]
    declared = {
        of["name"]: Declared(
            of["name"], of["column_name"], of["unit"] or "", of["factor"]
        )
        for of in told
    }
    if differs := unlike(request.declared, declared):
        raise refuse(differs)
    if all(file.is_simulated != request.is_simulated for file in held):
        one, other = (
            ("simulated", "real") if request.is_simulated else ("real", "simulated")
        )
        return [f"{path.name} is {one}, what raw.{name} held before is {other}."]
    return []


def _lower(names: Sequence[str | None]) -> list[str | None]:
    return [name and name.lower() for name in names]


def _said(names: Sequence[str | None]) -> str:
    ra, dec, designation = names
    if designation is not None:
        return f"the names of {designation}, as {ra} and {dec}"
    return "no column" if ra is None else f"{ra} and {dec}"


def append_part(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    held: Sequence[HeldFile],
    advance: Advance,
) -> IngestResult:
    """Add a file to its raw table and to what is said of it, within a transaction.

    Raises
    ------
    WarehouseError
        If it does not fit the table: see `check_fits`; or the type or unit of a column
        is another one.
    """
    request = job.request
    table = f"raw.{quote_identifier(request.name)}"
    told = check_fits(request, held)
    before = columns_of(connection, table)
    rows_before = sum(file.rows for file in held)
    columns = as_text(connection, table, before, request)
    part = load_part(connection, _PART, job, columns, advance)
    here = columns_of(connection, _PART)
    shared = settle(connection, (table, before), (_PART, here), request, part.columns)
    new = [c for c in part.columns if c.name.lower() not in before]
    lacking = [kind.name for low, kind in before.items() if low not in here]
    for column in new:
        connection.execute(
            f"alter table {table} add column {quote_identifier(column.name)} "
            f"{here[column.name.lower()].there}"
        )
    widen(connection, table, shared)
    _insert(connection, table, shared, new, is_sorted=job.plan.sorted)
    # healpix is the raw table's last column, and more came behind it.
    connection.execute(f"drop table {_PART}")
    add_null_audit(
        connection,
        request.name,
        [
            *_by_raw_name(part.nulls, shared),
            *((name, "column absent", part.rows) for name in lacking if part.rows),
            *((c.name, "column absent", rows_before) for c in new if rows_before),
        ],
        count_sentinels(connection, table, request.sentinels),
    )
    add_columns(connection, request.name, part.columns, new)
    connection.execute(
        "update meta.ingests set is_clustered = false where survey = ?", [request.name]
    )
    file = request.table.path.name
    for names, what, rows in (
        (lacking, f"not in {file}, NULL in its", part.rows),
        ([c.name for c in new], f"new with {file}, NULL before in", rows_before),
    ):
        if names and rows:
            told.append(f"{len(names)} columns {what} {rows:,} rows: {listed(names)}.")
    return record(
        connection,
        job,
        part,
        len(before) + len(new),
        (*part.warnings, *told),
        total_rows=rows_before + part.rows,
    )


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    shared: Sequence[UnitedColumn],
    new: Sequence[PlannedColumn],
    *,
    is_sorted: bool,
) -> None:
    items = []
    for column in shared:
        name = quote_identifier(column.name)
        value = "null" if column.clears == "here" else name
        items.append(f"{value}::{column.target} as {name}")
    items += [quote_identifier(column.name) for column in new]
    order = " order by healpix" if is_sorted else ""
    connection.execute(
        f"insert into {table} by name select {', '.join((*items, 'healpix'))} "  # noqa: S608 - quoted identifiers
        f"from {_PART}{order}"
    )


def _by_raw_name(
    counts: Sequence[tuple[str, str, int]], shared: Sequence[UnitedColumn]
) -> list[tuple[str, str, int]]:
    """Return counts by the names of the raw table's columns."""
    names = {column.name.lower(): column.name for column in shared}
    return [(names.get(name.lower(), name), rule, n) for name, rule, n in counts]
