"""Skies made to break a match, and brute force over every pair of their rows."""

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tests.match.grid import unit_vectors
from tests.match.oracle import moved, separation
from tests.match.skies import Positions, scattered, troublesome_places

# NULL is written as None; the cell of such a row is NULL.
BAD_ROWS = [
    (None, 10.0), (10.0, None), (None, None), (np.nan, 0.0), (0.0, np.nan),
    (np.inf, 0.0), (0.0, -np.inf), (0.0, 90.1), (0.0, -91.0),
]  # fmt: skip


def adversarial_sky(
    rng: np.random.Generator, radius: float
) -> tuple[Positions, Positions]:
    """Return two lists of positions around every troublesome place.

    The right one holds, besides stars scattered on the scale of the radius, the left
    stars themselves (some twice), their antipodes, and partners whose distance is the
    radius less or plus 1e-9 arcsec, and less or plus 1e-9 of itself where that is more.
    """
    places = troublesome_places(rng)
    left = scattered(rng, places, 3, 0.4 * radius)
    near = scattered(rng, places, 3, 0.4 * radius)
    parts = [near, left, tuple(axis[::7] for axis in left)]
    parts.append(((left[0] + 180) % 360, -left[1]))
    for offset in (-1e-9, 1e-9, -1e-9 * max(1, radius), 1e-9 * max(1, radius)):
        some = tuple(axis[::3] for axis in left)
        angle = rng.uniform(0, 2 * np.pi, some[0].size)
        parts.append(moved(some, angle, radius + offset))
    ra, dec = (np.concatenate(axis) for axis in zip(*parts, strict=True))
    twice = tuple(np.concatenate([axis, axis[::11]]) for axis in left)
    return (twice[0], twice[1]), (ra, dec)


def brute_force(
    left: Positions, right: Positions, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs within the radius as rows, and all that nearly are one.

    Every left row meets every right one; their dot product, good to a few 1e-16, rules
    out what is clearly farther, extended precision decides the rest. The second array
    is how far beyond the radius each of those is (arcsec).
    """
    a, b = unit_vectors(left), unit_vectors(right)
    least = np.cos(np.radians(radius / 3600)) - 1e-14
    rows: list[NDArray[np.int64]] = []
    for start in range(0, len(a), 400):
        i, j = np.nonzero(a[start : start + 400] @ b.T >= least)
        rows.append(np.stack([i + start, j], axis=-1))
    pairs = np.concatenate(rows)
    ends = [
        tuple(axis[pairs[:, side]] for axis in sky)
        for side, sky in enumerate((left, right))
    ]
    beyond = separation(ends[0], ends[1]) - radius
    return pairs[beyond <= 0], beyond.astype(float)


def store_with_bad_rows(
    connection: duckdb.DuckDBPyConnection, table: str, positions: Positions
) -> None:
    """Store positions as id (the index), ra, dec and healpix, bad rows after them."""
    ra, dec = (
        pa.array([*axis.tolist(), *bad])
        for axis, bad in zip(positions, zip(*BAD_ROWS, strict=True), strict=True)
    )
    connection.register("rows_to_store", pa.table({"ra": ra, "dec": dec}))
    connection.execute(
        f"create or replace table {table} as select row_number() over () - 1 as id, *, "
        "healpix_nested(29, ra, dec) as healpix from rows_to_store"
    )
    connection.unregister("rows_to_store")


def matched(
    connection: duckdb.DuckDBPyConnection, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what crossmatch finds between lefts and rights, in order, and how far."""
    found = connection.execute(
        "select left_id, right_id, separation "
        f"from crossmatch('lefts', 'rights', {radius!r}) order by all"
    ).fetchnumpy()
    pairs = np.stack([found["left_id"], found["right_id"]], axis=-1)
    return pairs.astype(np.int64), found["separation"]


def in_order(pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rows of two numbers, sorted."""
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def lacking(pairs: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs that are not among others, as whole numbers."""
    keys = (rows[:, 0] * 10**9 + rows[:, 1] for rows in (pairs, others))
    return np.setdiff1d(*keys)
