"""Clumps: many rows at one place, or as good as; against brute force, and at size."""

import hashlib

import numpy as np
import pytest

from tests.match.skies import store, troublesome_places

MODES = ("best", "best-right", "mutual", "one-to-one")


@pytest.fixture(params=["at once", "some", "in steps"])
def stepping(request, macros):
    """Take every sky as a crowd, or none, or parts of it."""
    crowd = {"at once": "1e300", "some": "9", "in steps": "-1"}[request.param]
    macros.execute(f"create or replace macro crossmatch_crowd() as {crowd}")
    yield
    macros.execute("create or replace macro crossmatch_crowd() as 32")


def clumped(rng, size):
    """Rows about few places: at them, a hair off, or within the radius."""
    places = np.array([(0.0, 0.0), (359.9999999, -20.0), (77.0, -90.0), (10.0, 60.0)])
    ra, dec = places[rng.integers(len(places), size=size)].T
    off = (
        rng.choice([0, 1e-7, 1e-4, 0.2], size=size) * rng.normal(size=(2, size)) / 3600
    )
    # Half of them on a grid, where distances are equal.
    off = np.where(rng.random(size) < 0.5, off, rng.integers(-2, 3, (2, size)) / 2**15)
    return (ra + off[0]) % 360, np.clip(dec + off[1], -90, 90)


def put(macros, table, positions, rng):
    store(macros, table, positions)
    macros.execute(
        f"create or replace table {table} as select *, "
        f"[12.0, 12.5, 13.1, null, 14.0][1 + (id * 7919) % 5] as mag, "
        f"[0.1, 0.3, null][1 + (id * 104729) % 3] as err from {table}"
    )


def digest(*ids):
    return hashlib.md5(" ".join(map(str, ids)).encode()).hexdigest()


def spots_of(macros, table, compared):
    """Return the smallest id of each row's spot."""
    return dict(
        macros.execute(
            f"select id, min(id) over (partition by "
            f"if(abs(dec) = 90, 0, ra), dec {compared}) from {table}"
        ).fetchall()
    )


def expected(pairs, mode, left_spots, right_spots):
    """Brute force: all pairs, sorted."""
    if mode == "one-to-one":
        left, right, found = set(), set(), set()
        for _, _, i, j in sorted(
            (s, digest(left_spots[i], right_spots[j]), i, j) for i, j, s in pairs
        ):
            if i not in left and j not in right:
                left.add(i)
                right.add(j)
                found.add((i, j))
        return found
    best, back = {}, {}
    for i, j, _ in sorted(pairs, key=lambda pair: (pair[2], pair[1])):
        best.setdefault(i, j)
    for i, j, _ in sorted(pairs, key=lambda pair: (pair[2], pair[0])):
        back.setdefault(j, i)
    rights, lefts = set(best.items()), {(i, j) for j, i in back.items()}
    return {"best": rights, "best-right": lefts, "mutual": rights & lefts}[mode]


@pytest.mark.parametrize(
    ("options", "compared"),
    [
        ("", ""),
        (
            ", left_magnitude := 'mag', right_magnitude := 'mag', "
            "magnitude_limit := 0.6",
            ", mag",
        ),
        (", left_error := 'err', right_error := 'err', sigmas := 2", ", err"),
    ],
)
@pytest.mark.usefixtures("stepping")
def test_pairs_are_those_of_brute_force(macros, rng, options, compared):
    for size in (1, 90):
        put(macros, "lefts", clumped(rng, size), rng)
        put(macros, "rights", clumped(rng, 2 * size // 3 + 1), rng)
        call = f"from crossmatch('lefts', 'rights', 1.5, mode := '{{}}'{options})"
        columns = "select left_id, right_id, separation "
        pairs = macros.execute(columns + call.format("all")).fetchall()
        apart = {(i, j): s for i, j, s in pairs}
        spots = [spots_of(macros, side, compared) for side in ("lefts", "rights")]
        for mode in MODES:
            rows = macros.execute(columns + call.format(mode)).fetchall()
            found = {(i, j) for i, j, _ in rows}
            assert len(found) == len(rows)
            assert found == expected(pairs, mode, *spots), (size, mode)
            assert all(s == apart[i, j] for i, j, s in rows)


def test_a_clump_of_rows_at_one_place_ends(macros):
    """400 million pairs that nobody looks at."""
    macros.execute(
        "create or replace table lefts as select range as id, 10.0 as ra, 5.0 as dec "
        "from range(20000)"
    )
    macros.execute("create or replace table rights as from lefts")
    for mode, pairs in (("one-to-one", 20_000), ("best", 20_000), ("mutual", 1)):
        found = macros.execute(
            "select count(*), count_if(left_id = right_id), sum(right_id) from "
            f"crossmatch('lefts', 'rights', 1, mode := '{mode}')"
        ).fetchall()
        assert found == [
            (pairs, 1, 0)
            if mode != "one-to-one"
            else (pairs, pairs, pairs * (pairs - 1) // 2)
        ]


@pytest.mark.parametrize("dec", [90, -90])
def test_rows_at_a_pole_are_at_one_place_whatever_their_right_ascension(macros, dec):
    macros.execute(
        f"create or replace table lefts as select range as id, "
        f"(range * 7.3) % 360 as ra, {dec}.0 as dec from range(5000)"
    )
    macros.execute(
        "create or replace table rights as "
        "select id, (ra + 11.1) % 360 as ra, dec from lefts"
    )
    found = macros.execute(
        "select left_id, right_id, separation from "
        "crossmatch('lefts', 'rights', 1, mode := 'one-to-one') order by left_id"
    ).fetchall()
    assert found == [(i, i, 0) for i in range(5000)]
    best = (
        "select distinct right_id from crossmatch('lefts', 'rights', 1, mode := 'best')"
    )
    assert macros.execute(best).fetchall() == [(0,)]


@pytest.mark.parametrize("scatter", [0.3, 1e-5])
def test_a_clump_of_rows_near_one_place_is_paired_nearest_first(macros, rng, scatter):
    """By what it means: no two rows are nearer to each other than to their partners."""
    size = 2000
    sides = [
        (
            10 + rng.normal(0, scatter / 3600, size),
            5 + rng.normal(0, scatter / 3600, size),
        )
        for _ in range(2)
    ]
    store(macros, "lefts", sides[0])
    store(macros, "rights", sides[1])
    found = macros.sql(
        "from crossmatch('lefts', 'rights', 1, mode := 'one-to-one')"
    ).fetchnumpy()
    partner = [np.full(size, np.inf), np.full(size, np.inf)]
    for side, name in zip(partner, ("left_id", "right_id"), strict=True):
        assert len(set(found[name])) == len(found[name])
        side[found[name]] = found["separation"]
    # Good to 1e-11 so near each other, where Vincenty's formula is not.
    (ra1, dec1), (ra2, dec2) = ((ra[:, None], dec[:, None]) for ra, dec in sides)
    middle = np.radians((dec1 + dec2.T) / 2)
    apart = 3600 * np.hypot((ra1 - ra2.T) * np.cos(middle), dec1 - dec2.T)
    nearer = apart < np.minimum(partner[0][:, None], partner[1]) * (1 - 1e-9)
    assert not (nearer & (apart < 1 - 1e-9)).any()


def test_no_partner_is_outside_the_buckets_of_a_row(macros, rng):
    """At the poles, at RA 0 and anywhere, from 1e-8 arcsec to a quarter of the sky."""
    places = np.array(troublesome_places(rng) * 20)
    size = len(places)
    step = 10 ** rng.uniform(-8.5, 5.5, size) / 3600
    left = [(places.T[0] + step * rng.normal(size=size)) % 360, places.T[1]]
    left[1] = np.clip(left[1] + step * rng.normal(size=size), -90, 90)
    wide = step / np.maximum(np.cos(np.radians(left[1])), 1e-9)
    right = [
        (left[0] + np.clip(wide, 0, 180) * rng.normal(size=size)) % 360,
        np.clip(left[1] + step * rng.normal(size=size), -90, 90),
    ]
    store(macros, "lefts", tuple(left))
    store(macros, "rights", tuple(right))
    # The separation itself is known to some 1e-16 of it.
    rows = macros.execute(
        """
        select count(*), count_if(list_contains(
            crossmatch_buckets_around(l.ra, l.dec, apart),
            crossmatch_bucket(r.ra, r.dec, apart)
        ))
        from (
            select
                l, r,
                greatest(angular_separation(l.ra, l.dec, r.ra, r.dec), 1e-8) as apart
            from lefts as l inner join rights as r using (id)
        )
        """
    ).fetchall()
    assert rows == [(size, size)]
