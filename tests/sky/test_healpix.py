"""HEALPix in SQL against astropy-healpix and healpy."""

import healpy
import numpy as np
import pyarrow as pa
import pytest
from astropy import units as u
from astropy_healpix import HEALPix

from tests.sky.skies import corners, scattered, troublesome_places

# Rounding differs between libraries: a position within 1e-6 of a cell's side (at
# order 29, 4e-10 arcsec) of an edge may fall on either side of it.
TIES = 2


def cells_of(connection, order, ra, dec):
    connection.register("positions", pa.table({"ra": ra, "dec": dec}))
    return connection.sql(
        f"select healpix_nested({order}, ra, dec) as cell from positions"
    ).fetchnumpy()["cell"]


def expected_cells(order, ra, dec):
    grid = HEALPix(2**order, order="nested")
    return grid.lonlat_to_healpix(ra * u.deg, dec * u.deg)


def random_sky(rng, count):
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


@pytest.mark.parametrize("order", range(30))
def test_cells_equal_those_of_astropy_healpix(macros, rng, order):
    ra, dec = random_sky(rng, 50_000)
    found = cells_of(macros, order, ra, dec)
    assert np.count_nonzero(found != expected_cells(order, ra, dec)) <= TIES


def test_cells_equal_those_of_healpy(macros, rng):
    ra, dec = random_sky(rng, 100_000)
    for order in (0, 1, 5, 13, 24, 29):
        found = cells_of(macros, order, ra, dec)
        expected = healpy.ang2pix(2**order, ra, dec, nest=True, lonlat=True)
        assert np.count_nonzero(found != expected) <= TIES


@pytest.mark.parametrize("arcsec", [1e-6, 1e-3, 1.0, 1000.0])
def test_cells_near_corners_and_poles_equal_those_of_astropy_healpix(
    macros, rng, arcsec
):
    ra, dec = scattered(rng, troublesome_places(rng), 40, arcsec)
    found = cells_of(macros, 13, ra, dec)
    different = found != expected_cells(13, ra, dec)
    # Within a microarcsec of a corner or a pole the libraries round differently.
    assert different.mean() < (0.03 if arcsec < 1e-5 else 1e-3)


def test_a_cell_holds_its_children(macros, rng):
    ra, dec = scattered(rng, troublesome_places(rng), 20, 0.1)
    finest = cells_of(macros, 29, ra, dec)
    for order in range(29):
        assert (cells_of(macros, order, ra, dec) == finest >> (58 - 2 * order)).all()


@pytest.mark.parametrize("order", [0, 1, 2, 3, 8, 29])
def test_every_centre_lies_in_its_cell(macros, rng, order):
    count = 12 * 4**order
    cells = np.arange(count) if order < 4 else rng.integers(count, size=3000)
    lon, lat = HEALPix(2**order, order="nested").healpix_to_lonlat(cells)
    found = cells_of(macros, order, lon.to_value(u.deg), lat.to_value(u.deg))
    assert (found == cells).all()


def test_corners_of_base_cells_fall_in_a_cell_that_touches_them(macros):
    """No corner, pole or meridian falls through the formula."""
    places = np.array(corners(0, np.arange(12)) + [(90.0 * i, 89.0) for i in range(5)])
    found = cells_of(macros, 29, places[:, 0], places[:, 1])
    lon, lat = HEALPix(2**29, order="nested").healpix_to_lonlat(found)
    apart = (lon.to_value(u.deg) - places[:, 0] + 180) % 360 - 180
    apart *= np.cos(np.radians(places[:, 1]))
    assert np.abs(lat.to_value(u.deg) - places[:, 1]).max() < 1e-6
    assert np.abs(apart).max() < 1e-6


@pytest.mark.parametrize("order", [0, 1, 2, 3, 10])
def test_neighbours_equal_those_of_astropy_healpix(macros, rng, order):
    count = 12 * 4**order
    faces = np.arange(12) * 4**order
    cells = np.arange(count)
    if order > 3:
        even = 0x5555555555555555 & (4**order - 1)
        edges = [faces, faces + even, faces + 2 * even, faces + 4**order - 1]
        cells = np.concatenate([*edges, rng.integers(count, size=3000)])
    macros.register("cells_to_ask", pa.table({"cell": cells}))
    steps = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    columns = ", ".join(
        f"coalesce(healpix_neighbour({order}, cell, {x}, {y}), -1) as n{i}"
        for i, (x, y) in enumerate(steps)
    )
    found = macros.sql(f"select {columns} from cells_to_ask").fetchnumpy()
    # SW, W, NW, N, NE, E, SE, S, with -1 where there is none
    with np.errstate(invalid="ignore"):  # as its documentation advises
        expected = HEALPix(2**order, order="nested").neighbours(cells)
    for i in range(8):
        assert (found[f"n{i}"] == expected[i]).all()
    if order:
        assert sum((found[f"n{i}"] < 0).sum() for i in range(8)) >= 8
