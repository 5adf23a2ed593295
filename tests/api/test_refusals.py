"""What the door cannot do is said in a sentence, and what has no type is text."""

import io
import sys

import polars as pl
import pytest
from typer.testing import CliRunner

import stellarwh
from stellarwh.api.warehouse import Warehouse
from stellarwh.cli import app


@pytest.mark.parametrize("mode", [None, 5, ["all"]])
def test_a_mode_that_is_no_text_is_refused(wh, mode):
    with pytest.raises(stellarwh.StellarwhError, match=r"mode=.* is no text"):
        wh.match("raw.apogee", "raw.galah", mode=mode)


def test_formats_and_surveys_that_are_no_text_are_refused(wh, tmp_path):
    with pytest.raises(stellarwh.StellarwhError, match="format=5 is no text"):
        wh.export("main.stars", tmp_path / "a.csv", format=5)
    with pytest.raises(stellarwh.StellarwhError, match="survey=None is no text"):
        stellarwh.download_survey(None)
    with pytest.raises(stellarwh.StellarwhError, match="file=5 is no text"):
        stellarwh.download_survey("apogee", file=5)


def test_a_standard_output_of_text_gets_text_and_nothing_else(wh, monkeypatch):
    kept = io.StringIO()
    monkeypatch.setattr(sys, "stdout", kept)
    assert wh.export("select 1 as a, 'é' as b", "-", format="csv") == 1
    assert kept.getvalue().splitlines() == ["a,b", "1,é"]
    with pytest.raises(stellarwh.StellarwhError, match="nothing but text"):
        wh.export("select 1 as a", "-", format="parquet")


@pytest.mark.parametrize("seed", [2**32, 2**70])
def test_seeds_that_no_library_takes_are_refused(tmp_path, seed):
    path = tmp_path / "stellar.duckdb"
    with (
        Warehouse(path, write=True) as wh,
        pytest.raises(stellarwh.StellarwhError, match="from 0 to 4294967295"),
    ):
        wh.train(seed=seed)
    done = CliRunner().invoke(app, ["train", "--seed", str(seed)])
    assert done.exit_code == 2
    assert "4294967295" in done.output


def test_types_that_no_frame_has_come_as_text(wh):
    result = wh.sql(
        "select interval 3 months as i, union_value(k := 1) as u, "
        "[interval 1 day] as l, {'a': interval 1 day} as s"
    )
    assert result.to_polars().row(0) == ("3 months", "1", "[1 day]", "{'a': 1 day}")


def test_rows_of_a_closed_warehouse_that_are_asked_on_say_so(built_file):
    wh = stellarwh.open(built_file)
    rows = iter(wh.sql("select range as n from range(1000000)"))
    assert next(rows).num_rows
    wh.close()
    with pytest.raises(stellarwh.StellarwhError, match="is closed"):
        next(rows)


def test_sql_reads_the_files_that_it_was_opened_with(built_file, tmp_path):
    there, other = tmp_path / "in" / "a.parquet", tmp_path / "b.parquet"
    there.parent.mkdir()
    for path, value in ((there, 7), (other, 8)):
        pl.DataFrame({"x": [value]}).write_parquet(path)
    for files in (there, [str(there)], there.parent):
        with stellarwh.open(built_file, files=files) as wh:
            read = wh.sql(f"from '{there}'")
            assert read.to_polars().item() == 7
            assert [batch.num_rows for batch in read] == [1]
            with pytest.raises(stellarwh.StellarwhError, match="reaches no other file"):
                wh.sql(f"from '{other}'")
    with (
        stellarwh.open(built_file) as wh,
        pytest.raises(stellarwh.StellarwhError, match="reaches no other file"),
    ):
        wh.sql(f"from '{there}'")
    with pytest.raises(stellarwh.StellarwhError, match="files=3 is no path"):
        stellarwh.open(built_file, files=3)
