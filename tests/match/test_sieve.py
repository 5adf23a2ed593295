"""The sieve lets every row through that has a partner, and few others."""

import numpy as np
import pytest

from stellarwh.match.sieve import Box, Occupied, Sieve
from tests.match.oracle import moved, separation


def sky(rng, count):
    """Positions everywhere, many at the poles, at 0 h and at the edges of zones."""
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    ra = rng.uniform(0, 360, count)
    part = count // 8
    dec[:part] = rng.choice([-1, 1], part) * (90 - rng.exponential(0.001, part) % 1)
    dec[part : part + 4] = [90, -90, 90, -90]
    ra[part : 2 * part] = rng.exponential(0.001, part)
    ra[2 * part : 3 * part] = 360 - rng.exponential(0.001, part)
    return ra, dec


@pytest.mark.parametrize("radius", [1e-4, 1.0, 30.0, 3600.0, 200_000.0, 648_000.0])
def test_no_partner_is_lost(rng, radius):
    ra, dec = sky(rng, 4_000)
    angle = rng.uniform(0, 2 * np.pi, ra.size)
    apart = radius * rng.uniform(0, 1, ra.size) ** 0.5 * (1 - 1e-6)
    partner = moved((ra, dec), angle, apart)
    # What rounding to doubles made farther than the radius is no partner.
    near = separation((ra, dec), partner) <= radius
    assert near.mean() > 0.5
    for few in (100, 4_000):
        for i in range(0, ra.size, few):
            part = slice(i, i + few)
            sieve = Sieve(radius, few)
            sieve.mark(ra[part], dec[part])
            passed = sieve.lets_through(partner[0][part], partner[1][part])
            assert passed[near[part]].all()
            assert sieve.lets_through(ra[part], dec[part]).all()
            if i > 2000:
                break


@pytest.mark.parametrize("dec", [0.0, 55.0, -80.0])
def test_a_partner_due_east_or_west_is_not_lost(rng, dec):
    """There the difference in right ascension is largest: radius / cos(dec) at least.

    With reach for 0.95 of that, one pair in a hundred is lost at the edges of cells.
    """
    count = 1_500
    places = rng.uniform(0, 360, count), dec + rng.uniform(-5, 5, count)
    angle = rng.choice([0.5, 1.5], count) * np.pi
    partner = moved(places, angle, np.full(count, 3600 * (1 - 1e-6)))
    assert_no_pair_is_lost(places, partner, 3600.0)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.6, 0.9, 1.1])
def test_no_partner_is_lost_where_the_zone_at_the_pole_is_low(rng, part):
    """Zones are four radii high, but for the last: it has what the others leave."""
    radius = 3600 * 180 / (40 + part)
    count = 600
    dec = 90 - 2 * radius / 3600 * rng.uniform(0, 1, count) ** 0.5
    places = rng.uniform(0, 360, count), dec
    apart = radius * rng.uniform(0, 1, count) ** 0.5 * (1 - 1e-6)
    partner = moved(places, rng.uniform(0, 2 * np.pi, count), apart)
    assert_no_pair_is_lost(places, partner, radius)


def assert_no_pair_is_lost(places, partner, radius):
    """Check it for one pair after the other, so that none is let through by chance."""
    assert (separation(places, partner) <= radius).all()
    for i in range(places[0].size):
        sieve = Sieve(radius, 1)
        sieve.mark(*(column[i : i + 1] for column in places))
        assert sieve.lets_through(*(column[i : i + 1] for column in partner)).all()


def test_few_others_pass(rng):
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, 400_000)))
    ra = rng.uniform(0, 360, 400_000)
    sieve = Sieve(1.0, 100_000)
    sieve.mark(ra[:100_000], dec[:100_000])
    assert sieve.lets_through(ra[100_000:], dec[100_000:]).mean() < 0.01


def test_a_full_circle_of_right_ascension_is_one_place():
    sieve = Sieve(1.0, 10)
    sieve.mark(np.array([0.0, 359.9999]), np.array([10.0, -10.0]))
    ra, dec = np.array([360.0, 359.9999, 0.0001]), np.array([10.0, 10.0, -10.0])
    assert sieve.lets_through(ra, dec).all()


@pytest.mark.parametrize("radius", [1.0, 7200.0])
def test_a_box_near_which_something_lies_is_told(rng, radius):
    ra, dec = sky(rng, 400)
    partner = moved((ra, dec), rng.uniform(0, 6.28, ra.size), radius * 0.999)
    for i in range(ra.size):
        occupied = Occupied()
        occupied.mark(partner[0][i : i + 1], partner[1][i : i + 1])
        assert occupied.any_near(Box((ra[i], ra[i]), (dec[i], dec[i])), radius)


def test_a_box_far_from_everything_is_told():
    occupied = Occupied()
    occupied.mark(np.array([10.0, 359.9]), np.array([20.0, -5.0]))
    assert not occupied.any_near(Box((11.0, 300.0), (-89.0, 89.0)), 1.0)
    assert not occupied.any_near(Box((0.0, 360.0), (21.0, 90.0)), 1.0)
    assert occupied.any_near(Box((-0.2, 0.1), (-6.0, -4.0)), 1.0)
    assert occupied.any_near(Box((0.0, 360.0), (20.0, 20.1)), 1.0)
    assert occupied.any_near(Box((11.0, 12.0), (20.0, 20.0)), 7200.0)
