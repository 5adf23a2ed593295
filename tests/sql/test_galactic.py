"""Galactic coordinates are those of astropy, and lead back."""

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord

EXACT = 1e-9  # arcsec


def direction(lon, lat):
    """Return unit vectors, in more digits than doubles have."""
    lon, lat = (np.radians(np.asarray(x, np.longdouble)) for x in (lon, lat))
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def apart(one, other):
    """Return distances in arcsec, of positions close together."""
    chords = np.linalg.norm(direction(*one) - direction(*other), axis=0)
    return float(np.degrees(chords).max() * 3600)


@pytest.fixture(scope="module")
def sky():
    """Return positions all over the sky, and close to both kinds of poles."""
    rng = np.random.default_rng(5)
    ra = rng.uniform(0, 360, 20_000)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, len(ra))))
    near = 10.0 ** -rng.uniform(0, 12, 1_000)
    dec[:1_000] = 90 - near
    dec[1_000:2_000] = near - 90
    dec[2_000:2_002] = 90, -90
    ra[2_002:3_000] = 192.85947789 + near[2:] / 3600
    dec[2_002:3_000] = 27.12825241
    ra[3_000:3_100] = 0
    return ra, dec


def asked(warehouse, first, second, *columns):
    warehouse.register("positions", pa.table({"a": first, "b": second}))
    found = warehouse.sql(f"select {', '.join(columns)} from positions").fetchnumpy()
    return tuple(found.values())


def test_galactic_coordinates_are_those_of_astropy(warehouse, sky):
    lon, lat = asked(warehouse, *sky, "galactic_l(a, b)", "galactic_b(a, b)")
    expected = SkyCoord(*sky, unit=u.deg).galactic
    assert apart((lon, lat), (expected.l.deg, expected.b.deg)) < EXACT
    assert lon.min() >= 0
    assert lon.max() < 360


def test_equatorial_coordinates_are_those_of_astropy(warehouse, sky):
    ra, dec = asked(warehouse, *sky, "ra_of_galactic(a, b)", "dec_of_galactic(a, b)")
    expected = SkyCoord(l=sky[0] * u.deg, b=sky[1] * u.deg, frame="galactic").icrs
    assert apart((ra, dec), (expected.ra.deg, expected.dec.deg)) < EXACT


def test_the_way_there_and_back_leads_to_the_same_place(warehouse, sky):
    there = asked(warehouse, *sky, "galactic_l(a, b)", "galactic_b(a, b)")
    back = asked(warehouse, *there, "ra_of_galactic(a, b)", "dec_of_galactic(a, b)")
    assert apart(back, sky) < EXACT
