"""Cone searches against brute force, and what they read."""

import re

import numpy as np
import pytest

from tests.match.skies import scattered, separations, store, troublesome_places


@pytest.mark.parametrize("radius", [0.05, 1.0, 600.0, 36_000.0, 300_000.0])
def test_cones_hold_what_brute_force_finds(macros, rng, radius):
    places = troublesome_places(rng)
    stars = scattered(rng, places, 5, radius)
    store(macros, "cone_stars", stars)
    for index in rng.choice(len(places), 12, replace=False):
        ra, dec = places[index]
        found = macros.sql(
            f"select id, separation from cone_search('cone_stars', {ra!r}, {dec!r}, "
            f"{radius})"
        ).fetchnumpy()
        apart = separations((np.array([ra]), np.array([dec])), stars)[0]
        assert set(found["id"]) == set(np.flatnonzero(apart <= radius))
        assert np.abs(found["separation"] - apart[found["id"]]).max(initial=0) < 1e-9


def test_a_clustered_table_is_read_in_part(macros):
    macros.execute("select setseed(0.5)")
    macros.execute(
        "create or replace table clustered as select "
        "*, healpix_nested(29, ra, dec) as healpix from (select range as id, "
        "360 * random() as ra, degrees(asin(2 * random() - 1)) as dec "
        "from range(2_000_000)) order by healpix"
    )
    plan = macros.execute(
        "explain analyze from cone_search('clustered', 45.0, 10.0, 60)"
    ).fetchall()[0][1]
    scanned = re.search(r"Row Groups Scanned: (\d+) / (\d+)", plan)
    assert scanned is not None, plan
    assert int(scanned[1]) <= 5
    assert int(scanned[2]) >= 16
