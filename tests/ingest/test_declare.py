"""What columns of an own catalogue are declared to be: `--declare`."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import StellarwhError, UsageError
from stellarwh.ingest import ingest_survey
from stellarwh.ingest.declare import parse_declared
from stellarwh.units import conversion
from stellarwh.warehouse.declared import declarable

PLACES = {"ra": "RA", "dec": "DE", "epoch": 2016.0}


def catalogue(path: Path, **columns: object) -> Path:
    table = Table({"RA": [10.0, 20.0, 30.0], "DE": [1.0, 2.0, 3.0], **columns})
    table.write(path)
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return catalogue(
        tmp_path / "mine.fits",
        TEFF_FIT=[5000.0, 5100.0, np.nan] * u.K,
        E_TEFF=[50.0, 51.0, 52.0] * u.K,
        VRAD=[10_000.0, -20_000.0, 0.0] * u.m / u.s,
        FEH=[0.1, -0.2, 0.3],
        N=[1, 2, 3],
        NOTE=["a", "b", "c"],
    )


def declared(connection, name="mine"):
    rows = connection.execute(
        "select of.name, of.column_name, of.unit, of.factor from (select "
        "unnest(declared) as of from meta.ingests where survey = ?) order by all",
        [name],
    )
    return rows.fetchall()


def test_what_is_declared_is_remembered_with_units(connection, mine):
    result = ingest_survey(
        connection,
        "mine",
        mine,
        **PLACES,
        declare={"teff": "teff_fit", "radial_velocity": "VRAD", "fe_h": "FEH"},
    )
    (hint,) = result.hints
    assert hint.startswith("No errors are declared of teff, fe_h, radial_velocity: ")
    assert hint.endswith("add --declare 'teff_err=COLUMN'.")
    assert result.warnings == ()
    assert declared(connection) == [
        ("fe_h", "FEH", None, 1.0),
        ("radial_velocity", "VRAD", "m s-1", 0.001),
        ("teff", "TEFF_FIT", "K", 1.0),
    ]


def test_what_an_epoch_and_errors_would_bring_is_hinted_at(connection, tmp_path):
    path = catalogue(tmp_path / "a.fits", T=[5000.0] * 3, eT=[80.0] * 3, PM=[1.0] * 3)
    places = {key: of for key, of in PLACES.items() if key != "epoch"}
    whole = {"teff": "T", "teff_err": "eT", "pmra": "PM"}
    for told, declare, expected in (
        (places | {"epoch": 2016.0}, whole, []),
        (places, whole, ["Of when its positions are is not known"]),
        (places | {"epoch": 2016.0}, {"teff": "T"}, ["No errors are declared of teff"]),
        (places, {"teff": "T"}, ["Of when its positions", "No errors are declared of"]),
        (places, {}, []),
    ):
        result = ingest_survey(
            connection, "own", path, **told, declare=declare, replace=True
        )
        assert len(result.hints) == len(expected), result.hints
        for hint, begins in zip(result.hints, expected, strict=True):
            assert hint.startswith(begins)


def test_without_it_columns_of_these_names_are_hinted_at_and_not_taken(
    connection, tmp_path
):
    path = catalogue(
        tmp_path / "a.fits", TEFF=[1.0] * 3, e_Teff=[1.0] * 3, FEH=[0.0] * 3
    )
    result = ingest_survey(connection, "mine", path, **PLACES)
    (told,) = result.hints
    assert told.endswith("--declare 'teff=TEFF,teff_err=e_Teff,fe_h=FEH'.")
    assert declared(connection) == []


def test_a_catalogue_that_looks_like_none_is_told_nothing(connection, mine):
    path = catalogue(mine.with_name("b.fits"), MASS=[1.0] * 3, teff=["a", "b", "c"])
    result = ingest_survey(connection, "other", path, **PLACES)
    assert (result.hints, result.warnings) == ((), ())


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"tef": "TEFF_FIT"}, r"'tef' is nothing .*Did you mean 'teff'\?"),
        ({"xyzzy": "TEFF_FIT"}, r"'xyzzy' is nothing .*Names are such as teff"),
        ({"teff": "TEFFIT"}, r"no column 'TEFFIT' \(--declare\).*'TEFF_FIT'"),
        ({"teff": "NOTE"}, "NOTE is text, not numbers; it cannot be teff"),
        ({"teff_err": "E_TEFF"}, "error of teff, which is not declared"),
        ({"ra": "RA"}, "give it as --ra"),
        ({"logg": "TEFF_FIT"}, r"in log\(cm.s\*\*-2\), but the file has it in 'K'"),
        ({"fe_h": "VRAD"}, "in dex, but the file has it in 'm s-1'"),
        ({"snr": "TEFF_FIT"}, "in no unit, but the file has it in 'K'"),
        ({"source_id": "FEH"}, "FEH is double; an id such as source_id is text or"),
        ({"quality_flags": "N"}, "'quality_flags' is nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(connection, mine, option, said):
    with pytest.raises(StellarwhError, match=said):
        ingest_survey(connection, "mine", mine, **PLACES, declare=option)


def test_it_goes_with_positions_and_own_catalogues_alone(connection, mine):
    teff = {"teff": "TEFF_FIT"}
    with pytest.raises(UsageError, match="found by their positions"):
        ingest_survey(connection, "mine", mine, no_position=True, declare=teff)
    with pytest.raises(UsageError, match="known what the columns of apogee are"):
        ingest_survey(connection, "apogee", mine, declare=teff)
    leaves_out = {"columns": ["-TEFF_FIT"], "declare": teff}
    with pytest.raises(StellarwhError, match="leaves out TEFF_FIT, which --declare"):
        ingest_survey(connection, "mine", mine, **PLACES, **leaves_out)


def test_declared_columns_are_kept_beside_those_that_are_named(connection, mine):
    ingest_survey(
        connection, "mine", mine, **PLACES, columns=["N"], declare={"fe_h": "FEH"}
    )
    described = connection.execute("describe raw.mine").fetchall()
    assert [row[0] for row in described] == ["RA", "DE", "FEH", "N", "healpix"]


def test_the_same_file_again_keeps_them_and_others_need_replace(connection, mine):
    teff = {"teff": "TEFF_FIT"}
    ingest_survey(connection, "mine", mine, **PLACES, declare=teff)
    for again in ({}, PLACES, {**PLACES, "declare": teff}):
        assert ingest_survey(connection, "mine", mine, **again).unchanged
    with pytest.raises(StellarwhError, match="other columns or options; give --replac"):
        ingest_survey(connection, "mine", mine, **PLACES, declare={"fe_h": "FEH"})
    ingest_survey(
        connection, "mine", mine, **PLACES, declare={"fe_h": "FEH"}, replace=True
    )
    assert [row[0] for row in declared(connection)] == ["fe_h"]
    ingest_survey(connection, "mine", mine, **PLACES, replace=True)
    assert declared(connection) == []


def test_appended_files_have_what_the_others_have(connection, mine):
    both = {"teff": "TEFF_FIT", "fe_h": "FEH"}
    ingest_survey(connection, "mine", mine, **PLACES, declare=both)
    more = catalogue(mine.with_name("more.fits"), TEFF_FIT=[4000.0, 4100.0, 4200.0])
    ingest_survey(connection, "mine", more, append=True)
    assert [row[0] for row in declared(connection)] == ["fe_h", "teff", "teff"]
    other = catalogue(
        mine.with_name("other.fits"), TEFF_FIT=[1.0] * 3, LOGG=[1.0] * 3, T2=[1.0] * 3
    )
    with pytest.raises(StellarwhError, match="teff is T2 in it, and TEFF_FIT there"):
        ingest_survey(connection, "mine", other, append=True, declare={"teff": "T2"})
    ingest_survey(connection, "mine", other, append=True, declare={"logg": "LOGG"})
    assert {row[0] for row in declared(connection)} == {"fe_h", "teff", "logg"}


def test_a_column_of_a_text_file_that_holds_nothing_is_numbers(connection, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("RA,DE,T,L\n10,1,5000,\n20,2,nan,\n")
    ingest_survey(
        connection, "mine", path, **PLACES, declare={"teff": "T", "logg": "L"}
    )
    found = connection.execute("select L from raw.mine").fetchall()
    assert found == [(None,), (None,)]
    described = {
        row[0]: row[1] for row in connection.sql("describe raw.mine").fetchall()
    }
    assert described["L"] == "DOUBLE"


def test_the_command_takes_pairs_in_one_or_several_options(mine, tmp_path):
    line = ["--warehouse", str(tmp_path / "w.duckdb"), "ingest", "mine", str(mine)]
    line += ["--ra", "RA", "--dec", "DE", "--declare", "teff=TEFF_FIT,teff_err=E_TEFF"]
    line += ["--declare", "fe_h=FEH"]
    result = CliRunner().invoke(app, line, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    status = CliRunner().invoke(app, ["--warehouse", line[1], "status"])
    assert "declared: teff = TEFF_FIT, teff_err = E_TEFF, fe_h = FEH" in status.output


def test_pairs_are_read_from_texts():
    assert parse_declared(["teff=A,logg=B", " FE_H = C "]) == {
        "teff": "A",
        "logg": "B",
        "fe_h": "C",
    }
    assert parse_declared(["teff=A,B,logg=C=D"]) == {"teff": "A,B", "logg": "C=D"}
    for wrong in ("teff", "teff=", "=A", ""):
        with pytest.raises(UsageError, match="is not like 'teff=TEFF_FIT"):
            parse_declared([wrong])
    with pytest.raises(UsageError, match="one column for teff, not both A and B"):
        parse_declared(["teff=A", "teff=B"])


def test_what_can_be_declared_is_of_main_measurements():
    names = declarable()
    assert {"teff", "teff_err", "ce_fe_err", "snr", "gaia_dr3_source_id"} < set(names)
    assert not {"survey", "ra", "dec", "healpix", "is_clean", "star_id"} & set(names)


@pytest.mark.parametrize(
    ("unit", "target", "expected"),
    [  # factors by hand; None: refused; '?': taken as it is, and told
        ("K", "K", 1.0),
        ("kK", "K", 1000.0),
        ("", "K", 1.0),
        ("---", "K", 1.0),
        ("[K]", "K", None),
        ("log(K)", "K", None),
        ("dex", "K", None),
        ("furlong", "K", "?"),
        ("m/s", "km/s", 0.001),
        ("km s-1", "km/s", 1.0),
        ("K", "km/s", None),
        ("arcsec", "mas", 1000.0),
        ("mmag", "mag", 0.001),
        ("dex", "log(cm.s**-2)", 1.0),
        ("log(cm.s-2)", "log(cm.s**-2)", 1.0),
        ("[cm/s2]", "log(cm.s**-2)", 1.0),
        ("log(cgs)", "log(cm.s**-2)", 1.0),
        ("cm/s2", "log(cm.s**-2)", None),
        ("log(m.s-2)", "log(cm.s**-2)", None),
        ("dex", "dex", 1.0),
        ("[Sun]", "dex", 1.0),
        ("[-]", "dex", 1.0),
        ("K", "dex", None),
        ("%", "dex", None),
        ("1", "", 1.0),
        ("1/pix", "", 1.0),
        ("K", "", None),
    ],
)
def test_units_are_converted_or_refused(unit, target, expected):
    factor, is_certain = conversion(unit, target, "logg log g surface gravity")
    if expected == "?":
        assert (factor, is_certain) == (1.0, False)
    elif expected is None:
        assert factor is None
    else:
        assert factor == pytest.approx(expected, rel=1e-12)
        assert is_certain
