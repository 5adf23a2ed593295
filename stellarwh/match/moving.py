"""Epochs and proper motions of a side that is walked, and where they bring its rows."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stellarwh.catalogues.epochs import is_year
from stellarwh.match.loaded import checked_epochs
from stellarwh.match.walk import ROW, role_values, walk
from stellarwh.match.walked import PLACE, WalkedSide

_MOVING = "stellarwh_match_moving"
_MOTION = ("epoch", "pmra", "pmdec")
# Rows that DuckDB hands over at one go.
_AT_ONCE = 500_000


def with_motions(connection: duckdb.DuckDBPyConnection, side: WalkedSide) -> WalkedSide:
    """Return a walked side with its epochs, and whether any of its rows moves.

    What the statistics of its files tell is not read: the epochs, if they are all one.
    Reading ends with the first row that moves.

    Raises
    ------
    UsageError
        If an epoch is no year.
    """
    epoch = side.used["epoch"]
    epochs = (float(epoch), float(epoch)) if isinstance(epoch, int | float) else None
    if isinstance(epoch, str):
        epochs = _one_epoch(side)
    seeks_epoch = isinstance(epoch, str) and epochs is None
    seeks_motion = all(isinstance(side.used[role], str) for role in ("pmra", "pmdec"))
    if not (seeks_epoch or seeks_motion):
        return replace(side, epochs=epochs)
    roles = [role for role in _MOTION if seeks_motion or role == "epoch"]
    names = side.columns_of(roles)
    schema = pa.schema([side.schema.field(name) for name in names])
    first: float | None = None
    last: float | None = None
    has_motions = False

    def values(batch: pa.RecordBatch) -> pa.RecordBatch:
        arrays = [pa.array(role_values(side, batch, role)) for role in roles]
        return pa.RecordBatch.from_arrays(arrays, roles)

    batches = walk(side, side.parts, schema, values, "look for motions in")
    with closing(batches):
        for several in _together(batches):
            connection.register(_MOVING, several)
            try:
                low, high, moves = connection.execute(
                    f"select min(null_if_missing({roles[0]})), "
                    f"max(null_if_missing({roles[0]})), "
                    + (
                        "coalesce(bool_or(has_motion(pmra, pmdec, 2000)), false) "
                        if seeks_motion
                        else "false "
                    )
                    + f"from {_MOVING}"
                ).fetchall()[0]
            finally:
                connection.unregister(_MOVING)
            first = min((x for x in (first, low) if x is not None), default=None)
            last = max((x for x in (last, high) if x is not None), default=None)
            has_motions |= moves
            if has_motions and not seeks_epoch:
                break
    if seeks_epoch:
        epochs = checked_epochs(first, last, str(epoch), side.source)
    return replace(side, epochs=epochs, has_motions=has_motions)


def _one_epoch(side: WalkedSide) -> tuple[float, float] | None:
    """Return the epoch of all rows, if statistics say that it is one."""
    ranges = [part.ranges.get("epoch") for part in side.parts]
    years = {x for r in ranges for x in ((r.low, r.high) if r else (np.nan,))}
    if len(years) != 1:
        return None
    (year,) = years
    return (year, year) if is_year(year) else None


def _together(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Yield batches in numbers that are worth a query; the first one by itself."""
    waiting: list[pa.RecordBatch] = []
    enough = 1
    for batch in batches:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= enough:
            yield pa.Table.from_batches(waiting)
            waiting, enough = [], _AT_ONCE
    if waiting:
        yield pa.Table.from_batches(waiting)


def positions(
    connection: duckdb.DuckDBPyConnection, table: str, epoch: float | None
) -> Iterator[pa.RecordBatch]:
    """Yield ``id`` (the row), ``ra`` and ``dec`` of a side as they are compared.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        The table or view of a side.
    epoch : float or None
        The year at which positions are compared, if not as they are.
    """
    moving = "null, null, null, null"
    if epoch is not None:
        moving = f"'epoch', {float(epoch)!r}, 'pmra', 'pmdec'"
    yield from connection.sql(
        "select id, ra, dec from crossmatch_positions("  # noqa: S608 - fixed names
        f"'{table}', 'row', null, null, {moving}, null, null)"
    ).to_arrow_reader(_AT_ONCE)


def moved_positions(
    connection: duckdb.DuckDBPyConnection,
    side: WalkedSide,
    moving: Sequence[pa.RecordBatch],
    epoch: float | None,
) -> list[pa.RecordBatch]:
    """Return the same of some rows of a walked side."""
    if not moving:
        return []
    table = pa.Table.from_batches(
        [
            pa.RecordBatch.from_arrays(
                [
                    batch.column(ROW),
                    *(pa.array(role_values(side, batch, role)) for role in PLACE),
                ],
                ["row", *PLACE],
            )
            for batch in moving
        ]
    )
    connection.register(_MOVING, table)
    try:
        return list(positions(connection, _MOVING, epoch))
    finally:
        connection.unregister(_MOVING)


def numbers(batch: pa.RecordBatch, name: str) -> NDArray[np.float64]:
    """Return a column of positions."""
    return np.asarray(batch.column(name).to_numpy(zero_copy_only=False))
