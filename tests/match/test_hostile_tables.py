"""Tables whose names and columns could be mistaken for the macros' own."""

import math
import re

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table

from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.build import build_views
from tests.match.skies import pairs_within

# What macros call their parameters, their steps and what lambdas bind, now or before.
NAMES = (
    "left_positions right_positions left_buckets pairs ranked rounds kept found moved "
    "rest steps radius mode epoch left_table table_name centre_ra centre_dec bucket "
    "place zone n_cells separation pair_radius magnitude position_error lacks_motion "
    "healpix c s x y p named usual names otherwise id_name ra_name dec_name id_on_left "
    "radius_arcsec common_epoch crossmatch_nothing is_moved is_elsewhere first_cell"
)


@pytest.fixture
def sky(rng):
    return rng.uniform(10, 10.01, 60), rng.uniform(-0.005, 0.005, 60)


def put(connection, table, positions, **columns):
    ra, dec = positions
    rows = pa.table({**columns, "id": np.arange(ra.size), "ra": ra, "dec": dec})
    connection.register("rows_to_store", rows)
    connection.execute(f"create or replace table {table} as from rows_to_store")
    connection.unregister("rows_to_store")


def found(connection, sql):
    return set(connection.execute(sql).fetchall())


def test_columns_of_any_name_are_left_alone(macros, sky):
    other = np.full(60, 45.0)
    columns = {name: other for name in NAMES.split() if name not in ("id", "ra", "dec")}
    put(macros, "hostile", sky, **columns)
    put(macros, "plain", sky)
    expected = pairs_within(sky, sky, 5.0)
    for mode in ("all", "mutual", "one-to-one"):
        wanted = expected if mode == "all" else {(i, i) for i in range(60)}
        for left, right in (("hostile", "plain"), ("plain", "hostile")):
            query = (
                "select left_id, right_id from "
                f"crossmatch('{left}', '{right}', 5, mode := '{mode}')"
            )
            assert found(macros, query) == wanted
    near = "select id from cone_search('{}', 10.005, 0, 9)"
    assert found(macros, near.format("hostile")) == found(macros, near.format("plain"))


@pytest.mark.parametrize(
    "table", ["main.left_positions", "pairs", "stellarwh", '"My View"', "ranked"]
)
def test_tables_of_any_name_are_found(macros, sky, table):
    put(macros, table, sky)
    query = f"select left_id, right_id from crossmatch('{table}', '{table}', 5)"
    assert found(macros, query) == pairs_within(sky, sky, 5.0)
    macros.execute(f"drop table {table}")


def test_a_column_called_separation_does_not_select(macros, sky):
    own = np.linspace(0, 10, 60)
    put(macros, "topcat", sky, Separation=own)
    put(macros, "plain", sky)
    query = "select id, separation from cone_search('{}', 10.005, 0, 9)"
    expected = found(macros, query.format("plain"))
    assert 5 < len(expected) < 50
    assert found(macros, query.format("topcat")) == expected
    kept = macros.sql("select id, separation_1 from cone_search('topcat', 10, 0, 60)")
    assert all(own[i] == value for i, value in kept.fetchall())


@pytest.mark.parametrize("healpix", ["null::bigint", "7", "healpix_nested(9, ra, dec)"])
def test_a_healpix_column_that_is_not_of_the_positions_hides_nothing(
    macros, sky, healpix
):
    put(macros, "plain", sky)
    macros.execute(
        f"create or replace table stale as select *, {healpix} as healpix from plain"
    )
    expected = pairs_within(sky, sky, 5.0)
    query = "select left_id, right_id from crossmatch('stale', 'stale', 5)"
    assert found(macros, query) == expected
    cone = "select id from cone_search('{}', 10.005, 0, 9)"
    assert found(macros, cone.format("stale")) == found(macros, cone.format("plain"))


@pytest.mark.parametrize("at", [0.0, 180.0, 270.0])
def test_right_ascensions_of_minus_180_to_180_are_wrapped(macros, rng, at):
    ra, dec = at + rng.uniform(-0.01, 0.01, 80), rng.uniform(-0.01, 0.01, 80)
    put(macros, "usual", (ra % 360, dec))
    put(macros, "other", ((ra + 180) % 360 - 180, dec))
    expected = pairs_within((ra % 360, dec), (ra % 360, dec), 8.0)
    query = "select left_id, right_id from crossmatch('{}', '{}', 8)"
    for sides in (("usual", "other"), ("other", "usual"), ("other", "other")):
        assert found(macros, query.format(*sides)) == expected
    for ra in (at + 0.004, at + 359.998, at - 0.002):
        cone = "select id from cone_search('{}', {}, 0, 20)"
        assert found(macros, cone.format("other", ra)) == found(
            macros, cone.format("usual", ra)
        )


@pytest.mark.parametrize("ra", [-180.001, 360.001, -9999.0, math.nan, math.inf])
def test_right_ascensions_further_out_are_no_position(macros, ra):
    turned = ra % 360 if math.isfinite(ra) else 0.0
    put(macros, "usual", (np.array([turned]), np.array([0.0])))
    put(macros, "other", (np.array([ra]), np.array([0.0])))
    assert not found(
        macros, "select left_id, right_id from crossmatch('usual', 'other', 8)"
    )
    assert not found(macros, f"select id from cone_search('other', {turned}, 0, 20)")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "crossmatch('rows', 'rows', 1, left_magnitude := 'k_mag')",
            "no column 'k_mag'",
        ),
        ("crossmatch('rows', 'rows', 1, right_error := 'eror')", "no column 'eror'"),
        ("crossmatch('rows', 'rows', 1, left_id := 'nam')", "no column 'nam'"),
        ("crossmatch('rows', 'rows', 1, right_ra := 'lon')", "no column 'lon'"),
        ("crossmatch('rows', 'rows', 1, left_pmdec := 'pmde')", "no column 'pmde'"),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2000, left_epoch := 'epoc')",
            "no column 'epoc'",
        ),
        (
            "crossmatch('rows', 'rows', 1, magnitude_limit := 1, "
            "left_magnitude := 'ra')",
            "give left_magnitude and right_magnitude",
        ),
        (
            "crossmatch('rows', 'rows', 1, mode := 'best', magnitude_limit := 1)",
            "give left_magnitude and right_magnitude",
        ),
        ("crossmatch('rows', 'rows', 1, sigmas := 1)", "give left_error"),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2000, left_pmra := 'ra')",
            "give left_pmra with left_pmdec",
        ),
        (
            "crossmatch('rows', 'rows', 1, left_pmra := 'ra', left_pmdec := 'dec')",
            "such as epoch := 2016",
        ),
        ("crossmatch('rows', 'rows', 1, right_epoch := 2000)", "epoch := 2016"),
        (
            "crossmatch('nameless', 'rows', 1)",
            r"names its rows .*left_id := 'COLUMN'",
        ),
        ("crossmatch('placeless', 'rows', 1)", "no column of right ascension"),
        ("crossmatch('rows', 'rows', null)", "radius is NULL"),
        ("crossmatch('rows', 'rows', 'nan'::double)", "radius is nan"),
        ("crossmatch('rows', 'rows', -1)", "radius is -1"),
        ("crossmatch('rows', 'rows', 1, mode := null)", "no mode NULL"),
        ("crossmatch('rows', 'rows', 1, mode := 'bst')", "no mode bst"),
        ("crossmatch('rows', 'rows', 1, sigmas := 0)", "sigmas is 0"),
        ("crossmatch('rows', 'rows', 1, magnitude_limit := -1)", "limit is -1"),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2000, left_epoch := 51544.5)",
            "epoch 51544.5 is no year of 1800 to 2200; as a modified Julian date it "
            "is 2000.0",
        ),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2451545, left_epoch := 2000)",
            "as a Julian date it is 2000.0",
        ),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2000, left_epoch := 'mjd')",
            "epoch 57388.0 is no year.*it is 2015.999",
        ),
        (
            "crossmatch('rows', 'rows', 1, epoch := 2000, left_epoch := 'nan')",
            "epoch is NaN",
        ),
        ("cone_search('rows', 10, 91, 1)", "declination is 91"),
        ("cone_search('rows', null, 0, 1)", "right ascension is NULL"),
        ("cone_search('rows', 10, 0, null)", "radius is NULL"),
        ("cone_search('rows', 10, 0, 'nan'::double)", "radius is nan"),
        ("cone_search('rows', 10, 0, -5)", "radius is -5"),
        ("cone_search('placeless', 10, 0, 5)", "no column of right ascension"),
    ],
)
def test_says_what_is_wrong_in_one_sentence(macros, query, said):
    macros.execute(
        "create or replace table rows as select 1 as id, 10.0 as ra, 0.0 as dec, "
        "57388.0 as mjd"
    )
    macros.execute("create or replace table nameless as select 10.0 as ra, 0.0 as dec")
    macros.execute("create or replace table placeless as select 1 as id, 0.0 as dec")
    with pytest.raises(duckdb.InvalidInputException) as error:
        macros.sql(f"from {query}").fetchall()
    text = str(error.value)
    assert re.search(said, text)
    assert "\n" not in text
    assert len(text) < 250


def test_nan_and_fillers_are_no_values(macros, sky):
    nan = np.full(60, np.nan)
    put(
        macros, "nulls", sky, e=pa.nulls(60, pa.float64()), m=pa.nulls(60, pa.float64())
    )
    put(macros, "nans", sky, e=nan, m=nan)
    put(macros, "fillers", sky, e=np.full(60, -9999.0), m=np.full(60, 99.999))
    put(macros, "right_side", sky, e=np.full(60, 0.5), m=np.full(60, 12.0))
    query = (
        "select left_id, right_id from crossmatch('{}', 'right_side', 5, left_error := "
        "'e', right_error := 'e', left_magnitude := 'm', right_magnitude := 'm', "
        "magnitude_limit := 1)"
    )
    expected = pairs_within(sky, sky, 1.5)
    for side in ("nulls", "nans", "fillers"):
        assert found(macros, query.format(side)) == expected


@pytest.mark.parametrize("filler", [-9999.0, 9999.0, 999999.0, np.nan, 1e20])
def test_a_filler_moves_no_star(macros, sky, filler):
    put(macros, "old", sky, pmra=np.full(60, filler), pmdec=np.full(60, 0.0))
    put(macros, "new", sky)
    rows = macros.sql(
        "select lacks_motion, count(*) from crossmatch('old', 'new', 0.001, "
        "epoch := 2016, left_epoch := 2000, right_epoch := 2016, left_pmra := 'pmra', "
        "left_pmdec := 'pmdec') group by all"
    ).fetchall()
    assert rows == [(True, 60)]


def test_rows_that_share_an_id_are_rows_of_their_own(macros, rng, sky):
    """The count that unique ids give, in every run."""
    ra, dec = sky
    put(macros, "unique_rows", sky)
    macros.execute(
        "create or replace table shared as select * replace (id // 3 as id) "
        "from unique_rows"
    )
    jittered = ra + rng.normal(0, 1e-4, 60), dec + rng.normal(0, 1e-4, 60)
    put(macros, "right_side", jittered)
    query = (
        "select left_id{}, right_id, separation from "
        "crossmatch('{}', 'right_side', 20, mode := '{}') order by all"
    )
    for mode in ("best", "best-right", "mutual", "one-to-one"):
        expected = macros.sql(query.format(" // 3", "unique_rows", mode)).fetchall()
        for _ in range(3):
            assert macros.sql(query.format("", "shared", mode)).fetchall() == expected


def test_many_rows_at_one_place_find_their_partners_at_once(macros):
    """By hand: the first the first, and so on; what nearest first by ids gives."""
    macros.execute(
        "create or replace table heap as select range as id, 10.0 as ra, 5.0 as dec "
        "from range(700)"
    )
    query = (
        "select count(*), count_if(left_id = right_id) "
        "from crossmatch('heap', 'heap', 1, mode := 'one-to-one')"
    )
    assert macros.sql(query).fetchall() == [(700, 700)]


def test_a_grid_of_equal_distances_is_paired_one_to_one(macros):
    """Every right row has two left ones at the same distance: chains of 2,000."""
    macros.execute(
        "create or replace table posts as select range as id, 10 + range / 1024 as ra, "
        "0.0 as dec from range(1000)"
    )
    macros.execute(
        "create or replace table gaps as select id, ra + 1 / 2048 as ra, dec from posts"
    )
    pairs = macros.sql(
        "select left_id, right_id from crossmatch('posts', 'gaps', 1.8, "
        "mode := 'one-to-one')"
    ).fetchall()
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    # No two rows that are both left over are within the radius of each other.
    lefts, rights = ({side[k] for side in pairs} for k in (0, 1))
    assert all(
        i in lefts or j in rights for i in range(1000) for j in (i - 1, i) if j >= 0
    )


def test_a_flag_in_columns_called_as_those_of_the_bits_is_read(built_connection):
    rows = built_connection.execute(
        "select has_flag(survey, flag, bit, name), flag_names(survey, flag, bit)[1], "
        "rejecting_bits(survey, flag) > 0 from (select 'apogee' as survey, "
        "'ASPCAPFLAG' as flag, 8388608 as bit, 'STAR_BAD' as name "
        "union all select 'galah', 'flag_sp', 0, 'nothing' where false)"
    ).fetchall()
    assert rows == [(True, "STAR_BAD", True)]


def test_a_cell_in_columns_called_as_what_lambdas_bind(macros):
    rows = macros.execute(
        "select healpix_parent(c, b, a), healpix_valid_cell(c, b), "
        "len(healpix_neighbours(c, b)), "
        "healpix_to_radec(c, b) = healpix_to_radec(3, 100) "
        "from (select 3 as c, 100 as b, 2 as a)"
    ).fetchall()
    assert rows == [(25, 100, 8, True)]


def test_positions_are_those_that_ingest_was_told(connection, tmp_path, rng):
    ra, dec = rng.uniform(10, 20, 300), rng.uniform(-5, 5, 300)
    columns = {"id": np.arange(300), "RA_ICRS": ra, "DE_ICRS": dec}
    shifted = {"ra": ra + 40 / 3600, "dec": dec}
    Table({**columns, **shifted}).write(tmp_path / "xm.fits")
    Table({**columns}).write(tmp_path / "truth.fits")
    for name in ("xm", "truth"):
        path = tmp_path / f"{name}.fits"
        ingest_survey(connection, name, path, ra="RA_ICRS", dec="DE_ICRS")
    query = "select count(*), max(separation) from crossmatch('{}', 'raw.truth', 0.5)"
    for _ in range(2):
        for table in ("raw.xm", "RAW.XM", '"raw"."xm"'):
            found = connection.execute(query.format(table)).fetchall()
            assert found == [(300, 0.0)]
        cone = f"from cone_search('raw.xm', {float(ra[0])!r}, {float(dec[0])!r}, 1)"
        assert connection.execute(f"select id {cone}").fetchall() == [(0,)]
        build_views(connection)
