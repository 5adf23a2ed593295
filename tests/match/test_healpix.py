"""HEALPix in SQL against healpy, cdshealpix and astropy-healpix."""

import json
import subprocess
from collections.abc import Callable

import cdshealpix.nested as cds
import healpy
import numpy as np
import pyarrow as pa
import pytest
from astropy import units as u
from astropy.coordinates import Latitude, Longitude
from astropy_healpix import HEALPix

from stellarwh.warehouse.database import open_warehouse
from tests.match.oracle import edge_distance, needs_extended_precision
from tests.match.skies import corners, scattered, troublesome_places

ORDERS = range(30)


def astropy_cells(order, ra, dec):
    return HEALPix(2**order, order="nested").lonlat_to_healpix(ra * u.deg, dec * u.deg)


def healpy_cells(order, ra, dec):
    return healpy.ang2pix(2**order, ra, dec, nest=True, lonlat=True)


def cds_cells(order, ra, dec):
    found = cds.lonlat_to_healpix(Longitude(ra, u.deg), Latitude(dec, u.deg), order)
    return found.astype(np.int64)


LIBRARIES: list[Callable] = [healpy_cells, cds_cells, astropy_cells]


def asked(connection, columns, question):
    connection.register("asked_rows", pa.table(columns))
    return connection.sql(f"select {question} from asked_rows").fetchnumpy()


def cells_of(connection, order, ra, dec):
    rows = {"ra": ra, "dec": dec}
    return asked(connection, rows, f"healpix_nested({order}, ra, dec) as c")["c"]


def random_sky(rng, count):
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


def some_cells(rng, order, count=3000):
    """Every cell of coarse orders; else those along the base cells' edges, and some."""
    faces = np.arange(12) * 4**order
    if order <= 3:
        return np.arange(12 * 4**order)
    even = 0x5555555555555555 & (4**order - 1)
    along = even & rng.integers(4**order, size=(20, 1))
    edges = [faces, faces + even, faces + 2 * even, faces + 4**order - 1]
    edges += [(faces + along).ravel(), (faces + even + 2 * along).ravel()]
    edges += [(faces + 2 * along).ravel(), (faces + 2 * even + along).ravel()]
    return np.concatenate([*edges, rng.integers(12 * 4**order, size=count)])


def assert_equal_but_for_ties(order, positions, found, expected):
    """Rounding differs between libraries, so 1e-6 of a cell's side tells no more."""
    different = np.flatnonzero(found != expected)
    # Chance puts 4e-6 of all positions there, at any order.
    assert different.size <= 2 + 4e-6 * found.size
    apart = edge_distance(order, *(axis[different] for axis in positions))
    assert apart.max(initial=0) < 1e-6


@needs_extended_precision
@pytest.mark.parametrize("order", ORDERS)
def test_cells_equal_those_of_three_libraries(macros, rng, order):
    sky = random_sky(rng, 50_000)
    found = cells_of(macros, order, *sky)
    for library in LIBRARIES:
        assert_equal_but_for_ties(order, sky, found, library(order, *sky))


@pytest.mark.slow
@needs_extended_precision
@pytest.mark.parametrize("order", ORDERS)
def test_ten_million_cells_equal_those_of_healpy_and_cdshealpix(macros, rng, order):
    sky = random_sky(rng, 10_000_000)
    found = cells_of(macros, order, *sky)
    for library in (healpy_cells, cds_cells):
        assert_equal_but_for_ties(order, sky, found, library(order, *sky))


@needs_extended_precision
@pytest.mark.parametrize("arcsec", [1e-6, 1e-3, 1.0, 1000.0])
def test_cells_near_corners_and_poles_equal_those_of_libraries(macros, rng, arcsec):
    ra, dec = scattered(rng, troublesome_places(rng), 40, arcsec)
    found = cells_of(macros, 13, ra, dec)
    # A double holds RA to 2e-10 arcsec: 1e-11 of a cell's side at order 13.
    clear = edge_distance(13, ra, dec) > 1e-10
    assert clear.mean() > 0.95
    for library in LIBRARIES:
        assert (found == library(13, ra, dec))[clear].all()


@pytest.mark.parametrize("order", ORDERS)
def test_a_corner_on_the_equator_belongs_to_the_cell_in_the_east(macros, rng, order):
    """Exactly on the edge of four cells: 90 k / 2^order is no rounded number."""
    side = 2**order
    steps = np.arange(4) + 0.5 if order == 0 else rng.integers(4 * side, size=500)
    ra = 90.0 * steps / side
    found = cells_of(macros, order, ra, np.zeros_like(ra))
    in_the_east = healpy_cells(order, (ra + 45 / side) % 360, np.zeros_like(ra))
    assert (found == in_the_east).all()


def test_meridians_between_base_cells_belong_to_the_one_in_the_east(macros):
    for ra in (0.0, 90.0, 180.0, 270.0, 360.0, -90.0):
        dec = np.array([42.0, 60.0, 75.3, 89.0, 89.9999999, 90.0])
        found = cells_of(macros, 0, np.full(12, ra), np.concatenate([dec, -dec]))
        quarter = int(ra % 360 // 90)
        assert found.tolist() == [quarter] * 6 + [8 + quarter] * 6


def test_a_pole_belongs_to_the_cells_of_its_ra(macros):
    ra = np.array([0.0, 89.999, 90.0, 200.0, 359.9])
    quarter = np.array([0, 0, 1, 2, 3])
    north = cells_of(macros, 29, ra, np.full(5, 90.0))
    south = cells_of(macros, 29, ra, np.full(5, -90.0))
    assert (north == (quarter + 1) * 4**29 - 1).all()
    assert (south == (quarter + 8) * 4**29).all()


def test_a_cell_holds_its_children(macros, rng):
    ra, dec = scattered(rng, troublesome_places(rng), 5, 0.1)
    columns = ", ".join(
        f"healpix_nested({order}, ra, dec) "
        f"= healpix_parent(29, healpix_nested(29, ra, dec), {order}) as o{order}"
        for order in ORDERS
    )
    found = asked(macros, {"ra": ra, "dec": dec}, columns)
    assert len(found) == 30
    assert all(column.all() for column in found.values())


def test_children_have_their_parent(macros, rng):
    cells = some_cells(rng, 10, 100)
    found = asked(
        macros,
        {"cell": cells},
        "cell, unnest(healpix_children(10, cell, 12)) as child, "
        "healpix_parent(12, child, 10) as parent",
    )
    assert (found["parent"] == found["cell"]).all()
    assert (found["child"].reshape(-1, 16) == 16 * cells[:, None] + range(16)).all()


@pytest.mark.parametrize("order", ORDERS)
def test_centres_equal_those_of_libraries(macros, rng, order):
    cells = some_cells(rng, order)
    found = asked(
        macros, {"cell": cells}, f"unnest(healpix_to_radec({order}, cell)), cell"
    )
    lon, lat = cds.healpix_to_lonlat(cells.astype(np.uint64), order)
    for ra, dec in (
        healpy.pix2ang(2**order, cells, nest=True, lonlat=True),
        (lon.to_value(u.deg), lat.to_value(u.deg)),
    ):
        assert np.abs(found["dec"] - dec).max() < 2e-13
        assert np.abs(found["ra"] - ra).max() < 2e-13
    assert ((found["ra"] >= 0) & (found["ra"] < 360)).all()
    assert (cells_of(macros, order, found["ra"], found["dec"]) == cells).all()


def test_centres_in_two_columns_are_the_same(macros, rng):
    columns = {"cell": some_cells(rng, 7)}
    one = asked(macros, columns, "unnest(healpix_to_radec(7, cell))")
    two = asked(macros, columns, "healpix_ra(7, cell) as ra, healpix_dec(7, cell) as d")
    assert (one["ra"] == two["ra"]).all()
    assert (one["dec"] == two["d"]).all()


def test_corners_of_base_cells_fall_in_a_cell_that_touches_them(macros):
    """No corner, pole or meridian falls through the formula."""
    places = np.array(corners(0, np.arange(12)) + [(90.0 * i, 89.0) for i in range(5)])
    found = cells_of(macros, 29, places[:, 0], places[:, 1])
    lon, lat = HEALPix(2**29, order="nested").healpix_to_lonlat(found)
    apart = (lon.to_value(u.deg) - places[:, 0] + 180) % 360 - 180
    apart *= np.cos(np.radians(places[:, 1]))
    assert np.abs(lat.to_value(u.deg) - places[:, 1]).max() < 1e-6
    assert np.abs(apart).max() < 1e-6


@pytest.mark.parametrize("order", ORDERS)
def test_neighbours_equal_those_of_libraries(macros, rng, order):
    cells = some_cells(rng, order)
    lists = asked(
        macros,
        {"cell": cells},
        f"[coalesce(n, -1) for n in healpix_neighbours({order}, cell)] as around",
    )["around"]
    found = np.stack(lists)
    # SW, W, NW, N, NE, E, SE, S, with -1 where there is none
    assert (found == healpy.get_all_neighbours(2**order, cells, nest=True).T).all()
    # S, SE, E, SW, itself, NE, W, NW, N
    others = cds.neighbours(cells.astype(np.uint64), order)
    assert (found == others[:, [3, 6, 7, 8, 5, 2, 1, 0]]).all()
    with np.errstate(invalid="ignore"):  # as its documentation advises
        expected = HEALPix(2**order, order="nested").neighbours(cells)
    assert (found == expected.T).all()
    if order:  # three cells at each of the eight corners lack one
        lacking = (found < 0).sum(axis=1)
        assert lacking.max() == 1
        assert np.unique(cells[lacking == 1]).size == 24


def test_what_does_not_exist_is_null_in_columns_too(macros):
    """No row raises for the others' sake."""
    macros.execute(
        "create or replace table asked as select * from "
        "(values (0), (29), (30), (-1), (99), (null)) as o (o), "
        "(values (0), (12), (-1), (3458764513820540928), (null)) as c (cell), "
        "(values (0), (5), (29), (30), (-1), (null)) as t (t)"
    )
    answers = macros.sql(
        "select o, cell, t, o is null or o not between 0 and 29 or cell is null "
        "or cell < 0 or cell >= 12 * pow(4, o) as no_cell, "
        "no_cell or t is null or t not between 0 and 29 as no_way, "
        "no_cell = (healpix_to_radec(o, cell) is null) as centre, "
        "no_cell = (healpix_neighbours(o, cell) is null) as around, "
        "(no_way or t > o) = (healpix_parent(o, cell, t) is null) as parent, "
        "(no_way or t < o) = (healpix_first_child(o, cell, t) is null) as first, "
        "(no_way or t < o) = (healpix_last_child(o, cell, t) is null) as last "
        "from asked"
    )
    wrong = "not coalesce(centre and around and parent and first and last, false)"
    assert answers.filter(wrong).fetchall() == []
    assert macros.sql(
        "select healpix_ra(0, 99999999999999999999), healpix_parent(3, 1e30, 0)"
    ).fetchall() == [(None, None)]


SHELL = """
select unnest(healpix_to_radec(9, 12345));
select healpix_ra(0, 4) as ra, healpix_dec(0, 4) as "dec";
select healpix_neighbours(0, 4) as n;
select healpix_parent(2, 183, 0) as p, healpix_children(0, 11, 1) as c;
select healpix_to_radec(30, 4) as a, healpix_neighbours(0, 12) as b;
"""


def test_the_released_shell_has_the_same_macros(duckdb_shell, warehouse_path):
    with open_warehouse(warehouse_path):
        pass
    done = subprocess.run(
        [duckdb_shell, "-readonly", "-bail", "-json", str(warehouse_path)],
        input=SHELL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line)[0] for line in done.stdout.splitlines()]
    ra, dec = healpy.pix2ang(2**9, 12345, nest=True, lonlat=True)
    assert found[0] == pytest.approx({"ra": ra, "dec": dec}, abs=1e-12)
    assert found[1:] == [
        {"ra": 0.0, "dec": 0.0},
        {"n": [11, 7, 3, None, 0, 5, 8, None]},
        {"p": 11, "c": [44, 45, 46, 47]},
        {"a": None, "b": None},
    ]
