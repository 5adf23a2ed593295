"""`match_tables` on tables and files of every kind."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from astropy import units as u
from astropy.table import Table

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.match import Side, match_tables

RA = [10.0, 10.0003, 20.0, 359.9999]
DEC = [0.0, 0.0, 45.0, -30.0]
STARS = Side("raw.stars", epoch=2000.0)


@pytest.fixture
def stars(connection):
    rows = pa.table({"id": [5, 6, 7, 8], "RA": RA, "Dec": DEC})
    connection.register("rows_to_store", rows)
    connection.execute(
        "create table raw.stars as select *, healpix_nested(29, RA, Dec) as healpix "
        "from rows_to_store"
    )
    return connection


def written(folder, name):
    table = Table({"name": ["007", "b", "c"], "ra": [10.0, 0.0001, 50.0]})
    table["dec"] = [0.0001, -30.0, 50.0]
    path = folder / name
    if path.suffix == ".parquet":
        table.write(path, format="parquet")
    else:
        table.write(path)
    return str(path)


@pytest.mark.parametrize("name", ["mine.fits", "mine.csv", "mine.parquet"])
def test_matches_a_table_with_a_file(stars, tmp_path, name):
    path = written(tmp_path, name)
    pairs = match_tables(
        stars, STARS, Side(path, id="name", epoch=2000.0), radius=1.2
    ).pairs
    assert pairs.column_names == ["left_id", "right_id", "separation"]
    assert pairs.column("left_id").to_pylist() == [5, 6, 8]
    assert pairs.column("right_id").to_pylist() == ["007", "007", "b"]
    separations = pairs.column("separation").to_pylist()
    # by hand: 0.36; hypot(1.08, 0.36); 0.72 cos 30
    expected = [0.36, np.hypot(1.08, 0.36), 0.72 * np.cos(np.radians(30))]
    assert separations == pytest.approx(expected, rel=1e-6)


def test_rows_without_an_id_are_numbered_from_one(stars, tmp_path):
    path = written(tmp_path, "mine.fits")
    matched = match_tables(
        stars, Side(path, epoch="2000"), STARS, radius=1.1, mode="mutual"
    )
    assert matched.pairs.column("left_id").to_pylist() == [1, 2]
    assert matched.pairs.column("right_id").to_pylist() == [5, 8]
    assert matched.notes == (
        f"{path} has no id column of a usual name: rows go by their number, from 1; "
        "--left-id COLUMN names one.",
    )


def test_best_gives_each_left_row_its_nearest(stars, tmp_path):
    path = written(tmp_path, "mine.csv")
    pairs = match_tables(
        stars,
        Side("stars", epoch=2000),
        Side(path, epoch=2000),
        radius=2.0,
        mode="best",
    ).pairs
    assert pairs.column("left_id").to_pylist() == [5, 6, 8]


def test_equal_ids_do_not_hide_rows(stars):
    stars.execute("update raw.stars set id = 1")
    pairs = match_tables(
        stars, "raw.stars", "raw.stars", radius=0.5, mode="mutual"
    ).pairs
    assert pairs.num_rows == 4


def test_positions_are_those_that_ingest_was_told(connection, tmp_path):
    path = tmp_path / "hip.csv"
    path.write_text("HIP,ra,dec,RArad,DErad\n1,0,0,10,0\n2,0,0,20,45\n")
    ingest_survey(connection, "hip", path, ra="RArad", dec="DErad", epoch=1991.25)
    rows = pa.table({"id": [5], "ra": [20.0], "dec": [45.0]})
    connection.register("rows_to_store", rows)
    connection.execute("create table raw.one as from rows_to_store")
    pairs = match_tables(
        connection, Side("raw.hip", id="hip"), Side("raw.one", epoch=1991.25)
    ).pairs
    assert pairs.to_pydict() == {"left_id": [2], "right_id": [5], "separation": [0.0]}


@pytest.mark.parametrize(
    ("arguments", "options", "said"),
    [
        (("raw.stars", "raw.strs"), {}, "raw.stars"),
        (("raw.stars", "missing.fits"), {}, "There is no file missing.fits"),
        ((Side("raw.stars", id="idd"), "raw.stars"), {}, "'id'"),
        (("raw.stars", "raw.stars"), {"mode": "bst"}, "'best'"),
        (("raw.stars", "raw.stars"), {"radius": -1.0}, "-1 arcsec"),
        (("raw.stars", "raw.stars"), {"radius": float("nan")}, "nan arcsec"),
        (("raw.stars", "meta.builds"), {}, "no position columns"),
        ((Side("raw.stars", epoch="epoc"), STARS), {}, "no column 'epoc'"),
        ((STARS, STARS), {"epoch": float("inf")}, "epoch inf is no year"),
        ((STARS, STARS), {"sigmas": 0.0}, "sigmas is 0"),
        ((STARS, STARS), {"magnitude_limit": -1.0}, "magnitude limit is -1"),
        ((STARS, STARS), {"magnitude_limit": 1.0}, "--left-magnitude"),
        ((STARS, STARS), {"sigmas": 1.0}, "give --left-error"),
        (
            (STARS, Side("raw.stars", epoch=2000, magnitude="ra")),
            {},
            "give --left-magnitude, too",
        ),
    ],
)
def test_says_what_is_wrong(stars, arguments, options, said):
    with pytest.raises(StellarwhError, match=said) as error:
        match_tables(stars, *arguments, **options)
    assert "\n" not in str(error.value)


def test_says_that_a_position_is_no_number(stars, tmp_path):
    path = tmp_path / "sexagesimal.csv"
    path.write_text("ra,dec\n10:00:00,-20:00:00\n")
    with pytest.raises(StellarwhError, match="decimal degrees"):
        match_tables(stars, STARS, Side(str(path), epoch=2000))


def test_leaves_nothing_behind(stars):
    match_tables(stars, "raw.stars", "raw.stars")
    temporary = stars.execute("select table_name from duckdb_tables() where temporary")
    assert temporary.fetchall() == []


@pytest.mark.parametrize(
    ("ra", "dec", "motion", "names"),
    [
        ("deg", "deg", "mas/yr", ("RA_ICRS", "DE_ICRS", "pmRA", "pmDE")),
        ("deg", "deg", "arcsec/yr", ("ra", "dec", "pmra", "pmdec")),
        ("rad", "rad", "mas/yr", ("ra", "dec", "pm_ra", "pm_dec")),
        ("h", "deg", "deg/yr", ("ra", "dec", "pmra", "pmdec")),
    ],
)
def test_units_of_a_file_are_honoured(stars, tmp_path, ra, dec, motion, names):
    """One star, 16 years of 1,000 mas/yr north of the second of `stars`, by hand."""
    values = (10.0003 * u.deg, 16 / 3600 * u.deg, 0 * u.mas / u.yr, 1000 * u.mas / u.yr)
    units = (ra, dec, motion, motion)
    path = tmp_path / "mine.fits"
    columns = zip(names, values, units, strict=True)
    Table(
        {
            n: [v.to_value("hourangle" if k == "h" else k)] * u.Unit(k)
            for n, v, k in columns
        }
    ).write(path)
    matched = match_tables(stars, STARS, Side(str(path), epoch=2016.0), radius=0.01)
    assert matched.epoch == 2000.0
    assert matched.pairs["left_id"].to_pylist() == [6]


def test_an_unknown_unit_is_refused(stars, tmp_path):
    path = tmp_path / "mine.fits"
    Table({"ra": [10.0] * u.K, "dec": [0.0] * u.deg}).write(path)
    with pytest.raises(StellarwhError, match=r"column ra of .*mine\.fits is in 'K'"):
        match_tables(stars, STARS, Side(str(path), epoch=2000))


@pytest.mark.parametrize("year", [51544.5, 2451545.0])
def test_dates_are_no_epochs(stars, tmp_path, year):
    path = tmp_path / "dated.csv"
    path.write_text(f"ra,dec,epoch\n10,0,{year}\n")
    for side in (Side("raw.stars", epoch=str(year)), Side(str(path))):
        with pytest.raises(StellarwhError, match=r"date it is 2000\.0"):
            match_tables(stars, STARS, side)
    with pytest.raises(StellarwhError, match=r"date it is 2000\.0"):
        ingest_survey(stars, "dated", path, ra="ra", dec="dec", epoch=year)


def test_empty_motions_move_nothing_whichever_way_round(connection):
    connection.execute(
        "create table raw.still as select 1 as id, 10.0 as ra, 0.0 as dec, "
        "null::double as pmra, null::double as pmdec"
    )
    connection.execute(
        "create table raw.moving as select 2 as id, 10.0 as ra, 16 / 3600 as dec, "
        "0.0 as pmra, 1000.0 as pmdec union all select 3, 20.0, 95.0, null, null "
        "union all select 4, -10.0, 0.0, -9999, -9999"
    )
    sides = [Side("still", epoch=2000.0), Side("moving", epoch=2016.0)]
    for pair in (sides, sides[::-1]):
        matched = match_tables(connection, *pair, radius=0.01)
        assert matched.epoch == 2000.0
        assert matched.pairs.num_rows == 1
        assert matched.notes == (
            "1 of 3 rows of moving without a position: nothing is matched with them.",
            "1 negative right ascension of moving: 360 was added.",
        )


def test_unknown_epochs_are_no_matter_where_nothing_moves(stars):
    stars.execute("create table raw.other as select id, RA, Dec from raw.stars")
    matched = match_tables(stars, "raw.stars", "raw.other", radius=0.1)
    assert matched.pairs.num_rows == 4
    assert "epoch of raw.stars and raw.other is not known" in matched.warnings[0]
    stars.execute("alter table raw.other add column pmra double default 5.0")
    stars.execute("alter table raw.other add column pmdec double default 5.0")
    with pytest.raises(StellarwhError, match=r"--left-epoch .*3 arcsec or more"):
        match_tables(stars, "raw.stars", Side("raw.other", epoch=2000), radius=2.9)


def test_the_command_matches_two_files_without_a_warehouse(tmp_path):
    path = written(tmp_path, "mine.fits")
    absent = tmp_path / "none.duckdb"
    done = subprocess.run(
        [sys.executable, "-m", "stellarwh", "--warehouse", absent, "match", path, path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 pairs within 1 arcsec" in done.stdout
    assert "left_id" in done.stdout
    assert not absent.exists()
