"""`--columns` keeps columns, or with a minus before each leaves them out."""

from pathlib import Path

import duckdb
import pytest

from stellarwh.catalogues.column_choice import choose
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.export.source import find_source
from stellarwh.ingest import ingest_survey

CATALOGUE = "id,ra,dec,Flux_a,flux_b,spectrum,[Fe/H],-x\n1,10,20,1,2,3,4,5\n"
APOGEE = (
    "APOGEE_ID,RA,DEC,TEFF,LOGG,GAIAEDR3_SOURCE_ID,EXTRA,MORE,SNR\n"
    "a,1,2,5000,4,7,8,9,50\n"
)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(CATALOGUE)
    return path


@pytest.fixture
def apogee(tmp_path: Path) -> Path:
    path = tmp_path / "apogee.csv"
    path.write_text(APOGEE)
    return path


def columns_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    return [row[0] for row in connection.execute(f"describe raw.{name}").fetchall()]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (["-spectrum", "-flux*"], ["id", "ra", "dec", "[Fe/H]", "-x"]),
        (["-[fe/h]"], ["id", "ra", "dec", "Flux_a", "flux_b", "spectrum", "-x"]),
        (["flux*"], ["ra", "dec", "Flux_a", "flux_b"]),
        (["-x"], ["ra", "dec", "-x"]),
        (["--x", "-id"], ["ra", "dec", "Flux_a", "flux_b", "spectrum", "[Fe/H]"]),
    ],
)
def test_a_catalogue_keeps_what_is_asked_and_its_position(
    connection, catalogue, asked, kept
):
    ingest_survey(connection, "mine", catalogue, columns=asked, ra="ra", dec="dec")
    assert columns_of(connection, "mine") == [*kept, "healpix"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["-spectrum", "id"], "to keep or, with -, to leave out"),
        (["-spektrum"], r"no column 'spektrum' \(--columns\).*'spectrum'"),
        (["-ra"], "leaves out ra, which the position is taken from"),
        (["-nosuch*"], r"no column 'nosuch\*'"),
    ],
)
def test_what_cannot_be_meant_is_refused(connection, catalogue, asked, message):
    with pytest.raises(StellarwhError, match=message):
        ingest_survey(connection, "mine", catalogue, columns=asked, ra="ra", dec="dec")
    tables = connection.execute("select table_name from duckdb_tables()").fetchall()
    assert ("mine",) not in tables


def test_a_catalogue_of_no_column_is_refused(connection, catalogue):
    with pytest.raises(StellarwhError, match="leaves no column"):
        ingest_survey(connection, "mine", catalogue, columns=["-*"], no_position=True)


def test_a_survey_leaves_out_further_columns_and_declared_ones(connection, apogee):
    result = ingest_survey(
        connection, "apogee", apogee, columns=["-extra", "-snr"], all_columns=True
    )
    assert "Left out as asked, and NULL: SNR." in result.warnings
    found = connection.execute("select SNR, TEFF, MORE from raw.apogee").fetchall()
    assert found == [(None, 5000.0, 9)]
    assert "EXTRA" not in columns_of(connection, "apogee")


def test_a_survey_says_where_there_is_nothing_to_leave_out(connection, apogee):
    result = ingest_survey(connection, "apogee", apogee, columns=["-EXTRA"])
    assert any("not kept anyway (EXTRA)" in text for text in result.warnings)


@pytest.mark.parametrize("name", ["APOGEE_ID", "ra", "logg"])
def test_a_survey_needs_its_id_and_position(connection, apogee, name):
    with pytest.raises(StellarwhError, match=f"leaves out {name.upper()}, which"):
        ingest_survey(connection, "apogee", apogee, columns=[f"-{name}"])


def test_an_export_takes_the_same_lists(connection):
    connection.execute("create table raw.x as select 1 as ra, 2 as ra_err, 3 as b_err")
    for asked, kept in [(["-*_err"], ["ra"]), (["*err"], ["ra_err", "b_err"])]:
        assert find_source(connection, "raw.x", asked).relation.columns == kept


def test_brackets_are_no_pattern():
    choice = choose(["-[FH*"], ["[Fe/H]", "[fh]", "F"], KeyError)
    assert choice.left_out == ("[fh]",)
    with pytest.raises(
        UsageError, match="names columns to keep or, with -, to leave out"
    ):
        choose(["a", "-b"], ["a", "b"], KeyError)
