"""Keep of sides that are never held whole the rows that may be in a pair.

The larger side is read once, and of it are kept the rows near which the smaller one has
any; then of the smaller one those near which rows of the larger were kept. What is left
is matched as stored tables are: the same rows under the same numbers, so the same pairs
in every mode.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stellarwh.match.anyside import AnySide
from stellarwh.match.loaded import LoadedSide, create_side, near_name
from stellarwh.match.moving import moved_positions, numbers, positions
from stellarwh.match.parts import read_of_all
from stellarwh.match.sieve import Occupied, Sieve
from stellarwh.match.walk import ROW, Places, places, walk
from stellarwh.match.walked import PLACE, WalkedSide
from stellarwh.quoting import quote_identifier

# Rows that move less than this (arcsec) to the common epoch are taken where they are,
# and the sieve is that much wider; SQL moves the others, which are few.
_SLACK = 3.0
# Rows of a side that are sorted out no further.
_FEW = 1_000_000
# Rows that go to DuckDB at one go.
_AT_ONCE = 500_000
_INCOMING = "stellarwh_match_incoming"


@dataclass
class _Counts:
    """What was read of a side."""

    rows: int = 0
    placed: int = 0
    negative: int = 0

    def add(self, found: Places) -> None:
        self.rows += found.placed.size
        self.placed += int(np.count_nonzero(found.placed))
        self.negative += found.negative


def sift(
    connection: duckdb.DuckDBPyConnection,
    left: AnySide,
    right: AnySide,
    radius: float,
    epoch: float | None,
) -> tuple[LoadedSide, ...]:
    """Return both sides as tables of the rows that may be in a pair.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    left, right : LoadedSide or WalkedSide
        The sides. If none is walked they are returned as they are.
    radius : float
        Largest separation in arcsec.
    epoch : float or None
        The year at which positions are compared, if not as they are.
    """
    if isinstance(left, LoadedSide) and isinstance(right, LoadedSide):
        return left, right
    walked = [side for side in (left, right) if isinstance(side, WalkedSide)]
    # Where only reading tells how many, they may be many.
    large = max(walked, key=lambda side: np.inf if side.rows is None else side.rows)
    small = right if large is left else left
    slack = sum(_slack(side, epoch) for side in (left, right))
    sieve, occupied = Sieve(radius + slack, small.rows or _AT_ONCE * 100), Occupied()
    counts = _Counts()
    for ra, dec in _where(connection, small, epoch, counts):
        sieve.mark(ra, dec)
        occupied.mark(ra, dec)
    kept = _keep(connection, large, sieve, occupied, radius + slack, epoch, None)
    del sieve
    if isinstance(small, WalkedSide) or small.rows > _FEW:
        sieve, occupied = Sieve(radius + slack, kept.rows), Occupied()
        for ra, dec in _where(connection, kept, epoch, _Counts()):
            sieve.mark(ra, dec)
            occupied.mark(ra, dec)
        if isinstance(small, WalkedSide):
            other = _keep(
                connection, small, sieve, occupied, radius + slack, epoch, counts
            )
        else:
            other = _keep_loaded(connection, small, sieve, epoch)
    else:
        other = small
    return (kept, other) if large is left else (other, kept)


def _slack(side: AnySide, epoch: float | None) -> float:
    """Return how far rows of a side may lie from where they are taken to be."""
    moves = isinstance(side, WalkedSide) and side.has_motions and epoch is not None
    return _SLACK if moves else 0.0


def _where(
    connection: duckdb.DuckDBPyConnection,
    side: AnySide,
    epoch: float | None,
    counts: _Counts,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield the positions of a side; those of walked ones to within the slack."""
    if isinstance(side, LoadedSide):
        for batch in positions(connection, side.table, epoch):
            yield numbers(batch, "ra"), numbers(batch, "dec")
        return
    schema = _schema(side, PLACE)
    moving: list[pa.RecordBatch] = []

    def locate(batch: pa.RecordBatch) -> tuple[Places, pa.RecordBatch | None]:
        found = places(side, batch, epoch)
        far = _moves_far(found)
        still = found.placed if far is None else found.placed & ~far
        found = replace(found, ra=found.ra[still], dec=found.dec[still], moved=None)
        return found, None if far is None else batch.filter(pa.array(far))

    for found, far in walk(side, side.parts, schema, locate, "read"):
        counts.add(found)
        yield found.ra, found.dec
        if far is not None:
            moving.append(far)
        if sum(batch.num_rows for batch in moving) >= _AT_ONCE:
            yield from _where_moving(connection, side, moving, epoch)
            moving = []
    yield from _where_moving(connection, side, moving, epoch)


def _where_moving(
    connection: duckdb.DuckDBPyConnection,
    side: WalkedSide,
    moving: Sequence[pa.RecordBatch],
    epoch: float | None,
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    for batch in moved_positions(connection, side, moving, epoch):
        yield numbers(batch, "ra"), numbers(batch, "dec")


def _moves_far(found: Places) -> NDArray[np.bool_] | None:
    """Return which rows SQL must move; None if none."""
    if found.moved is None:
        return None
    far = found.placed & (found.moved > _SLACK)
    return far if far.any() else None


def _keep(
    connection: duckdb.DuckDBPyConnection,
    side: WalkedSide,
    sieve: Sieve,
    occupied: Occupied,
    margin: float,
    epoch: float | None,
    counted: _Counts | None,
) -> LoadedSide:
    """Read a side, store those of its rows that pass, and return them as a side."""
    years = 0.0
    if epoch is not None and side.has_motions and side.epochs is not None:
        years = max(abs(year - epoch) for year in side.epochs)
    parts = [part for part in side.parts if part.may_meet(occupied, margin, years)]
    schema = side.schema
    near = near_name(side.name)
    kept = schema.append(pa.field(ROW, pa.int64()))
    connection.register(_INCOMING, kept.empty_table())
    connection.execute(f"create or replace temp table {near} as from {_INCOMING}")
    connection.unregister(_INCOMING)
    counts = _Counts()
    moving: list[pa.RecordBatch] = []
    passed: list[pa.RecordBatch] = []

    def sort_out(
        batch: pa.RecordBatch,
    ) -> tuple[Places, pa.RecordBatch, pa.RecordBatch | None]:
        found = places(side, batch, epoch)
        far = _moves_far(found)
        nowhere = ~found.placed if far is None else ~found.placed | far
        if nowhere.any():
            still = np.flatnonzero(~nowhere)
            through = still[sieve.lets_through(found.ra[still], found.dec[still])]
        else:
            through = np.flatnonzero(sieve.lets_through(found.ra, found.dec))
        return (
            replace(found, ra=found.ra[:0], dec=found.dec[:0], moved=None),
            batch.take(pa.array(through)),
            None if far is None else batch.filter(pa.array(far)),
        )

    for found, through, far in walk(side, parts, schema, sort_out, "match"):
        counts.add(found)
        if through.num_rows:
            passed.append(through)
        if far is not None:
            moving.append(far)
        if sum(batch.num_rows for batch in moving) >= _AT_ONCE:
            passed += _pass_moving(connection, side, moving, sieve, epoch)
            moving = []
        if sum(batch.num_rows for batch in passed) >= _AT_ONCE:
            _store(connection, near, kept, passed)
            passed = []
    passed += _pass_moving(connection, side, moving, sieve, epoch)
    _store(connection, near, kept, passed)
    loaded = create_side(
        connection,
        side.name,
        side.side,
        near,
        side.used,
        side.units,
        stored=True,
        row=quote_identifier(ROW),
    )
    counts = counted or counts
    some = None if counted else read_of_all(parts, side.parts, side.source)
    return replace(
        loaded,
        has_motions=side.has_motions,
        epochs=side.epochs,
        rows=counts.rows,
        unplaced=counts.rows - counts.placed,
        negative=counts.negative,
        notes=(*side.notes, *loaded.notes, *([some] if some else [])),
        warnings=side.warnings,
        is_simulated=side.is_simulated,
        brought=side.brought,
    )


def _pass_moving(
    connection: duckdb.DuckDBPyConnection,
    side: WalkedSide,
    moving: Sequence[pa.RecordBatch],
    sieve: Sieve,
    epoch: float | None,
) -> list[pa.RecordBatch]:
    """Return those rows that pass at the place where SQL moves them."""
    through: list[NDArray[np.int64]] = []
    for batch in moved_positions(connection, side, moving, epoch):
        at = sieve.lets_through(numbers(batch, "ra"), numbers(batch, "dec"))
        through.append(batch.column("id").to_numpy()[at])
    if not through:
        return []
    rows = pa.array(np.concatenate(through))
    return [
        part
        for batch in moving
        if (part := batch.filter(pc.is_in(batch.column(ROW), rows))).num_rows
    ]


def _keep_loaded(
    connection: duckdb.DuckDBPyConnection,
    side: LoadedSide,
    sieve: Sieve,
    epoch: float | None,
) -> LoadedSide:
    """Return a side with a table of those of its rows that pass."""
    found = []
    for batch in positions(connection, side.table, epoch):
        at = sieve.lets_through(numbers(batch, "ra"), numbers(batch, "dec"))
        found.append(batch.column("id").to_numpy()[at])
    rows = np.concatenate(found) if found else np.zeros(0, np.int64)
    connection.register(_INCOMING, pa.table({"row": rows}))
    try:
        connection.execute(
            f"create or replace temp table {near_name(side.name)} as "  # noqa: S608 - fixed names
            f"select * from {side.table} where row in (select row from {_INCOMING})"
        )
    finally:
        connection.unregister(_INCOMING)
    return replace(side, near=near_name(side.name))


def _store(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    schema: pa.Schema,
    batches: Sequence[pa.RecordBatch],
) -> None:
    if not batches:
        return
    connection.register(_INCOMING, pa.Table.from_batches(batches, schema))
    try:
        connection.execute(f"insert into {table} from {_INCOMING}")
    finally:
        connection.unregister(_INCOMING)


def _schema(side: WalkedSide, roles: Sequence[str]) -> pa.Schema:
    return pa.schema([side.schema.field(name) for name in side.columns_of(roles)])
