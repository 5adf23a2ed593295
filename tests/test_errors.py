"""A file is named by whoever opens it, in what others say of it."""

import doctest

import pytest

from stellarwh import errors
from stellarwh.catalogues.open import open_table
from stellarwh.errors import (
    FILE,
    ITS_NAME,
    ITS_STEM,
    InputFileError,
    InUseError,
    SurveyError,
    naming,
)
from stellarwh.ingest import ingest_survey


def test_the_file_is_named_where_it_is_spoken_of():
    text = f"{FILE} is text; in={ITS_NAME} out={ITS_STEM}.fits ({FILE})"
    with pytest.raises(SurveyError) as caught, naming("data/a b.csv"):
        raise SurveyError(text)
    assert str(caught.value) == (
        "data/a b.csv is text; in=a b.csv out=a b.fits (data/a b.csv)"
    )


def test_the_innermost_names_it_and_others_are_left_alone():
    with (
        pytest.raises(InputFileError, match=r"^inner is empty$"),
        naming("outer"),
        naming("inner"),
    ):
        raise InputFileError(f"{FILE} is empty")
    error = InUseError("Process 7 has it")
    with pytest.raises(InUseError) as caught, naming("outer"):
        raise error
    assert caught.value is error
    assert error.args == (str(error),)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            b"one two three\n1 2 3\n",
            "stilts tpipe in=a.csv ifmt=ascii out=a.f",
        ),
        (
            "a.fits",
            b"SIMPLE  =" + b" " * 71,
            "a.fits is truncated within a FITS header",
        ),
        ("a.xml", b"<html><p>404</p></html>", "a.xml is a web page, not a catalogue"),
        (
            "a.vot",
            b"<VOTABLE><TABLE/></VOTABLE>",
            "a.vot is a VOTable that holds no table",
        ),
        ("a.ecsv", b"# %ECSV 1.0\n# ---\n", "a.ecsv is a damaged ECSV"),
        ("a.parquet", b"PAR1" + b"x" * 40, "a.parquet is a damaged Parquet file"),
    ],
)
def test_every_format_names_its_file(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputFileError) as caught:
        open_table(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\0" not in str(caught.value)


def test_what_an_ingest_finds_names_the_file(connection, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n")
    for asked, message in (
        ({"ra": "a", "dec": "c"}, f"{path} has no column 'c' (--dec)."),
        ({"no_position": True, "columns": ["c"]}, f"{path} has no column 'c' (--col"),
    ):
        with pytest.raises(SurveyError) as caught:
            ingest_survey(connection, "mine", path, **asked)
        assert str(caught.value).startswith(message)
    with pytest.raises(SurveyError) as caught:
        ingest_survey(connection, "apogee", path)
    assert str(caught.value).startswith(f"{path} has no column ")


def test_examples_run():
    assert doctest.testmod(errors).failed == 0
