"""Epochs, positional errors and magnitudes of a match, against brute force."""

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time

from stellarwh.match import Side, match_tables
from tests.match.skies import scattered, separations, troublesome_places


@pytest.fixture
def put(connection):
    """Return a function that stores columns as a table with healpix."""

    def store(name, **columns):
        connection.register("rows_to_store", pa.table(columns))
        connection.execute(
            f"create table raw.{name} as "
            "select *, healpix_nested(29, ra, dec) as healpix from rows_to_store"
        )

    return store


@pytest.fixture
def sky(rng):
    places = [place for place in troublesome_places(rng) if abs(place[1]) < 89]
    return scattered(rng, places, 4, 1.0)


# astropy warns where no distance is given, as everywhere here
@pytest.mark.filterwarnings("ignore::erfa.ErfaWarning")
def test_moving_stars_are_found_where_astropy_says_they_were(connection, put, rng, sky):
    ra, dec = sky
    pmra, pmdec = rng.normal(0, 300, (2, ra.size))
    before = SkyCoord(
        ra * u.deg,
        dec * u.deg,
        pm_ra_cosdec=pmra * u.mas / u.yr,
        pm_dec=pmdec * u.mas / u.yr,
        distance=1e6 * u.pc,
        obstime=Time(2016.0, format="jyear", scale="tdb"),
    ).apply_space_motion(Time(2000.0, format="jyear", scale="tdb"))
    ids = np.arange(ra.size)
    put("old", id=ids, ra=before.ra.deg % 360, dec=before.dec.deg)
    put("new", id=ids, ra=ra, dec=dec, pmra=pmra, pmdec=pmdec)

    matched = match_tables(
        connection,
        Side("raw.old", epoch=2000.0),
        Side("raw.new", epoch=2016.0),
        radius=0.01,
    )

    assert matched.epoch == 2000.0
    pairs = set(zip(*matched.pairs.select([0, 1]).to_pydict().values(), strict=True))
    assert {(i, i) for i in ids.tolist()} <= pairs
    assert max(matched.pairs["separation"].to_pylist()) < 0.01
    still = match_tables(
        connection,
        Side("raw.old", epoch=2000.0),
        Side("raw.new", epoch=2000.0),
        radius=0.01,
    )
    assert still.epoch is None
    assert still.pairs.num_rows < ids.size / 50


def test_a_star_without_a_motion_is_compared_where_it_was_and_flagged(connection, put):
    put("old", id=[1, 2, 3], ra=[10.0, 20.0, 30.0], dec=[0.0, 0.0, 0.0])
    # 16 years of 100 mas/yr are 1.6 arcsec east
    east = 1.6 / 3600
    put(
        "new",
        id=[1, 2, 3],
        ra=[10.0 + east, 20.0, 30.0 + east],
        dec=[0.0, 0.0, 0.0],
        pmra=[100.0, None, None],
        pmdec=[0.0, 5.0, None],
    )

    matched = match_tables(
        connection, Side("raw.old", epoch=2000), Side("raw.new", epoch=2016)
    )

    found = matched.pairs.to_pydict()
    assert found["left_id"] == [1, 2]
    assert found["lacks_motion"] == [False, True]


def test_epochs_may_stand_in_a_column(connection, put):
    put(
        "old",
        id=[1, 2],
        ra=[10.0, 20.0],
        dec=[0.0, 0.0],
        ref_epoch=[2000.0, 2010.0],
        pmra=[100.0, 100.0],
        pmdec=[0.0, 0.0],
    )
    put("new", id=[1, 2], ra=[10 + 1.6 / 3600, 20 + 0.6 / 3600], dec=[0.0, 0.0])

    matched = match_tables(
        connection, "raw.old", Side("raw.new", epoch="2016"), radius=0.01
    )

    assert matched.epoch == 2016.0
    assert matched.pairs["left_id"].to_pylist() == [1, 2]


def test_unknown_epochs_are_compared_as_they_are_where_the_radius_is_safe(
    connection, put
):
    put("old", id=[1], ra=[10.0], dec=[0.0], pmra=[1e5], pmdec=[0.0])
    put("new", id=[1], ra=[10.0], dec=[0.0])

    matched = match_tables(
        connection, "raw.old", Side("raw.new", epoch=2016), radius=3.0
    )

    assert matched.pairs.num_rows == 1
    assert matched.warnings == (
        "The epoch of raw.old is not known; positions are compared as they are.",
    )


def test_each_pair_has_a_radius_of_its_own_errors(connection, put, rng, sky):
    other = tuple(x + rng.normal(0, 0.5 / 3600, x.size) for x in sky)
    other = other[0] % 360, np.clip(other[1], -90, 90)
    errors = rng.uniform(0.05, 0.6, (2, sky[0].size))
    errors[0, ::7] = np.nan
    errors[1, ::5] = np.nan
    given = [pa.array(side, from_pandas=True) for side in errors]
    ids = np.arange(sky[0].size)
    put("a", id=ids, ra=sky[0], dec=sky[1], error=given[0])
    put("b", id=ids, ra=other[0], dec=other[1], error=given[1])

    matched = match_tables(
        connection,
        Side("raw.a", epoch=2000, error="error"),
        Side("raw.b", epoch=2000, error="error"),
        radius=1.5,
        sigmas=2.0,
    )

    squares = np.nan_to_num(errors) ** 2
    own = 2.0 * np.sqrt(squares[0][:, None] + squares[1][None])
    neither = np.isnan(errors[0])[:, None] & np.isnan(errors[1])[None]
    limit = np.where(neither, 1.5, np.minimum(own, 1.5))
    expected = np.argwhere(separations(sky, other) <= limit)
    found = np.array([matched.pairs[c].to_numpy() for c in ("left_id", "right_id")])
    assert sorted(found.T.tolist()) == expected.tolist()
    assert 100 < len(expected) < (separations(sky, other) <= 1.5).sum()


def test_magnitudes_must_agree_where_both_are_known(connection, put):
    put("a", id=[1, 2, 3], ra=[1.0, 2.0, 3.0], dec=[0.0] * 3, g=[10.0, 11.0, None])
    put("b", id=[1, 2, 3], ra=[1.0, 2.0, 3.0], dec=[0.0] * 3, gmag=[10.4, 12.0, 9.0])
    sides = (
        Side("raw.a", epoch=2016, magnitude="g"),
        Side("raw.b", epoch=2016, magnitude="gmag"),
    )

    agreeing = match_tables(connection, *sides, magnitude_limit=0.5).pairs.to_pydict()

    assert agreeing["left_id"] == [1, 3]
    assert agreeing["magnitude_difference"] == [pytest.approx(0.4), None]
    assert match_tables(connection, *sides).pairs.num_rows == 3


def test_a_better_partner_of_another_magnitude_does_not_win(connection, put):
    put("a", id=[1], ra=[1.0], dec=[0.0], g=[10.0])
    put("b", id=[1, 2], ra=[1.0, 1.0001], dec=[0.0] * 2, g=[15.0, 10.1])

    matched = match_tables(
        connection,
        Side("raw.a", epoch=2016, magnitude="g"),
        Side("raw.b", epoch=2016, magnitude="g"),
        mode="best",
        magnitude_limit=1.0,
    )

    assert matched.pairs["right_id"].to_pylist() == [2]
