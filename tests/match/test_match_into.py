"""Pairs that are stored in the warehouse, and columns that come along with them."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from astropy.io.votable import parse_single_table
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.ingest.ingest import ingest_survey
from stellarwh.warehouse.database import open_warehouse


@pytest.fixture
def sky(tmp_path, monkeypatch):
    """A warehouse with a catalogue of five stars, and a FITS file of four of them."""
    monkeypatch.chdir(tmp_path)
    ra = np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    mine = Table({"id": np.arange(5), "ra": ra, "dec": ra / 2, "Teff": 5000 + ra})
    mine["Teff"].unit = "K"
    mine.write("mine.fits")
    seen = Table(
        {
            "source_id": 100 + np.arange(4),
            "ra": ra[:4],
            "dec": ra[:4] / 2 + 0.1 / 3600,
            "teff": 5001 + ra[:4],
            "rv": -ra[:4],
            "name": [f"star {i}" for i in range(4)],
        }
    )
    seen["rv"].unit = "km/s"
    seen.write("seen.fits")
    with open_warehouse(tmp_path / "w.duckdb") as connection:
        ingest_survey(
            connection, "mine", tmp_path / "mine.fits", ra="ra", dec="dec", epoch=2000
        )
    return tmp_path


def run(*arguments):
    command = ["--warehouse", "w.duckdb", *map(str, arguments)]
    return CliRunner().invoke(app, command)


def rows(sql):
    with open_warehouse(Path("w.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.usefixtures("sky")
def test_pairs_are_stored_with_units_comments_and_what_they_are_of():
    done = run("match", "mine", "seen.fits", "--into", "pairs", "--columns", "all")
    assert done.exit_code == 0, done.output
    assert "4 pairs within 1 arcsec (all) to raw.pairs" in done.output
    assert rows(
        "select left_id, right_id, round(separation, 4), Teff_left, teff_right, rv, "
        "name from raw.pairs order by all"
    ) == [
        (i, 100 + i, 0.1, 5010.0 + 10 * i, 5011.0 + 10 * i, -10.0 - 10 * i, f"star {i}")
        for i in range(4)
    ]
    assert rows(
        "select column_name, unit from meta.columns where table_name = 'pairs' "
        "and unit is not null order by all"
    ) == [("Teff_left", "K"), ("rv", "km s-1"), ("separation", "arcsec")]
    assert rows(
        "select comment from duckdb_columns() where table_name = 'pairs' "
        "and column_name in ('separation', 'Teff_left') order by 1"
    ) == [
        ("Distance of the two on the sky [arcsec] {pos.angDistance}",),
        ("[K]",),
    ]
    assert rows(
        "select file, format, rows, is_simulated from meta.ingests "
        "where survey = 'pairs'"
    ) == [("match mine seen.fits --radius 1 --mode all", "match", 4, False)]


@pytest.mark.usefixtures("sky")
def test_pairs_of_a_view_are_those_of_its_rows():
    """The rows of a view have no numbers of their own."""
    with open_warehouse(Path("w.duckdb")) as connection:
        connection.execute(
            "create view main.tuned as select *, 'x' || id as label from raw.mine "
            "order by random()"
        )
    done = run("match", "tuned", "seen.fits", "--into", "p", "--columns", "LABEL,RV")
    assert done.exit_code == 0, done.output
    assert rows("select left_id, label, rv from raw.p order by all") == [
        (i, f"x{i}", -10.0 - 10 * i) for i in range(4)
    ]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--into", "mine", "--replace"), "raw.mine is a catalogue, not a match"),
        (("--into", "stars"), "'stars' is a view of ours"),
        (("--into", "galah"), "'galah' is a survey"),
        (("--into", "ingests"), "meta.ingests has that name"),
        (("--into", "My Pairs"), "cannot name a table"),
        (("--into", "pairs"), "give --replace"),
        (("--into", "more", "--columns", "Teff,nothing"), "a column 'nothing'"),
        (("--replace",), "goes with --into"),
        (("--out", "seen.fits"), "exists already"),
    ],
)
@pytest.mark.usefixtures("sky")
def test_what_cannot_be_stored_is_one_line_and_changes_nothing(arguments, problem):
    assert run("match", "mine", "seen.fits", "--into", "pairs").exit_code == 0
    before = rows("select table_schema, table_name from information_schema.tables")
    done = run("match", "mine", "seen.fits", *arguments)
    assert done.exit_code == 1
    assert problem in str(done.exception or done.output)
    assert before == rows(
        "select table_schema, table_name from information_schema.tables"
    )
    assert rows("select count(*) from raw.pairs") == [(4,)]


@pytest.mark.usefixtures("sky")
def test_pairs_of_a_catalogue_with_other_files_are_called_stale():
    match = ("match", "mine", "seen.fits", "--into", "pairs")
    assert run(*match).exit_code == 0
    uses = [
        (("status",), "STALE: of files that raw.mine had before"),
        (("query", "from raw.pairs"), "raw.pairs holds pairs of files that raw.mine"),
        (("export", "raw.pairs", "-"), "raw.pairs holds pairs of files that raw.mine"),
    ]
    for command, words in uses:
        assert words not in run(*command).output
    Table.read("mine.fits")[:3].write("less.fits")
    again = ("ingest", "mine", "less.fits", "--ra", "ra", "--dec", "dec")
    assert run(*again, "--epoch", 2000, "--replace").exit_code == 0
    for command, words in uses:
        done = run(*command)
        assert done.exit_code == 0
        assert words in done.output
    assert "STALE" not in run("query", "from raw.mine").output
    told = json.loads(run("status", "--json").output)["ingests"]
    assert {i["survey"]: i["replaced_surveys"] for i in told} == {
        "mine": [],
        "pairs": ["mine"],
    }
    assert run("report", "--out", "pages").exit_code == 0
    stale = {p.name for p in Path("pages").iterdir() if "STALE" in p.read_text()}
    assert stale == {"catalogue-pairs.html"}
    assert run(*match, "--replace").exit_code == 0
    for command, words in uses:
        assert words not in run(*command).output


@pytest.mark.usefixtures("sky")
def test_stored_pairs_are_replaced_only_when_told():
    assert run("match", "mine", "seen.fits", "--into", "pairs").exit_code == 0
    done = run(
        "match", "mine", "seen.fits", "--radius", "0.05", "--into", "pairs", "--replace"
    )
    assert done.exit_code == 0
    assert rows("select count(*) from raw.pairs") == [(0,)]
    assert rows("select count(*) from meta.ingests where survey = 'pairs'") == [(1,)]


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "parquet"])
@pytest.mark.usefixtures("sky")
def test_files_of_pairs_carry_the_units_of_both_sides(ending):
    """As astropy and pyarrow read them."""
    out = f"out.{ending}"
    done = run("match", "mine", "seen.fits", "--columns", "all", "--out", out)
    assert done.exit_code == 0, done.output
    if ending == "parquet":
        metadata = pq.read_schema(out).metadata
        text = b" ".join(metadata.values()).decode()
        assert "km" in text
        assert "arcsec" in text
        found = pl.read_parquet(out)
        assert sorted(found["rv"], reverse=True) == [-10.0, -20.0, -30.0, -40.0]
        return
    if ending == "vot":
        table = parse_single_table(out).to_table()
    else:
        table = Table.read(out, format="ascii.ecsv" if ending == "ecsv" else "fits")
    assert str(table["separation"].unit) == "arcsec"
    assert str(table["Teff_left"].unit) == "K"
    assert table["rv"].unit.to_string("vounit") == "km.s**-1"
    assert sorted(table["teff_right"]) == [5011.0, 5021.0, 5031.0, 5041.0]


def test_two_files_need_no_warehouse_but_to_store_their_pairs(sky):
    (sky / "w.duckdb").unlink()
    done = run("match", "mine.fits", "seen.fits", "--columns", "name")
    assert done.exit_code == 0
    assert "star 3" in done.output
    done = run("match", "mine.fits", "seen.fits", "--into", "pairs")
    assert done.exit_code == 1
    assert not (sky / "w.duckdb").exists()
