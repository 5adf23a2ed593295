"""What the columns of a table hold: how much is missing, which values there are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import duckdb

from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.report.column_summary import BINS, ColumnSummary, TableSummary

MOST_FREQUENT = 4
# Exact quantiles sort every value; beyond so many values they are those of some rows.
EXACT_VALUES = 30_000_000
_SAMPLED_ROWS = 100_000
_SAMPLE = "sampled_rows"
# Of rows that are looked at: as many as DuckDB reads or leaves out at once, and one of
# how many of these is taken.
_BLOCK = 2048
_OF_BLOCK = 4
# Columns in one query: what is sorted of them lies in memory at once.
_AT_ONCE = 32

_Item = TypeVar("_Item")


def summarise_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    *,
    leave_out: Sequence[str] = (),
    where: str = "",
    at_most: int | None = None,
) -> TableSummary:
    """Return what the columns of a stored table hold.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    table : str
        ``schema.table``.
    leave_out : sequence of str
        Columns that are not wanted.
    where : str
        SQL that chooses rows; all where it is empty.
    at_most : int or None
        Beyond four times so many rows only about so many are looked at, taken from
        blocks that lie evenly in the table.
    """
    source = _rows_of(table, where)
    described = connection.execute(f"describe {quote_table(table)}").fetchall()
    columns = [
        ColumnSummary(name, kind)
        for name, kind, *_ in described
        if name not in leave_out
    ]
    rows = _count(connection, source)
    n_looked_at = rows
    sampled: int | None = None
    if at_most is not None and rows >= _OF_BLOCK * at_most:
        # Taken out once: to find them again for each question takes far longer.
        source = _take_some(
            connection, table, where, rows // at_most // _OF_BLOCK, columns
        )
        n_looked_at = sampled = _count(connection, source)
        columns = [replace(c, is_plain=c.kind == "numbers") for c in columns]
    some = source
    numbers = [c for c in columns if c.kind == "numbers"]
    if sampled is None and rows * len(numbers) > EXACT_VALUES:
        every = max(2, rows // _SAMPLED_ROWS)
        # By rowid: the same rows whenever the report is written.
        some = _rows_of(table, _and(where, f"hash(rowid) % {every} = 0"))
        sampled = _count(connection, some)
    found = {c.name: c for c in columns if c.is_plain}
    counted = [c for c in columns if not c.is_plain]
    for some_columns in _parts(counted, _AT_ONCE):
        found |= {
            c.name: c for c in _counted(connection, source, n_looked_at, some_columns)
        }
    for some_columns in _parts(numbers, _AT_ONCE):
        known = [found[c.name] for c in some_columns]
        found |= {c.name: c for c in _distributed(connection, some, known)}
    for column in columns:
        if column.kind == "words":
            found[column.name] = _most_frequent(connection, source, found[column.name])
    connection.execute(f"drop table if exists temp.{_SAMPLE}")
    return TableSummary(rows, tuple(found[c.name] for c in columns), sampled)


def count_nulls(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[str],
    *,
    where: str = "",
) -> dict[str, int]:
    """Return how many values of each column of a table are NULL: one look at all."""
    items = [f"count(*) - count({quote_identifier(name)})" for name in columns]
    found = connection.execute(
        f"select {', '.join(items)} from {_rows_of(table, where)}"  # noqa: S608 - quoted identifiers
    ).fetchall()
    return dict(zip(columns, found[0], strict=True))


def _rows_of(table: str, where: str) -> str:
    """Return what stands after ``from`` for rows of a table."""
    source = quote_table(table)
    return f"(from {source} where {where})" if where else source


def _take_some(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    where: str,
    every: int,
    columns: Sequence[ColumnSummary],
) -> str:
    """Keep some rows of every so-manieth block of a table; return where they are.

    Numbers become doubles without fillers.
    """
    items = ", ".join(
        _cleaned(c) if c.kind == "numbers" else quote_identifier(c.name)
        for c in columns
    )
    # One sum, not two conditions: so whole blocks are left out without being read.
    chosen = f"rowid // {_BLOCK} % {every} + rowid % {_OF_BLOCK} = 0"
    connection.execute(
        f"create or replace temp table {_SAMPLE} as select {items} "  # noqa: S608 - quoted identifiers
        f"from {_rows_of(table, _and(where, chosen))}"
    )
    return f"temp.{_SAMPLE}"


def _and(where: str, also: str) -> str:
    return f"({where}) and {also}" if where else also


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    found = connection.execute(f"select count(*) from {source}").fetchall()  # noqa: S608 - quoted identifiers
    return int(found[0][0])


def _counted(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    rows: int,
    columns: Sequence[ColumnSummary],
    *,
    careful: bool = False,
) -> Iterator[ColumnSummary]:
    """Count what is missing, and find the smallest and the largest value.

    Fillers are looked for, carefully, only where these two leave room for any: that
    takes many times as long.
    """
    items = []
    for column in columns:
        name = quote_identifier(column.name)
        real = column.type in ("FLOAT", "DOUBLE")
        if careful:
            known = f"null_if_missing({name}) is not null"
            present = f"count({name})"
            items += [
                f"{present} filter (where not isnan({name}))" if real else present,
                f"count_if({known})",
                f"min({name}) filter (where {known})",
                f"max({name}) filter (where {known})",
            ]
        elif column.kind in ("numbers", "times"):
            # Times as text: some are beyond what Python has.
            text = "" if column.kind == "numbers" else "::varchar"
            items += [
                f"count({name})", f"count({name})", f"min({name}){text}",
                f"max({name}){text}",
            ]  # fmt: skip
        else:
            items += [f"count({name})", f"count({name})", "null", "null"]
    values = connection.execute(
        f"select {', '.join(items)} from {source}"  # noqa: S608 - quoted identifiers
    ).fetchall()[0]
    doubtful = []
    for column, (present, known, low, high) in zip(
        columns, _parts(values, 4), strict=True
    ):
        counted = replace(
            column,
            n_missing=rows - present,
            n_fillers=present - known,
            low=low,
            high=high,
        )
        if careful or column.kind != "numbers" or low is None:
            yield counted
        elif -999 < low <= high < 999999:  # which NaN is not
            yield replace(counted, is_plain=True)
        else:
            doubtful.append(column)
    if doubtful:
        yield from _counted(connection, source, rows, doubtful, careful=True)


def _distributed(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    columns: Sequence[ColumnSummary],
) -> Iterator[ColumnSummary]:
    """Find the medians of numbers and count their histograms."""
    cleaned = f"(select {', '.join(map(_cleaned, columns))} from {source})"  # noqa: S608 - quoted identifiers
    items = [
        f"quantile_cont({quote_identifier(c.name)}, [0.005, 0.5, 0.995])"
        for c in columns
    ]
    found = connection.execute(f"select {', '.join(items)} from {cleaned}").fetchall()  # noqa: S608 - quoted identifiers
    items = []
    for column, quantiles in zip(columns, found[0], strict=True):
        low, high = _bounds(quantiles)
        name = quote_identifier(column.name)
        # The place of a value, from 0 to BINS - 1.
        place = (
            f"least(floor(({name} - {low!r}) / {high - low!r} * {BINS}), {BINS - 1})"
        )
        items.append(
            f"histogram({place}::integer) filter (where {name} between {low!r} "
            f"and {high!r})"
        )
    counts = connection.execute(f"select {', '.join(items)} from {cleaned}").fetchall()  # noqa: S608 - quoted identifiers
    for column, quantiles, places in zip(columns, found[0], counts[0], strict=True):
        if quantiles is None:
            yield column
            continue
        yield replace(
            column,
            median=quantiles[1],
            ends=(quantiles[0], quantiles[2]),
            bounds=_bounds(quantiles),
            histogram=tuple((places or {}).get(i, 0) for i in range(BINS)),
        )


def _cleaned(column: ColumnSummary) -> str:
    name = quote_identifier(column.name)
    number = f"{name}::double" if column.is_plain else f"null_if_missing({name})"
    return f"{number} as {name}"


def _bounds(quantiles: list[float] | None) -> tuple[float, float]:
    """Return the ends of a histogram; a single value stands in its middle."""
    low, _, high = quantiles or (0.0, 0.0, 0.0)
    # Ends that are infinitely far apart have no bins between them.
    low, high = max(low, -8e307), min(high, 8e307)
    if high - low > 1e-12 * abs(low):
        return low, high
    margin = max(abs(low) * 1e-6, 0.5)
    return low - margin, high + margin


def _most_frequent(
    connection: duckdb.DuckDBPyConnection, source: str, column: ColumnSummary
) -> ColumnSummary:
    name = quote_identifier(column.name)
    rows = connection.execute(
        f"select {name}::varchar, count(*) as n, count(*) over () from {source} "  # noqa: S608 - quoted identifiers
        f"where {name} is not null group by {name} order by n desc, {name} "
        f"limit {MOST_FREQUENT}"
    ).fetchall()
    return replace(
        column,
        n_different=rows[0][2] if rows else 0,
        frequent=tuple((text, n) for text, n, _ in rows),
    )


def _parts(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
