"""What the columns of a table hold: how much is missing, which values there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import duckdb

from stellarwh.quoting import quote_identifier, quote_table

BINS = 24
MOST_FREQUENT = 4
# Exact quantiles sort every value; beyond so many values they are those of some rows.
EXACT_VALUES = 30_000_000
_SAMPLED_ROWS = 100_000
# As many rows as DuckDB reads or leaves out at once.
_BLOCK = 2048
_OF_BLOCK = 4
# Columns in one query: what is sorted of them lies in memory at once.
_AT_ONCE = 32
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
)
_TIMES = ("DATE", "TIME", "INTERVAL")
_WORDS = ("VARCHAR", "BOOLEAN", "ENUM", "UUID")


_Item = TypeVar("_Item")


@dataclass(frozen=True)
class ColumnSummary:
    """What one column holds.

    Parameters
    ----------
    name, type : str
        As the table has them.
    n_missing : int
        NULL and NaN.
    n_fillers : int
        Numbers that stand for "missing" in any release (`null_if_missing`).
    low, high : Any
        Smallest and largest of all other values, of numbers and times.
    median : float or None
        Of numbers, in the rows that `is_exact` tells of.
    bounds : tuple of float or None
        Ends of the histogram: the 0.5 and the 99.5 % quantile.
    histogram : tuple of int
        Counts of `BINS` equal bins between them.
    is_plain : bool
        Whether it is known of numbers that none is NaN, infinite or a filler.
    n_different : int or None
        How many different values there are, of words.
    frequent : tuple of (str, int)
        The most frequent of them and how often each occurs.
    """

    name: str
    type: str
    n_missing: int = 0
    n_fillers: int = 0
    low: Any = None
    high: Any = None
    median: float | None = None
    bounds: tuple[float, float] | None = None
    histogram: tuple[int, ...] = ()
    is_plain: bool = False
    n_different: int | None = None
    frequent: tuple[tuple[str, int], ...] = ()

    @property
    def kind(self) -> str:
        """One of ``numbers``, ``times``, ``words`` or ``others`` (lists and so on)."""
        if self.type.endswith("]"):
            return "others"
        for kind, starts in (
            ("numbers", _NUMBERS),
            ("times", _TIMES),
            ("words", _WORDS),
        ):
            if self.type.startswith(starts):
                return kind
        return "others"


@dataclass(frozen=True)
class TableSummary:
    """What a table holds, column by column.

    Parameters
    ----------
    rows : int
        All of its rows.
    columns : tuple of ColumnSummary
        In the order of the table.
    sampled_rows : int or None
        From how many rows medians and histograms are, where not from all; and all but
        `rows` where at most so many were wanted.
    """

    rows: int
    columns: tuple[ColumnSummary, ...]
    sampled_rows: int | None = None


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
        Beyond about so many rows only some are looked at, in blocks that lie evenly in
        the table: a small part of it is read.
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
        # A few rows of each block, so that there are more blocks.
        every = max(1, rows // at_most // _OF_BLOCK)
        block = f"(rowid // {_BLOCK}) % {every} = 0 and rowid % {_OF_BLOCK} = 0"
        source = _rows_of(table, f"({where}) and {block}" if where else block)
        n_looked_at = sampled = _count(connection, source)
    some = source
    numbers = [c for c in columns if c.kind == "numbers"]
    if sampled is None and rows * len(numbers) > EXACT_VALUES:
        # By rowid: the same rows whenever the report is written.
        every = max(2, rows // _SAMPLED_ROWS)
        chosen = f"hash(rowid) % {every} = 0"
        some = _rows_of(table, f"({where}) and {chosen}" if where else chosen)
        sampled = _count(connection, some)
    found: dict[str, ColumnSummary] = {}
    for some_columns in _parts(columns, _AT_ONCE):
        found |= {
            c.name: c for c in _counted(connection, source, n_looked_at, some_columns)
        }
    for some_columns in _parts(numbers, _AT_ONCE):
        known = [found[c.name] for c in some_columns]
        found |= {c.name: c for c in _distributed(connection, some, known)}
    for column in columns:
        if column.kind == "words":
            found[column.name] = _most_frequent(connection, source, found[column.name])
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
