"""Catalogues of one's own that a build takes as surveys."""

import json
import subprocess

import numpy as np
import pytest
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.check import run_checks
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.declared import declarable, read_declared, unusable_columns
from stellarwh.warehouse.freshness import require_current_build, stale_surveys

N = 30
PLACES = {"ra": "RA", "dec": "DE", "epoch": 2016.0}
DECLARED = {
    "source_id": "STAR",
    "teff": "T",
    "teff_err": "E_T",
    "fe_h": "FEH",
    "radial_velocity": "V",
}


def write(path, shift=0.0, **more):
    """Write N stars, all at other places; the first two without a temperature."""
    place = np.arange(N)
    teff = 5000.0 + place + shift
    teff[:2] = np.nan, -9999
    table = Table(
        {
            "STAR": [f"S{i}" for i in place],
            "RA": 10.0 + place,
            "DE": -20.0 + place,
            "T": teff,
            "E_T": np.full(N, 60.0),
            "FEH": -place / 100,
            "V": 1000.0 * place,
            **more,
        }
    )
    table["V"].unit = "m/s"
    table.write(path)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("declared")
    return {
        "mine": write(folder / "mine.fits"),
        "yours": write(folder / "yours.fits", shift=100.0),
    }


@pytest.fixture(scope="module")
def two_path(files, tmp_path_factory):
    """Return a warehouse of two such catalogues and one without declarations."""
    path = tmp_path_factory.mktemp("two") / "stellar.duckdb"
    with open_warehouse(path) as connection:
        ingest_survey(connection, "mine", files["mine"], **PLACES, declare=DECLARED)
        ingest_survey(
            connection, "yours", files["yours"], **PLACES, declare={"teff": "T"}
        )
        ingest_survey(connection, "alone", files["mine"], **PLACES)
        build_views(connection)
    return path


@pytest.fixture
def two(two_path, warehouse_path):
    warehouse_path.write_bytes(two_path.read_bytes())
    with open_warehouse(warehouse_path) as connection:
        yield connection


def rows(connection, sql):
    return connection.execute(sql).fetchall()


def test_their_stars_are_those_of_surveys(two):
    counted = "select survey, count(*), count(*) filter (is_clean) from {} group by 1"
    expected = [("mine", N, N), ("yours", N, N - 2)]
    assert sorted(rows(two, counted.format("main.measurements"))) == expected
    assert rows(
        two,
        "select source_id, survey_star_id, teff, teff_err, fe_h, radial_velocity, "
        "epoch, is_best from main.measurements where survey = 'mine' and "
        "source_id in ('S0', 'S1', 'S7') order by 1",
    ) == [
        ("S0", "S0", None, None, 0.0, 0.0, 2016.0, True),
        ("S1", "S1", None, None, -0.01, 1.0, 2016.0, True),
        ("S7", "S7", 5007.0, 60.0, -0.07, 7.0, 2016.0, True),
    ]
    assert rows(two, "select count(*), count_if(n_surveys = 2) from main.stars") == [
        (N, N)
    ]
    assert rows(
        two,
        'select survey_left, survey_right, "offset", n from main.survey_offsets '
        "where stage_group = 'all'",
    ) == [("mine", "yours", -100.0, N - 2)]
    assert rows(two, "from main.rejections") == [
        ("yours", "values_missing", 2, 2 / N, N)
    ]


def test_all_that_is_declared_comes_under_its_name(connection, tmp_path):
    """Column by column, numbers by a number of their own, ids by a text."""
    kinds = declarable()
    place = {name: i for i, name in enumerate(kinds, 1)}
    columns = {
        f"C{i}": [f"id {i}"] if kinds[name] == "varchar" else [float(i)]
        for name, i in place.items()
    }
    Table({"RA": [1.0], "DE": [2.0], **columns}).write(tmp_path / "wide.fits")
    told = {name: f"C{i}" for name, i in place.items()}
    path = tmp_path / "wide.fits"
    ingest_survey(connection, "wide", path, **PLACES, declare=told)
    build_views(connection)
    names = ", ".join(kinds)
    (found,) = rows(connection, f"select {names} from staging.own_columns")
    assert found == tuple(
        f"id {i}" if kinds[name] == "varchar" else i for name, i in place.items()
    )


def test_checks_pass(two):
    assert [
        r.name for r in run_checks(two) if not r.passed and r.severity == "fail"
    ] == []


def test_the_shell_reads_them(two_path, duckdb_shell):
    done = subprocess.run(
        [duckdb_shell, "-readonly", "-json", str(two_path), "-c",
         "select count(*) as n from staging.own_catalogues"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == [{"n": 2 * N}]


def test_nothing_is_stale_after_a_build_and_what_is_unchanged_is_kept(two):
    assert stale_surveys(two) == []
    assert build_views(two).matched == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            'alter table raw.mine rename "T" to "T2"',
            "raw.mine has no column T any more",
        ),
        ("drop table raw.mine", "the 30 rows of raw.mine are gone"),
        ("delete from raw.mine where \"STAR\" = 'S0'", "raw.mine has 29 rows, not 30"),
    ],
)
def test_a_changed_table_is_noticed_and_told_in_words(two, change, said):
    two.execute(change)
    assert stale_surveys(two) == [said]
    for sql in ("from main.stars", "from staging.all_surveys"):
        with pytest.raises(StellarwhError, match=f"{said}. Run 'stellarwh build'"):
            require_current_build(two, sql)
    require_current_build(two, "from raw.alone")


def test_what_was_renamed_is_refused_by_build_and_what_is_gone_left_out(two):
    two.execute('alter table raw.mine rename "T" to "T2"')
    with pytest.raises(StellarwhError, match=r"raw.mine has no column T, which its in"):
        build_views(two)
    two.execute("drop table raw.mine")
    build_views(two)
    assert rows(two, "select distinct survey from main.measurements") == [("yours",)]
    assert stale_surveys(two) == []


def test_other_declarations_are_noticed(two, files):
    again = {"name": "yours", "path": files["yours"], **PLACES, "replace": True}
    ingest_survey(two, **again, declare={"teff": "T", "teff_err": "E_T"})
    assert stale_surveys(two) == ["raw.yours was read anew after it"]
    build_views(two)
    found = "select teff_err from main.measurements where survey = 'yours' limit 1"
    assert rows(two, found) == [(60.0,)]
    ingest_survey(two, **again)
    assert stale_surveys(two) == [
        "raw.yours was read anew after it, with no column declared"
    ]
    build_views(two)
    assert rows(two, "select distinct survey from main.measurements") == [("mine",)]
    ingest_survey(two, **again, declare={"teff": "T"})
    assert stale_surveys(two) == ["raw.yours is new"]


def test_a_warehouse_of_before_has_none(two):
    two.execute("drop view staging.own_columns cascade")
    two.execute("alter table meta.ingests drop column declared")
    assert read_declared(two) == {}


def test_a_catalogue_without_declarations_stays_a_table_alone(two):
    assert "alone" not in read_declared(two)
    (built,) = rows(
        two, "select raw_rows from meta.builds order by built_at desc limit 1"
    )
    assert built == ({"mine": N, "yours": N},)


def test_a_build_tells_of_temperatures_in_kk(tmp_path, capsys):
    """Each of them is NULL, and nothing else would say so."""
    file = tmp_path / "kilo.fits"
    table = Table.read(write(tmp_path / "mine.fits"))
    table["T"] = table["T"] / 1000
    table.write(file)
    warehouse = tmp_path / "w.duckdb"
    with open_warehouse(warehouse) as connection:
        ingest_survey(connection, "kilo", file, **PLACES, declare=DECLARED)
        (told,) = build_views(connection).unusable
    # Of 30 one is NaN; -9.999 is none of the fillers.
    assert told == (
        "kilo: only 0 of 29 values of teff (declared as T) are what a star can have, "
        "the rest are NULL; their median is 5.015. Look at the column and its unit."
    )
    result = CliRunner().invoke(app, ["--warehouse", str(warehouse), "build"])
    assert told in result.stderr
    result = CliRunner().invoke(app, ["--warehouse", str(warehouse), "check"])
    assert result.exit_code == 0
    assert "declared_columns_are_usable" in result.stdout


def test_a_build_says_nothing_of_usable_columns(two):
    assert unusable_columns(two) == ()
