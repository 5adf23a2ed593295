"""Positions where cells, poles and RA 0 make trouble, and brute force."""

import duckdb
import numpy as np
import pyarrow as pa
from astropy import units as u
from astropy_healpix import HEALPix
from numpy.typing import NDArray

Positions = tuple[NDArray[np.float64], NDArray[np.float64]]


def corners(order: int, cells: NDArray[np.int64]) -> list[tuple[float, float]]:
    """Return the four corners of each cell, in degrees."""
    grid = HEALPix(2**order, order="nested")
    lon, lat = grid.boundaries_lonlat(cells, step=1)
    return list(
        zip(
            lon.to_value(u.deg).ravel().tolist(),
            lat.to_value(u.deg).ravel().tolist(),
            strict=True,
        )
    )


def troublesome_places(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return the poles, RA 0, every corner of the base cells and of finer cells.

    The corners of the base cells include the eight where three of them meet.
    """
    places = [(0.0, 90.0), (123.0, 90.0), (0.0, -90.0), (77.0, -90.0)]
    places += [(0.0, 0.0), (0.0, 33.0), (359.9999999, -20.0), (180.0, 70.0)]
    places += [(45.0 * i, 0.0) for i in range(8)]
    # middles of base-cell edges in the caps
    places += [(90.0 * i, lat) for i in range(4) for lat in (60.0, -75.0, 89.999)]
    places += corners(0, np.arange(12))
    for order in (2, 3, 5, 9, 11, 12, 13):
        cells = np.concatenate(
            [rng.integers(12 * 4**order, size=3), np.arange(12) * 4**order]
        )
        places += corners(order, cells)
    return places


def scattered(
    rng: np.random.Generator,
    places: list[tuple[float, float]],
    count: int,
    arcsec: float,
) -> Positions:
    """Return ``count`` positions around each place, with that scatter."""
    lon, lat = np.radians(np.array(places)).T
    centre = np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1
    )
    vectors = np.repeat(centre, count, axis=0)
    vectors = vectors + rng.normal(size=vectors.shape) * np.radians(arcsec / 3600)
    ra = np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0])) % 360
    dec = np.degrees(np.arctan2(vectors[:, 2], np.hypot(vectors[:, 0], vectors[:, 1])))
    return ra, dec


def separations(left: Positions, right: Positions) -> NDArray[np.float64]:
    """Return all separations in arcsec, by Vincenty's formula in NumPy."""
    (ra1, dec1), (ra2, dec2) = (np.radians(np.array(side)) for side in (left, right))
    ra1, dec1, ra2, dec2 = ra1[:, None], dec1[:, None], ra2[None], dec2[None]
    step = ra2 - ra1
    across = np.cos(dec2) * np.sin(step)
    along = np.cos(dec1) * np.sin(dec2) - np.sin(dec1) * np.cos(dec2) * np.cos(step)
    inner = np.sin(dec1) * np.sin(dec2) + np.cos(dec1) * np.cos(dec2) * np.cos(step)
    return 3600 * np.degrees(np.arctan2(np.hypot(across, along), inner))


def pairs_within(
    left: Positions, right: Positions, radius: float
) -> set[tuple[int, int]]:
    """Return the index pairs within the radius (arcsec), by brute force."""
    found = set()
    for start in range(0, left[0].size, 500):
        part = left[0][start : start + 500], left[1][start : start + 500]
        i, j = np.nonzero(separations(part, right) <= radius)
        found |= set(zip((i + start).tolist(), j.tolist(), strict=True))
    return found


def store(
    connection: duckdb.DuckDBPyConnection, table: str, positions: Positions
) -> None:
    """Store positions as a table of id (the index), ra, dec and healpix."""
    rows = pa.table(
        {
            "id": np.arange(positions[0].size),
            "ra": positions[0],
            "dec": positions[1],
        }
    )
    connection.register("rows_to_store", rows)
    connection.execute(
        f"create or replace table {table} as "
        "select *, healpix_nested(29, ra, dec) as healpix from rows_to_store"
    )
    connection.unregister("rows_to_store")
