"""A side of a match that stands ready, with all that is compared in usual units."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from stellarwh.epochs import is_year, no_year
from stellarwh.errors import UsageError
from stellarwh.match.brought import BroughtColumn, kept_name
from stellarwh.match.columns import Side
from stellarwh.match.ids import exact_ids
from stellarwh.match.units import factor_of
from stellarwh.quoting import quote_identifier

# Columns of a side beside its row, id, ra and dec.
_OPTIONAL = ("epoch", "pmra", "pmdec", "position_error", "magnitude")


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
    """

    name: str
    source: str
    table: str
    is_view: bool
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

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Drop the temporary table or view."""
        kind = "view" if self.is_view else "table"
        connection.execute(f"drop {kind} if exists {self.table}")
        connection.execute(f"drop table if exists {kept_name(self.name)}")


def create_side(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    side: Side,
    source: str,
    used: Mapping[str, str | float | None],
    units: Mapping[str, str],
    *,
    stored: bool,
) -> LoadedSide:
    """Create the temporary table of a side from a quoted source, or a view of it.

    Rows are numbered before those without a position drop out.
    """
    table = f"stellarwh_match_{name}"
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
    if used["id"] is None:
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
        is_view=stored,
        epochs=_epochs(connection, table, side.source, used["epoch"]),
        has_motions=bool(moving),
        has_errors=used["position_error"] is not None,
        has_magnitudes=used["magnitude"] is not None,
        rows=rows,
        unplaced=rows - placed,
        negative=negative,
        notes=notes,
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
    for year in (first, last):
        if year is not None and not is_year(year):
            raise UsageError(f"The column {epoch} of {source}: {no_year(year)}")
    return None if first is None else (first, last)
