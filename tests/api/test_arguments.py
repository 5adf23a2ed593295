"""Wrong arguments: a sentence that names them, and nothing has happened."""

import inspect
from pathlib import Path

import astropy.units as u
import numpy as np
import pytest
from astropy.table import Table

import stellarwh
from stellarwh.api.warehouse import Warehouse

MANY = Table({"ra": np.arange(999.0), "dec": np.arange(999.0)})


@pytest.fixture
def writable(built_file, tmp_path):
    """Return a copy of the warehouse, open to be written."""
    path = tmp_path / "stellar.duckdb"
    path.write_bytes(built_file.read_bytes())
    with stellarwh.open(path, write=True) as wh:
        yield wh


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda wh: wh.ingest("mine", "a.fits", replce=True), "Did you mean 'replace'"),
        (lambda wh: wh.ingest("mine", 3), "file=3 is no path"),
        (lambda wh: wh.ingest("mine", "a.fits", ra=1.0), "ra=1.0 is no text"),
        (lambda wh: wh.ingest("mine", "a.fits", epoch="J2000"), "epoch='J2000' is no"),
        (lambda wh: wh.ingest("mine", "a.fits", columns=3), "columns=3 are no names"),
        (lambda wh: wh.ingest(None, "a.fits"), "survey=None is no text"),
        (lambda wh: wh.match("raw.apogee", "raw.galah", radius="1"), "radius='1' is"),
        (lambda wh: wh.match("raw.apogee", 5), "5 is no side"),
        (
            lambda wh: wh.match("raw.apogee", "raw.galah", radius=1 * u.arcsec),
            r"radius=<Quantity 1\. arcsec> is no number; give arcsec as one",
        ),
        (
            lambda wh: wh.match("raw.apogee", MANY),
            r"^<Table> is no side of a match; write it to a file first \(Parquet, ECSV",
        ),
        (lambda wh: wh.match(MANY.to_pandas(), "raw.galah"), "^<DataFrame> is no side"),
        (lambda wh: wh.match(stellarwh.Side(MANY), "raw.galah"), "^<Table> is no side"),
        (
            lambda wh: wh.match(stellarwh.Side("raw.galah", id=7), "raw.galah"),
            "id=7 is no text",
        ),
        (lambda wh: wh.match(wh.table("stars"), "raw.galah"), "^<Result> is no side"),
        (
            lambda wh: wh.ingest("mine", MANY, ra="ra", dec="dec"),
            r"^file=<Table> is no path; write it to a file first \(Parquet, ECSV\)",
        ),
        (lambda wh: wh.ingest("mine", "a.fits", replace="no"), "replace='no' is neit"),
        (lambda wh: wh.sql("x" * 999, MANY.to_pandas()), "^<DataFrame> are no param"),
        (lambda wh: wh.sql("select ?", [5000 * u.K]), "5000. K> has a unit"),
        (lambda wh: wh.sql("select ?", [[5 * u.K]]), "5. K> has a unit"),
        (
            lambda wh: wh.sql("select ?", [np.datetime64("2020-01-02", "ns") + 1]),
            "is no datetime of Python's; give it as a text",
        ),
        (lambda wh: wh.sql("select ?", [np.timedelta64(3, "Y")]), "is no timedelta of"),
        (lambda wh: wh.sql("select $x", {"x": 1j}), r"given to SQL \(complex\)"),
        (lambda wh: wh.sql("explain select ?", [1j]), r"given to SQL \(complex\)"),
        (lambda wh: wh.check(["x"] * 9999), r"name=\['x', .* \.\.\.\] is no text"),
        (
            lambda wh: wh.figure("separation"),
            "'separation' needs left: name of a survey; right: name of another survey",
        ),
        (lambda wh: wh.figure("kiel", survey=MANY), "survey=<Table> is no text"),
        (lambda wh: wh.match("raw.apogee", "raw.galah", into=1), "into=1 is no text"),
        (lambda wh: wh.export("main.stars", None), "file=None is no path"),
        (lambda wh: wh.export(None, "a.csv"), "table=None is no text"),
        (lambda wh: wh.export("main.stars", "a.csv", columns=[1]), r"columns=\[1\]"),
        (lambda wh: wh.sql(None), "statement=None is no text"),
        (lambda wh: wh.table(7), "name=7 is no text"),
        (lambda wh: wh.check(7), "name=7 is no text"),
        (lambda wh: wh.report(7), "out=7 is no path"),
        (lambda wh: wh.train(folds="five"), "folds='five' is no whole number from 2"),
        (lambda wh: wh.train(folds=1), "folds=1 is no whole number from 2 up"),
        (lambda wh: wh.train(seed=-1), "seed=-1 is no whole number from 0 to"),
        (lambda wh: wh.train(tune=1.5), "tune=1.5 is no"),
        (lambda wh: wh.train(estimator=None), "estimator=None is no text"),
        (lambda wh: wh.predict(each=4), "each=4 cannot be called"),
        (lambda _: stellarwh.open(None), "path=None is no path"),
        (lambda _: stellarwh.open(" "), "path=' ' is no path"),
        (lambda _: stellarwh.open("a", wait="1"), "wait='1' is no number"),
        (lambda _: stellarwh.simulate_sky("a", stars="40"), "stars='40' is no whole"),
        (lambda _: stellarwh.crossmatch("a", "b", radus=1), "Did you mean 'radius'"),
        (
            lambda _: stellarwh.crossmatch("raw.a", "raw.b"),
            "no file raw.a. Files",
        ),
    ],
)
def test_it_is_told_in_one_line(writable, call, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(stellarwh.StellarwhError, match=says) as told:
        call(writable)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 400
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.filterwarnings("ignore:These rows are of simulated")
def test_columns_are_a_list_or_a_text(wh, tmp_path):
    for at, columns in enumerate((["star_id", "ra"], "star_id,ra", "star_id, ra")):
        path = tmp_path / f"{at}.csv"
        wh.export("main.stars", path, columns=columns)
        assert path.read_text().splitlines()[0] == "star_id,ra"
    pairs = wh.match("raw.apogee", "raw.galah", columns="teff", radius=3.0)
    assert pairs.columns[-2:] == ["TEFF_left", "teff_right"]


def test_home_is_home(built_file, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "stellar.duckdb").write_bytes(built_file.read_bytes())
    with stellarwh.open("~/stellar.duckdb") as wh:
        assert wh.path == Path(tmp_path / "stellar.duckdb")


def test_values_of_numpy_are_those_of_python(wh):
    given = [np.int64(-1), np.uint64(2**64 - 1), np.float32(0.1), np.bool_(True)]
    for value in (*given, np.str_("a"), np.float64("inf")):
        (row,) = wh.sql("select ? as a, ? as b", [value, [value]]).to_polars().rows()
        assert row == (value.item(), [value.item()])
        assert wh.sql("select $v as a", {"v": value}).to_polars().item() == value.item()
    for text in ("2020-01-02", "2020-01-02T03:04:05.678901000"):
        # Integers to DuckDB, where they have nanoseconds.
        asked = wh.sql("select ? = ?::timestamp as same", [np.datetime64(text), text])
        assert asked.to_polars().item()
    asked = wh.sql("select ? = interval 3 days as same", [np.timedelta64(3, "D")])
    assert asked.to_polars().item()


@pytest.mark.parametrize("work", [Warehouse.ingest, stellarwh.crossmatch])
def test_options_are_in_the_signature_and_told_of(work):
    names = [
        name
        for name, one in inspect.signature(work).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    ]
    assert len(names) >= 6
    for name in names:
        assert name in work.__doc__
