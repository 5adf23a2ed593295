"""How many rows of a catalogue lie near rows of the others: found as `match` does."""

from dataclasses import dataclass

import duckdb
import pyarrow.compute as pc

from stellarwh.errors import StellarwhError, UsageError, WarehouseError
from stellarwh.match import SAFE_RADIUS, Matched, Side, match_tables
from stellarwh.match.loaded import NAME_AN_ID
from stellarwh.match.sides import load_stored
from stellarwh.warehouse.messages import first_line

# What a side is called while its positions are looked at.
_SIDE = "positions"
POSITIONS = f"stellarwh_match_{_SIDE}"


@dataclass(frozen=True)
class Placed:
    """The positions of a catalogue.

    Parameters
    ----------
    rows, placed : int
        All rows, and those that have a position.
    epochs : tuple of (float, float) or None
        First and last epoch of the positions; None if none is known.
    """

    rows: int
    placed: int
    epochs: tuple[float, float] | None


@dataclass(frozen=True)
class Nearby:
    """How many rows of a catalogue have a row of another one near them.

    Parameters
    ----------
    other : str
        The other table.
    rows : int or None
        Rows of the catalogue with a partner; None if they cannot be matched.
    radius : float
        In arcsec.
    epoch : float or None
        The common epoch; None where positions are compared as they are.
    unmoved : int or None
        Of those rows, how many pairs lack a motion or an epoch of one of the two; None
        where nothing is to be moved.
    remarks : tuple of str
        What the user should know: unknown epochs, or why there is no number.
    """

    other: str
    rows: int | None
    radius: float
    epoch: float | None
    unmoved: int | None
    remarks: tuple[str, ...]


def place_rows(connection: duckdb.DuckDBPyConnection, table: str) -> Placed:
    """Make a temporary view `POSITIONS` of a raw table, with ``ra`` and ``dec``.

    Raises
    ------
    StellarwhError
        If it has no positions that can be read.
    """
    try:
        side = load_stored(connection, _SIDE, Side(table))
    except duckdb.Error as error:
        raise WarehouseError(
            f"The positions of {table} cannot be read: {first_line(str(error))}."
        ) from None
    return Placed(side.rows, side.rows - side.unplaced, side.epochs)


def select_positions(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return the SELECT of the positions of a raw table, which needs no view.

    Raises
    ------
    StellarwhError
        If it has no positions that can be read.
    """
    place_rows(connection, table)
    try:
        ((sql,),) = connection.execute(
            "select sql from duckdb_views() where view_name = ? and temporary",
            [POSITIONS],
        ).fetchall()
    finally:
        forget_positions(connection)
    return str(sql).split(" AS ", 1)[1].strip().removesuffix(";")


def forget_positions(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop what `place_rows` made."""
    connection.execute(f"drop view if exists temp.{POSITIONS}")


def count_nearby(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    other: str,
    radius: float,
) -> Nearby:
    """Count the rows of a table that lie within the radius of any row of another.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    table, other : str
        Stored tables, as ``schema.table``.
    radius : float
        In arcsec; widened to `SAFE_RADIUS` where one side moves and the epoch of one
        is unknown.
    """
    try:
        try:
            matched = _best(connection, table, other, radius)
        except UsageError:
            radius = max(radius, SAFE_RADIUS)
            matched = _best(connection, table, other, radius)
    except StellarwhError as error:
        return Nearby(other, None, radius, None, None, (str(error),))
    unmoved = None
    if matched.epoch is not None:
        unmoved = pc.sum(matched.pairs["lacks_motion"]).as_py() or 0
    return Nearby(
        other,
        matched.pairs.num_rows,
        radius,
        matched.epoch,
        unmoved,
        # Rows are counted, whatever they are called.
        tuple(said for said in matched.warnings if NAME_AN_ID not in said),
    )


def _best(
    connection: duckdb.DuckDBPyConnection, table: str, other: str, radius: float
) -> Matched:
    """Return the nearest row of the other table of each row that has one."""
    return match_tables(
        connection, Side(table), Side(other), radius=radius, mode="best"
    )
