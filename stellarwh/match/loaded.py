"""A side of a match that stands ready, with all that is compared in usual units."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from stellarwh.catalogues.epochs import is_year, no_year
from stellarwh.errors import UsageError
from stellarwh.match.brought import BroughtColumn
from stellarwh.match.columns import Side
from stellarwh.match.ids import exact_ids
from stellarwh.match.units import factor_of
from stellarwh.quoting import quote_identifier

# Columns of a side beside its row, id, ra and dec.
_OPTIONAL = ("epoch", "pmra", "pmdec", "position_error", "magnitude")
# Of a warning about rows that go by their number.
NAME_AN_ID = "name an id column:"


@dataclass(frozen=True)
class LoadedSide:
    """A side that stands ready under a name of its own.

    Parameters
    ----------
    name, source : str
        ``left`` or ``right``, and what it was loaded from.
    table : str
        The temporary table or view: ``row``, ``id``, ``ra``, ``dec`` and ``epoch``,
        ``pmra``, ``pmdec``, ``position_error``, ``magnitude``, which may be NULL.
    epochs : tuple of (float, float) or None
        First and last epoch of its positions; None if none is known.
    has_motions : bool
        Whether any row has a proper motion: columns that are empty move nothing.
    has_errors, has_magnitudes : bool
        Whether it names such columns.
    rows, unplaced, negative : int
        How many rows it has, how many of them no position, and how many a negative
        right ascension, which is wrapped.
    notes : tuple of str
        What its file says of itself, such as other tables that it holds.
    origin : str
        Where the columns that are brought along stand: a stored table, quoted, whose
        row of rowid 0 is row 1. Empty where none are.
    brought : tuple of BroughtColumn
        Those columns.
    reads : str
        The table of the warehouse that it is, quoted; empty for a file.
    is_simulated : bool
        Whether its file says that it is simulated.
    warnings : tuple of str
        What the user must not miss.
    origin_row : str
        The column of `origin` that numbers its rows, quoted; empty for a stored table.
    near : str
        A temporary table of those rows that may be in a pair, where they are not all.
    numbered : str
        In words what its ids are, where they are numbers of rows; else empty.
    """

    name: str
    source: str
    table: str
    epochs: tuple[float, float] | None
    has_motions: bool
    has_errors: bool
    has_magnitudes: bool
    rows: int
    unplaced: int
    negative: int
    notes: tuple[str, ...] = ()
    origin: str = ""
    brought: tuple[BroughtColumn, ...] = ()
    reads: str = ""
    is_simulated: bool = False
    warnings: tuple[str, ...] = ()
    origin_row: str = ""
    near: str = ""
    numbered: str = ""

    @property
    def matched_table(self) -> str:
        """The rows that are matched: all, or those that may be in a pair."""
        return self.near or self.table

    @property
    def origin_of_row(self) -> str:
        """SQL that finds the row of `origin`, ``left_origin``, of a row of ``l``."""
        row, origin = f"{self.name[0]}.row", f"{self.name}_origin"
        if self.origin_row:
            return f"{origin}.{self.origin_row} = {row}"
        return f"{origin}.rowid = {row} - 1"


def near_name(side: str) -> str:
    """Return what the rows of a side that may be in a pair are called."""
    return f"stellarwh_match_{side}_near"


def create_side(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Side,
    source: str,
    used: Mapping[str, str | float | None],
    units: Mapping[str, str],
    *,
    stored: bool,
    row: str | None = None,
    numbered: str = "its number, from 1",
    is_table: bool = False,
) -> LoadedSide:
    """Create the temporary table of a side from a quoted source, or a view of it.

    Rows are numbered, unless `row` is the SQL of their number, before those without a
    position drop out. In words `numbered` says what such a number is; of a table, which
    need not have its rows as the file did, the user is warned.
    """
    table = f"stellarwh_match_{name}"
    if row is None:
        row = "rowid + 1" if stored else "row_number() over ()"
    items = [f"{row} as row", f"{_expression(used['id']) or row} as id"]
    for role in ("ra", "dec", *_OPTIONAL):
        column = used[role]
        value = f"{_expression(column) or 'null'}::double"
        if isinstance(column, str):
            factor = factor_of(role, units.get(column, ""), column, side.source)
            value += f" * {factor!r}::double" if factor != 1 else ""
        items.append(f"{value} as {quote_identifier(role)}")
    what = f"create or replace temp {'view' if stored else 'table'} {table} as"
    select = f"select {', '.join(items)} from {source}"  # noqa: S608 - quoted identifiers
    connection.execute(f"{what} {select}")
    exact, notes = exact_ids(connection, table, used["id"], side)
    if exact is not None:
        before = f"({select})" if stored else table
        select = f"select * replace ({exact} as id) from {before}"  # noqa: S608 - the same
        connection.execute(f"{what} {select}")
    goes_by_number = used["id"] is None or exact == "row"
    warnings: tuple[str, ...] = ()
    if is_table and goes_by_number:
        lacks = f"{side.source} has no id column of a usual name: "
        if used["id"] is not None:  # which the notes speak of
            lacks = ""
        warnings = (
            f"{lacks}{name}_id is {numbered}; {NAME_AN_ID} "
            f"--{name}-id NAME, or Side(…, id=…).",
        )
    elif used["id"] is None:
        notes = (
            f"{side.source} has no id column of a usual name: rows go by their number, "
            f"from 1; --{name}-id COLUMN names one.",
            *notes,
        )
    rows, placed, negative, moving = connection.execute(
        "select count(*), count(wrapped_ra(ra)) filter (abs(dec) <= 90), "  # noqa: S608 - fixed name
        "count(wrapped_ra(ra)) filter (ra < 0 and abs(dec) <= 90), "
        f"count(*) filter (has_motion(pmra, pmdec, 2000)) from {table}"
    ).fetchall()[0]
    return LoadedSide(
        name=name,
        source=side.source,
        table=table,
        epochs=_epochs(connection, table, side.source, used["epoch"]),
        has_motions=bool(moving),
        has_errors=used["position_error"] is not None,
        has_magnitudes=used["magnitude"] is not None,
        rows=rows,
        unplaced=rows - placed,
        negative=negative,
        notes=notes,
        warnings=warnings,
        numbered=numbered if goes_by_number else "",
    )


def _expression(used: str | float | None) -> str | None:
    """Return a column's quoted name, or a number, as SQL."""
    if used is None:
        return None
    return quote_identifier(used) if isinstance(used, str) else repr(float(used))


def _epochs(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    epoch: str | float | None,
) -> tuple[float, float] | None:
    """Return the first and the last epoch of a side; None if none is known."""
    if not isinstance(epoch, str):
        return None if epoch is None else (epoch, epoch)
    first, last = connection.execute(
        "select min(known), max(known) from (select null_if_missing(epoch) as known "  # noqa: S608 - fixed name
        f"from {table})"
    ).fetchall()[0]
    return checked_epochs(first, last, epoch, source)


def checked_epochs(
    first: float | None, last: float | None, column: str, source: str
) -> tuple[float, float] | None:
    """Return the first and the last epoch of a column; None if it has none.

    Raises
    ------
    UsageError
        If they are no years.
    """
    for year in (first, last):
        if year is not None and not is_year(year):
            raise UsageError(f"The column {column} of {source}: {no_year(year)}")
    return None if first is None or last is None else (first, last)
