"""Separations against Vincenty's formula in extended precision."""

import numpy as np
import pyarrow as pa
import pytest

from tests.match.oracle import moved, needs_extended_precision, separation

COUNT = 20_000


@pytest.fixture
def apart(macros):
    """Return a function: the separations of two lists of positions in SQL."""

    def separations(left, right):
        rows = dict(zip("abcd", (*left, *right), strict=True))
        macros.register("pairs", pa.table(rows))
        return macros.sql(
            "select angular_separation(a, b, c, d) as s from pairs"
        ).fetchnumpy()["s"]

    return separations


def whole_sky(rng):
    return rng.uniform(0, 360, COUNT), np.degrees(np.arcsin(rng.uniform(-1, 1, COUNT)))


def near_the_poles(rng):
    dec = 90 - 10 ** rng.uniform(-9, 0, COUNT)
    return rng.uniform(0, 360, COUNT), dec * rng.choice([-1, 1], COUNT)


def near_ra_0(rng):
    ra = 10 ** rng.uniform(-12, -2, COUNT) * rng.choice([-1, 1], COUNT)
    return ra % 360, whole_sky(rng)[1]


@needs_extended_precision
@pytest.mark.parametrize("sky", [whole_sky, near_the_poles, near_ra_0])
@pytest.mark.parametrize(
    "arcsec",
    [0.0, 1e-9, 1e-3, 0.05, 1.0, 60.0, 3600.0, 324_000.0, 647_999.0, 648_000.0],
)
def test_separations_equal_vincenty_to_1e_9_arcsec(apart, rng, sky, arcsec):
    left = sky(rng)
    right = moved(left, rng.uniform(0, 2 * np.pi, COUNT), arcsec)
    found, true = apart(left, right), separation(left, right)
    # measured: 3e-10 at most, 2e-12 up to a degree, 1e-13 up to an arcsecond
    limit = 5e-10 if arcsec > 3600 else 5e-12 if arcsec > 1 else 1e-12
    assert np.abs(found - true).max() < limit


@needs_extended_precision
def test_separations_of_unrelated_positions_equal_vincenty(apart, rng):
    left, right = whole_sky(rng), whole_sky(rng)
    assert np.abs(apart(left, right) - separation(left, right)).max() < 5e-10


def test_separations_are_the_same_from_either_end(apart, rng):
    for sky in (whole_sky, near_the_poles, near_ra_0):
        left = sky(rng)
        right = moved(left, rng.uniform(0, 2 * np.pi, COUNT), 3600.0)
        assert (apart(left, right) == apart(right, left)).all()


def test_a_position_is_at_no_distance_from_itself(apart, rng):
    for sky in (whole_sky, near_the_poles, near_ra_0):
        left = sky(rng)
        assert (apart(left, left) == 0).all()
