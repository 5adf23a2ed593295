"""`match_tables` on tables and files of every kind."""

import numpy as np
import pyarrow as pa
import pytest
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
    pairs = match_tables(
        stars, Side(path, epoch="2000"), STARS, radius=1.1, mode="mutual"
    ).pairs
    assert pairs.column("left_id").to_pylist() == [1, 2]
    assert pairs.column("right_id").to_pylist() == [5, 8]


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
        (("raw.stars", STARS), {}, "epoch of raw.stars is not known.*--left-epoch"),
        ((STARS, "raw.stars"), {"radius": 2.9}, "--right-epoch .*3 arcsec or more"),
        ((Side("raw.stars", epoch="epoc"), STARS), {}, "no column 'epoc'"),
        ((STARS, STARS), {"epoch": float("inf")}, "epoch is inf"),
        ((STARS, STARS), {"sigmas": 0.0}, "sigmas is 0"),
        ((STARS, STARS), {"magnitude_limit": -1.0}, "magnitude limit is -1"),
        ((STARS, STARS), {"magnitude_limit": 1.0}, "--left-magnitude"),
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
