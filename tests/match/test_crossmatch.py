"""The cross-match in SQL against brute force, where cells make trouble."""

import duckdb
import numpy as np
import pytest

from tests.match.skies import (
    pairs_within,
    scattered,
    separations,
    store,
    troublesome_places,
)

RADII = [0.05, 0.3, 1.0, 3.0, 10.0, 60.0, 600.0, 3600.0]


def matched(connection, radius, mode="all"):
    rows = connection.execute(
        "select left_id, right_id "
        f"from crossmatch('lefts', 'rights', {radius}, mode := '{mode}')"
    ).fetchall()
    assert len(set(rows)) == len(rows)
    return set(rows)


@pytest.mark.parametrize("radius", RADII)
def test_no_pair_is_missing_or_extra_at_corners_poles_and_ra_0(macros, rng, radius):
    places = troublesome_places(rng)
    left = scattered(rng, places, 5, radius * 0.7)
    right = scattered(rng, places, 5, radius * 0.7)
    store(macros, "lefts", left)
    store(macros, "rights", right)
    expected = pairs_within(left, right, radius)
    assert len(expected) > 1000
    assert matched(macros, radius) == expected


@pytest.mark.parametrize("radius", [36_000.0, 68_399.0, 68_401.0, 400_000.0])
def test_radii_of_many_degrees_are_complete_too(macros, rng, radius):
    places = troublesome_places(rng)[::9]
    left, right = (scattered(rng, places, 4, radius / 2) for _ in range(2))
    store(macros, "lefts", left)
    store(macros, "rights", right)
    assert matched(macros, radius) == pairs_within(left, right, radius)


@pytest.mark.parametrize("radius", [0.05, 1.0, 60.0])
def test_separations_near_the_radius_are_told_apart(macros, rng, radius):
    """Partners at the radius less and plus 1e-8 of it (and at least 1e-8 arcsec)."""
    lon, lat = np.array(troublesome_places(rng)).T
    lat = np.clip(lat, -89.9, 89.9)
    angle = rng.uniform(0, 2 * np.pi, lon.size)
    store(macros, "lefts", (lon, lat))
    slack = max(1e-8, 1e-8 * radius)
    for distance, count in ((radius - slack, lon.size), (radius + slack, 0)):
        right = moved(lon, lat, angle, distance)
        store(macros, "rights", right)
        found = matched(macros, radius)
        assert sum(i == j for i, j in found) == count


def moved(lon, lat, angle, arcsec):
    """Positions at a distance and position angle (the spherical law of cosines)."""
    step, dec = np.radians(arcsec / 3600), np.radians(lat)
    sin_dec = np.sin(dec) * np.cos(step) + np.cos(dec) * np.sin(step) * np.cos(angle)
    ra = np.arctan2(
        np.sin(angle) * np.sin(step) * np.cos(dec),
        np.cos(step) - np.sin(dec) * sin_dec,
    )
    # the height from its difference keeps the digits that arcsin would lose
    half = np.cos(angle) * np.sin(step) * np.cos(dec) - 2 * np.sin(dec) * (
        np.sin(step / 2) ** 2
    )
    new = dec.copy()
    for _ in range(4):
        new -= (np.sin(new) - np.sin(dec) - half) / np.cos(new)
    return (lon + np.degrees(ra)) % 360, np.degrees(new)


def test_duplicates_pair_with_each_other(macros):
    store(macros, "lefts", (np.array([10.0, 10.0, 20.0]), np.array([5.0, 5.0, 5.0])))
    store(macros, "rights", (np.array([10.0, 10.0]), np.array([5.0, 5.0])))
    assert matched(macros, 1.0) == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_rows_without_a_position_match_nothing(macros):
    ra = np.array([0.0, np.nan, 0.0, np.inf, 0.0])
    dec = np.array([0.0, 0.0, np.nan, 0.0, 91.0])
    store(macros, "lefts", (ra, dec))
    store(macros, "rights", (ra, dec))
    assert matched(macros, 3600.0) == {(0, 0)}


def test_antipodes_match_only_at_180_degrees(macros):
    store(macros, "lefts", (np.array([10.0]), np.array([20.0])))
    store(macros, "rights", (np.array([190.0]), np.array([-20.0])))
    assert matched(macros, 647_999.0) == set()
    assert matched(macros, 648_000.0) == {(0, 0)}


def test_separations_equal_vincenty_in_numpy(macros, rng):
    places = troublesome_places(rng)
    left, right = (scattered(rng, places, 3, 30.0) for _ in range(2))
    store(macros, "lefts", left)
    store(macros, "rights", right)
    found = macros.sql("from crossmatch('lefts', 'rights', 60)").fetchnumpy()
    expected = separations(left, right)[found["left_id"], found["right_id"]]
    assert np.abs(found["separation"] - expected).max() < 1e-9


def test_the_modes_follow_from_all_pairs(macros, rng):
    places = troublesome_places(rng)[:40]
    left, right = (scattered(rng, places, 6, 1.0) for _ in range(2))
    store(macros, "lefts", left)
    store(macros, "rights", right)
    apart = separations(left, right)
    nearest, back = apart.argmin(axis=1), apart.argmin(axis=0)
    best = {(i, int(j)) for i, j in enumerate(nearest) if apart[i, j] <= 2.0}
    best_right = {(int(i), j) for j, i in enumerate(back) if apart[i, j] <= 2.0}
    assert matched(macros, 2.0, "best") == best
    assert matched(macros, 2.0, "best-right") == best_right
    assert matched(macros, 2.0, "mutual") == best & best_right
    assert len(best & best_right) < len(best)


def test_one_to_one_takes_the_nearest_first(macros, rng):
    places = troublesome_places(rng)[:40]
    left, right = (scattered(rng, places, 12, 1.0) for _ in range(2))
    store(macros, "lefts", left)
    store(macros, "rights", right)
    apart = separations(left, right)
    chosen, taken = set(), set()
    for flat in np.argsort(apart, axis=None):
        i, j = divmod(int(flat), apart.shape[1])
        if apart[i, j] <= 2.0 and not {("l", i), ("r", j)} & taken:
            taken |= {("l", i), ("r", j)}
            chosen.add((i, j))
    assert matched(macros, 2.0, "one-to-one") == chosen
    assert matched(macros, 2.0, "mutual") < chosen


def test_one_to_one_prefers_smaller_ids_where_pairs_are_equally_near(macros):
    same = (np.array([10.0, 10.0, 10.0]), np.array([5.0, 5.0, 5.0]))
    store(macros, "lefts", same)
    store(macros, "rights", (same[0][:2], same[1][:2]))
    assert matched(macros, 1.0, "one-to-one") == {(0, 0), (1, 1)}


def test_an_unknown_mode_is_refused(macros):
    store(macros, "lefts", (np.array([10.0]), np.array([5.0])))
    store(macros, "rights", (np.array([10.0]), np.array([5.0])))
    with pytest.raises(duckdb.Error, match="no mode closest; there are all, best"):
        matched(macros, 1.0, "closest")


def test_position_columns_may_be_named(macros):
    macros.execute(
        "create or replace view named as select 'x' as name, 10.0 as lon, 1.0 as lat, "
        "healpix_nested(29, 10.0, 1.0) as healpix"
    )
    pairs = macros.execute(
        "from crossmatch('named', 'named', 1, left_id := 'name', right_id := 'NAME', "
        "left_ra := 'lon', left_dec := 'lat', right_ra := 'lon', right_dec := 'lat')"
    ).fetchall()
    assert pairs == [("x", "x", 0.0, None, None)]
