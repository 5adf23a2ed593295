"""Every pair and no other: the match against brute force and two other matches."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord, search_around_sky
from astropy.io import fits

from tests.match.adversarial import (
    adversarial_sky,
    brute_force,
    in_order,
    lacking,
    matched,
    store_with_bad_rows,
)
from tests.match.grid import grid_pairs
from tests.match.oracle import needs_extended_precision
from tests.match.skies import scattered, store

RADII = [0.05, 0.3, 1.0, 3.0, 10.0, 60.0, 600.0, 3600.0]


@needs_extended_precision
@pytest.mark.parametrize("radius", RADII)
def test_no_pair_is_missing_or_extra(macros, rng, radius):
    """Over the eight radii these are more than 100,000 pairs."""
    left, right = adversarial_sky(rng, radius)
    store_with_bad_rows(macros, "lefts", left)
    store_with_bad_rows(macros, "rights", right)
    expected, beyond = brute_force(left, right, radius)
    assert len(expected) > 12_500
    at_the_radius = np.abs(beyond) < 2e-9
    assert np.count_nonzero(at_the_radius & (beyond < 0)) > 500
    assert np.count_nonzero(at_the_radius & (beyond > 0)) > 500
    assert np.abs(beyond).min() > 5e-10  # so that doubles can tell every one
    found, _ = matched(macros, radius)
    assert lacking(expected, found).size == 0
    assert lacking(found, expected).size == 0
    assert len(found) == len(expected)
    # the same from the other side
    back = macros.execute(
        f"select right_id, left_id from crossmatch('rights', 'lefts', {radius!r}) "
        "order by all"
    ).fetchnumpy()
    assert np.array_equal(np.stack([back["right_id"], back["left_id"]], -1), found)


def whole_sky(rng, count, _radius):
    return rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))


def pole_and_ra_0(rng, count, radius):
    places = [(0.0, 90.0), (0.0, -90.0), (0.0, 12.0), (0.0, 41.810314895778596)]
    return scattered(rng, places, count // 4, 30 * radius)


@pytest.mark.parametrize(
    ("sky", "count", "radius"),
    [
        (whole_sky, 100_000, 60.0),
        (whole_sky, 15_000, 3600.0),
        (pole_and_ra_0, 8_000, 0.05),
        (pole_and_ra_0, 8_000, 1.0),
        (pole_and_ra_0, 8_000, 600.0),
    ],
)
def test_a_grid_of_unit_vectors_and_astropy_find_the_same(
    macros, rng, sky, count, radius
):
    left, right = (sky(rng, count, radius) for _ in range(2))
    store(macros, "lefts", left)
    store(macros, "rights", right)
    assert_others_agree(macros, left, right, radius)


def assert_others_agree(connection, left, right, radius):
    found, apart = matched(connection, radius)
    assert len(found) > 100
    i, j, chord = grid_pairs(left, right, radius)
    order = np.lexsort((j, i))
    assert np.array_equal(found, np.stack([i, j], axis=-1)[order])
    assert np.abs(apart - chord[order]).max() < 1e-9
    coordinates = [SkyCoord(*side, unit="deg") for side in (left, right)]
    i, j, *_ = search_around_sky(*coordinates, radius * u.arcsec)
    assert np.array_equal(found, in_order(np.stack([i, j], axis=-1)))


@pytest.mark.parametrize("radius", [1.0, 3.0, 60.0, 600.0])
def test_others_find_the_same_in_apogee_and_lamost(macros, realdata, radius):
    left, right = (
        tuple(np.loadtxt(realdata / "pairs" / name) for name in names)
        for names in (
            ("ra_apogee.txt", "dec_apogee.txt"),
            ("ra_lamost_all.txt", "dec_lamost.txt"),
        )
    )
    store(macros, "lefts", left)
    store(macros, "rights", right)
    assert_others_agree(macros, left, right, radius)


@pytest.mark.parametrize("radius", [0.5, 300.0])
def test_others_find_the_same_in_kepler_and_tgas(macros, realdata, radius):
    path = realdata / "pairs" / "stello_2013_tgas_xmatch.csv"
    columns = np.genfromtxt(path, delimiter=",", names=True, dtype=None, encoding="utf")
    left, right = (
        tuple(np.asarray(columns[name], dtype=float) for name in names)
        for names in (("ra", "dec"), ("tgas_ra", "tgas_dec"))
    )
    store(macros, "lefts", left)
    store(macros, "rights", right)
    assert_others_agree(macros, left, right, radius)


def test_others_find_the_same_in_hipparcos_and_apogee(macros, realdata):
    path = realdata / "apogee" / "APOGEE-allStar-v603-Hipparcos.fits.gz"
    with fits.open(path) as hdus:
        left, right = (
            tuple(hdus[1].data[name].astype(float) for name in names)
            for names in (("RA", "DEC"), ("RArad", "DErad"))
        )
    store(macros, "lefts", left)
    store(macros, "rights", right)
    for radius in (1.0, 3600.0):
        assert_others_agree(macros, left, right, radius)
