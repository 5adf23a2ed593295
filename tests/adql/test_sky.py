"""Geometry, and conditions on the sky: what is fast gives what is slow."""

import itertools
import math
import re

import healpy
import numpy as np
import pytest

from tests.adql.conftest import Asked

ARCSEC = 1 / 3600


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("1 = contains(point(ra, dec), circle(10.05, 20, 0.06))", [1, 2]),
        ("contains(point('ICRS', ra, dec), circle('ICRS', 10, 20, 0.01)) = 1", [1]),
        ("0 = contains(point(ra, dec), circle(10, 20, 1))", [3, 4, 5, 6]),
        ("not 1 = contains(point(ra, dec), circle(10, 20, 1))", [3, 4, 5, 6]),
        ("1 = contains(point(ra, dec), circle(0, -5, 0.001))", [3, 4]),
        ("1 = contains(point(ra, dec), circle(360, -5, 0.001))", [3, 4]),
        ("1 = contains(point(ra, dec), circle(110, 90, 0.001))", [5, 6]),
        ("1 = intersects(point(ra, dec), circle(point(0, -5), 0.001))", [3, 4]),
        ("distance(point(ra, dec), point(10, 20)) < 0.09", [1]),
        ("0.1 > distance(ra, dec, 10, 20)", [1, 2]),
        # Galactic coordinates of 10, 20 by astropy.
        ("1 = contains(point(ra, dec), circle('GALACTIC', 119.2694, -42.7904, 0.01))",
         [1]),
        ("1 = contains(point(ra, dec), polygon(9, 19, 10.05, 19, 10.05, 21, 9, 21))",
         [1]),
        ("1 = contains(point(ra, dec), polygon(9, 21, 10.05, 21, 10.05, 19, 9, 19))",
         [1]),
        # With a notch where star 1 is.
        ("1 = contains(point(ra, dec), polygon(9,19, 11,19, 11,21, 10,19.9, 9,21))",
         [2]),
        ("1 = contains(point(ra, dec), box(10.05, 20, 0.2, 0.2))", [1, 2]),
        ("1 = contains(point(ra, dec), region('CIRCLE ICRS 10 20 0.01'))", [1]),
        ("1 = contains(circle(ra, dec, 1), circle(10, 20, 1.05))", [1]),
        ("1 = intersects(circle(ra, dec, 1), circle(12.5, 20, 1.3))", [2]),
        ("1 = contains(circle(ra, dec, 0.01), polygon(9,19,10.05,19,10.05,21,9,21))",
         [1]),
        ("1 = intersects(circle(ra,dec,0.06), polygon(9,19,10.05,19,10.05,21,9,21))",
         [1, 2]),
    ],
)  # fmt: skip
def test_regions(asked, condition, expected):
    query = f"select star_id from stars where {condition} order by star_id"
    assert [row[0] for row in asked.rows(query)] == expected


@pytest.mark.parametrize("turn", [-720, -360, 0, 360])
def test_a_box_of_galactic_lies_along_the_galaxy(asked, turn):
    # Star 1 lies at l, b = 119.2694, -42.7904 by astropy.
    for width, height, lon, lat, expected in (
        (8, 0.2, 116, -42.85, [1]),
        (0.2, 8, 119.25, -40, [1]),
        (0.2, 8, 116, -42.85, []),
    ):
        found = asked.rows(
            "select star_id from stars where star_id = 1 and 1 = contains(point(ra, "
            f"dec), box('GALACTIC', {lon + turn}, {lat}, {width}, {height}))"
        )
        assert [row[0] for row in found] == expected


@pytest.mark.parametrize("turn", [-720, -360, 360, 720])
def test_a_computed_right_ascension_may_lie_beyond_a_turn(asked, turn):
    for region in ("circle(10.05, 20, 0.06)", "polygon(9,19, 10.2,19, 10.2,21, 9,21)"):
        found = asked.rows(
            f"select star_id from (select star_id, ra + {turn} as lon, dec from stars) "
            f"as t where 1 = contains(point(lon, dec), {region}) order by 1"
        )
        assert found == [(1,), (2,)]


@pytest.mark.parametrize("region", ["circle(10, 20, 1)", "polygon(9,19, 11,19, 9,21)"])
def test_whether_half_a_position_is_contained_is_unknown(asked, region):
    half = "(select star_id, dec, cast(null as real) as lon from stars) as t"
    holds = f"contains(point(lon, dec), {region})"
    for condition in (
        f"{holds} = 0",
        f"not {holds} = 1",
        f"not ({holds} = 1 or star_id > 9)",
        f"{holds} in (0, 1)",
    ):
        assert asked.rows(f"select star_id from {half} where {condition}") == []


def test_values_of_geometries(asked):
    one = "from stars where star_id = 1"
    assert asked.one(f"select point(ra, dec) as x {one}") == [10.0, 20.0]
    assert asked.one(f"select coord2(centroid(circle(ra, dec, 2))) as x {one}") == 20.0
    # Half the sky has 2 pi steradian.
    half = 2 * math.pi * math.degrees(1) ** 2
    assert asked.one(f"select area(circle(ra, dec, 90)) as x {one}") == pytest.approx(
        half
    )
    assert asked.one(
        f"select distance(point(0, 0), point(0, ra)) as x {one}"
    ) == pytest.approx(10)
    assert asked.one("select point(ra, dec) as x from stars where star_id = 7") is None
    assert asked.one(
        f"select coord1(ivo_geom_transform('ICRS', 'GALACTIC', point(ra, dec))) {one}"
    ) == pytest.approx(119.2694, abs=1e-4)


def test_barnards_star_moves(asked):
    # astropy's apply_space_motion: 269.4295115, 4.9826323.
    found = asked.one(
        "select ivo_epoch_prop_pos(269.452, 4.693, 546.98, -801.55, 10362.4, -110.5, "
        "2016, 2116) as x from stars where star_id = 1"
    )
    assert found == pytest.approx([269.4295115, 4.9826323], abs=1e-6)


NEAR = [
    f"1 = contains(point(a.ra, a.dec), circle(b.ra, b.dec, {ARCSEC!r}))",
    f"contains(point(b.ra, b.dec), circle(a.ra, a.dec, {ARCSEC!r})) = 1",
    f"distance(point(a.ra, a.dec), point(b.ra, b.dec)) <= {ARCSEC!r}",
    f"{ARCSEC!r} >= distance(b.ra, b.dec, a.ra, a.dec)",
    "distance(a.ra, a.dec, b.ra, b.dec) <= b.star_id / b.star_id / 3600",
]
FORMS = {
    "inner": "stars as a join raw.seen as b on {0}",
    "comma": "stars as a, raw.seen as b where {0}",
    "left": "stars as a left join raw.seen as b on {0}",
    "right": "stars as a right join raw.seen as b on {0}",
    "full": "stars as a full join raw.seen as b on {0}",
    "twice": "stars as a left join raw.seen as c on a.star_id = c.star_id "
    "left join raw.seen as b on {0}",
    "subquery": "(select * from main.stars) as a "
    "join (select * from raw.seen) as b on {0}",
    "and": "stars as a join raw.seen as b on {0} and b.mag < 12",
    "left and": "stars as a left join raw.seen as b on {0} and b.mag < 12",
    "left of joins": "stars as a left join (raw.seen as b join raw.seen as c "
    "on b.id = c.id) on {0}",
    "left of left": "stars as a left join stars as d on a.star_id = d.star_id + 1 "
    "left join raw.seen as b on {0} and (d.star_id > 1 or b.id > 0)",
    "left of the many": "raw.seen as b left join stars as a on {0}",
    "left of some": "(select * from main.stars) as a left join raw.seen as b on {0}",
    "id": "stars as a join raw.seen as b on {0} and a.star_id = b.star_id",
}


@pytest.fixture
def doubled(small):
    """Return the few rows with one more star, where the first one is."""
    small.begin()
    small.execute("insert into main.stars values (8, 10, 20, 5000, 'where star 1 is')")
    yield small
    small.rollback()


@pytest.mark.parametrize(
    ("form", "near", "rows"),
    [
        (form, near, rows)
        for form, near in itertools.product(FORMS, NEAR)
        for rows in ((None, None), (10, 10_000_000), (1_000_000, 10), (10, None))
    ],
)
def test_a_join_on_the_sky_gives_what_comparing_all_gives(doubled, form, near, rows):
    asked = Asked(doubled, rows)
    joined = FORMS[form].format(near)
    query = f"select a.star_id as i, b.id as j from {joined} order by i, j"
    apart = "angular_separation(a.ra, a.dec, b.ra, b.dec) <= 1.0000000001"
    if "star_id /" in near:
        apart += " and b.star_id is not null"
    slow = re.sub(r"(?<!\.)\bstars as", "main.stars as", FORMS[form].format(apart))
    expected = doubled.execute(
        f"select a.star_id as i, b.id as j from {slow} "
        "order by i nulls last, j nulls last"
    ).fetchall()
    assert asked.rows(query) == expected
    assert len(expected) >= 3


def test_a_join_on_the_sky_does_not_compare_all(asked):
    sql = asked.translated(
        f"select a.star_id from {FORMS['inner'].format(NEAR[0])}"
    ).sql
    plan = asked.connection.execute(f"explain {sql}").fetchall()[0][1].lower()
    assert "hash join" in plan.replace("_", " ")
    assert "nested" not in plan


def test_a_cone_asks_for_ranges_of_the_columns(asked):
    sql = asked.translated(
        "select ra from stars where 1 = contains(point(ra, dec), circle(10, 20, 1))"
    ).sql
    assert '"dec" between 18.999999999::double and 21.000000001::double' in sql
    # The tangent from the pole: asin(sin 1 / cos 20) = 1.06419 degrees.
    assert '"ra" between 8.93581' in sql


@pytest.mark.parametrize("seed", range(6))
def test_a_polygon_holds_what_healpy_finds_in_it(small, seed):
    random = np.random.default_rng(seed)
    nside = 32
    cells = np.arange(12 * nside**2)
    lon, lat = healpy.pix2ang(nside, cells, nest=True, lonlat=True)
    middle = healpy.ang2vec(*_somewhere(random), lonlat=True)
    corners = _convex(middle, math.radians(random.uniform(3, 60)), random)
    inside = set(healpy.query_polygon(nside, corners, nest=True).tolist())
    lons, lats = healpy.vec2ang(corners, lonlat=True)
    listed = ", ".join(
        f"{a!r}, {b!r}" for a, b in zip(lons.tolist(), lats.tolist(), strict=True)
    )
    small.execute("create or replace table main.stars_of_cells as "
                  "select unnest($1) as star_id, unnest($2) as ra, unnest($3) as dec",
                  [cells.tolist(), lon.tolist(), lat.tolist()])  # fmt: skip
    asked = Asked(small)
    sql = asked.translated(
        "select star_id from stars "
        f"where 1 = contains(point(ra, dec), polygon({listed}))"
    ).sql.replace('"main"."stars"', "main.stars_of_cells")
    assert {row[0] for row in small.execute(sql).fetchall()} == inside
    assert inside


def _somewhere(random):
    return random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1)))


def _convex(middle, radius, random):
    """Return corners on a circle, which is convex, either way round."""
    east = np.cross([0, 0, 1], middle)
    east /= np.linalg.norm(east)
    north = np.cross(middle, east)
    angles = np.linspace(0, 2 * np.pi, 6)[:-1] + random.uniform(0, 1)
    around = np.cos(angles)[:, None] * east + np.sin(angles)[:, None] * north
    corners = math.cos(radius) * middle + math.sin(radius) * around
    return corners[:: random.choice([-1, 1])]
