"""The cells of a catalogue of one's own are followed as those of the surveys are."""

import numpy as np
import pytest
from astropy.table import Table

import stellarwh
from stellarwh.explain.asking import rows_of
from tests.explain.test_explain import alike, shown_by

DECLARED = "source_id=STAR,teff=T,teff_err=E T,fe_h=FEH,radial_velocity=V"
FOUR = "teff,fe_h,radial_velocity,mg_fe"
N = 12
# What the cells of a row hold that is NULL in staging, and what is said of it.
NULLS = {
    "S1": ("T", 900.0, "T = 900 is beyond what stars have: 2000 to 60000"),
    "S2": ("T", np.nan, "teff is NULL: T = nan is no number; so is its error"),
    "S3": ("E T", -1.0, "teff_err is NULL: E T = -1 is no error: it is not positive"),
    "S4": ("FEH", -9999.0, "fe_h is NULL: FEH = -9999 stands for a missing value"),
}


def table():
    """Return stars in a file with columns that are named as others are declared."""
    place = np.arange(N)
    found = Table(
        {
            "STAR": [f"S{i}" for i in place],
            "RA": 10.0 + place,
            "DE": 2.0 * place - 20,
            "T": 5000.0 + place,
            "E T": np.full(N, 60.0),
            "FEH": -place / 8,
            "V": 1000.0 * place,
            "teff": np.full(N, 77.0),
            "place": np.full(N, 3),
        }
    )
    for star, (column, value, _) in NULLS.items():
        found[column][int(star[1:])] = value
    found["STAR"][9] = "S8"
    found["V"].unit = "m/s"
    return found


@pytest.fixture(scope="module")
def own_path(tmp_path_factory):
    """Return a warehouse of two such catalogues alone, one without ids."""
    folder = tmp_path_factory.mktemp("declared")
    table().write(folder / "mine.fits")
    table()["RA", "DE", "T", "FEH"].write(folder / "noid.fits")
    path = folder / "stars.duckdb"
    here = {"ra": "RA", "dec": "DE", "epoch": 2016.0}
    told = dict(one.split("=") for one in DECLARED.split(","))
    with stellarwh.open(path, write=True) as wh:
        wh.ingest("mine", folder / "mine.fits", **here, declare=told)
        wh.ingest(
            "noid", folder / "noid.fits", **here, declare={"teff": "T", "fe_h": "FEH"}
        )
        wh.build()
    return path


@pytest.fixture(scope="module")
def own(own_path):
    with stellarwh.open(own_path) as opened:
        yield opened


def steps(told, name, survey):
    (found,) = [one for one in told.stages if one.name == name]
    return [step for step in found.steps if f"raw.{survey}" in step.sql]


def test_goes_from_the_cell_of_the_file_to_staging(own):
    told = own.explain("S7", quantity=FOUR)
    (cells,) = steps(told, "raw", "mine")
    assert cells.rows == ({"T": 5007.0, "E T": 60.0, "FEH": -0.875, "V": 7000.0},)
    assert cells.sql == "select t, \"e t\", feh, v from raw.mine where star = 'S7';"
    assert "mg_fe: not in mine" in " ".join(cells.lines)
    (rules,) = steps(told, "nulls", "mine")
    # V is in m/s.
    assert rules.rows == (
        {"teff": 5007.0, "teff_err": 60.0, "fe_h": -0.875, "radial_velocity": 7.0},
    )
    files = {line for one in told.stages[0].steps for line in one.lines}
    assert any("mine.fits" in line for line in files)


@pytest.mark.parametrize("star", NULLS)
def test_says_why_a_cell_became_null(own, star):
    told = own.explain(star, quantity=FOUR)
    said = [line for s in steps(told, "nulls", "mine") for line in s.lines]
    assert any(NULLS[star][2] in line for line in said), said
    for one in told.stages:
        for step in one.steps:
            assert list(step.rows) == rows_of(own.connection, step.sql)


def test_rows_without_an_id_or_with_one_of_two_are_found_by_number(own):
    """The first of two rows of an id stands, the other is the second."""
    number = own.connection.execute(
        "select rowid from raw.noid where t = 5007"
    ).fetchall()[0][0]
    told = own.explain(f"row {number}", quantity="teff")
    (cells,) = steps(told, "raw", "noid")
    assert cells.rows == ({"T": 5007.0},)
    for name, teff in (("S8", 5008.0), ("S8#2", 5009.0)):
        (cells,) = steps(own.explain(name, quantity="teff"), "raw", "mine")
        assert cells.rows[0]["T"] == teff


def test_every_declared_value_is_what_its_rule_gives(own):
    for star, *expected in own.connection.execute(
        "select star_id, teff, teff_err, fe_h, radial_velocity from main.measurements "
        "where survey = 'mine' and star_id is not null order by source_id"
    ).fetchall():
        (rules, *_) = steps(own.explain(star, quantity=FOUR), "nulls", "mine")
        assert list(rules.rows[0].values()) == expected


@pytest.mark.parametrize("star", ["S3", "S8#2", "row 7"])
def test_statements_paste_into_the_released_shell(own_path, own, duckdb_shell, star):
    told = own.explain(star, quantity=FOUR)
    found = [step for one in told.stages for step in one.steps]
    printed = shown_by(duckdb_shell, own_path, [step.sql for step in found])
    for step, rows in zip(found, printed, strict=True):
        assert len(rows) == len(step.rows), step.sql
        for got, expected in zip(rows, step.rows, strict=True):
            assert all(alike(got[name], expected[name]) for name in expected), step.sql
