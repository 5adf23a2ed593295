"""Each release is recognised from its columns; what is not known is refused."""

from pathlib import Path

import duckdb
import pytest
from astropy.table import Table
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.surveys.known import read_survey
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.raw_tables import create_raw_tables
from stellarwh.warehouse.status import describe_warehouse

# Names as the published files and schemas write them; values do not matter here.
STAR = {
    "APOGEE_ID": ["2M1"],
    "RA": [1.0],
    "DEC": [2.0],
    "TEFF": [4500.0],
    "LOGG": [2.0],
}
DR17 = STAR | {"GAIAEDR3_SOURCE_ID": [2**60 + 1], "M_H": [0.1]}
DR16 = STAR | {"GAIA_SOURCE_ID": [1.0], "TEFF_SPEC": [4500.0], "CE_FE": [0.1]}
LAMOST = {
    "obsid": [1], "designation": ["J1"], "snrg": [50.0], "ra": [1.0], "dec": [2.0],
    "teff": [5000.0], "logg": [4.0], "feh": [0.0],
}  # fmt: skip
UID = LAMOST | {"uid": ["G1"], "gaia_source_id": ["4096979650282112"]}
DR7 = UID | {"offset": [0], "offset_v": [0.0], "tcomment": ["UCAC4"]}
OLD = LAMOST | {f"mag{i}": [15.0] for i in range(1, 8)} | {"magtype": ["ugrizjh"]}
GALAH = {
    "sobject_id": [131116000501116], "dr3_source_id": [4667213730748377728],
    "flag_sp": [0], "teff": [5000.0], "logg": [4.0], "fe_h": [0.0], "ra_dr2": [1.0],
    "dec_dr2": [2.0], "ruwe_dr2": [1.0],
}  # fmt: skip
GALAH_DR4 = {
    "sobject_id": [131116000501116], "tmass_id": ["03292572-6933158"],
    "gaiadr3_source_id": [4667213730748377728], "ra": [1.0], "dec": [2.0],
    "flag_sp": [2048], "snr_px_ccd3": [20.0], "rv_comp_1": [264.0],
    "teff": [5000.0], "logg": [4.0], "fe_h": [0.0], "mg_fe": [0.1], "flag_mg_fe": [32],
}  # fmt: skip
AGES = {
    "sobject_id": [131116000501116], "age_bstep": [6.5], "e_age_bstep": [1.5],
    "m_act_bstep": [1.1], "distance_bstep": [1.2],
}  # fmt: skip
DYNAMICS = {
    "sobject_id": [131116000501116], "use_dist_flag": [0], "J_R": [10.0],
    "X_XYZ": [0.1], "X_XYZ_5": [0.09], "Energy": [-1e5],
}  # fmt: skip
GAIA = {
    "sobject_id": [131116000501116], "dr3_source_id": [4667213730748377728],
    "ra": [52.357], "dec": [-69.554], "pmra": [1.0], "pmdec": [2.0],
    "parallax_corr": [0.5], "r_med_photogeo": [2000.0],
}  # fmt: skip
MWM = {
    "spectrum_pk": [1], "sdss_id": [2], "ra": [1.0], "dec": [2.0], "flag_bad": [False],
    "healpix": [77], "teff": [5000.0], "raw_teff": [5100.0], "logg": [4.0],
    "m_h_atm": [0.0], "fe_h": [0.0], "fe_h_flags": [0],
}  # fmt: skip
DESI = {
    "TARGETID": [39627640000000001], "TARGET_RA": [1.0], "TARGET_DEC": [2.0],
    "VRAD": [1.0], "RVS_WARN": [0], "RR_SPECTYPE": ["STAR"], "PRIMARY": [True],
    "TEFF": [5000.0], "LOGG": [4.0], "FEH": [0.0],
}  # fmt: skip
GAIA_ESO = {  # of ESO's archive; that of Gaia has small letters, and dec
    "OBJECT": ["08073970-4701101"], "GES_TYPE": ["GE_CL"], "RA": [1.0],
    "DECLINATION": [2.0], "TEFF": [5000.0], "LOGG": [4.0], "FEH": [0.0], "E_FEH": [0.1],
}  # fmt: skip
IN_GAIA_ARCHIVE = {
    {"DECLINATION": "dec"}.get(name, name.lower()): v for name, v in GAIA_ESO.items()
}
RAVE = {  # as Gaia's archive has it: no MADERA but [M/H]
    "rave_obs_id": ["20100313_0823m14_113"], "ra_input": [1.0], "dec_input": [2.0],
    "hrv_sparv": [1.0], "teff_bdasp": [5000.0], "logg_bdasp": [4.0],
    "m_h_cal_madera": [0.0], "fe_h_gauguin": [0.0],
}  # fmt: skip
RELEASES = [
    ("apogee", DR17 | {"FPARAM": [[0.0] * 9], "X_H": [[0.0] * 27]}, "DR17 full"),
    ("apogee", DR17 | {"X_H": [[0.0] * 27]}, "DR17 Lite"),
    ("apogee", DR17, "DR17"),
    ("apogee", STAR | {"dr3_source_id": [1]}, "DR17 CasJobs export"),
    ("apogee", DR16 | {"FPARAM": [[0.0] * 9]}, "DR16 full"),
    ("apogee", DR16 | {"X_H": [[0.0] * 27]}, "DR16 Lite"),
    ("galah", GALAH, "DR3 v2"),
    ("galah", GALAH | {"cov_e_teff": [1.0]}, "DR3 v2 allspec"),
    ("galah_dr4", GALAH_DR4, "DR4 allstar"),
    ("galah_dr4", GALAH_DR4 | {"logg_spec": [4.0]}, "DR4 allspec"),
    ("galah_ages", AGES, "DR3 v2"),
    ("galah_dynamics", DYNAMICS, "DR3 v2"),
    ("galah_gaia", GAIA, "DR3 v2"),
    ("lamost", OLD, "DR6 or before"),
    ("lamost", DR7, "DR7 or DR8"),
    # facts: DR9 and DR10 have no tcomment; nobody has seen how their CSV spells it.
    ("lamost", UID | {"offset": [0], "offset_v": [0.0]}, "DR7 or later"),
    ("lamost", UID | {"offsets": [0], "offsets_v": [0.0]}, "DR9 or later"),
    ("lamost", UID | {"offsets": [0], "vsini_lasp": [20.0]}, "DR10 or later"),
    ("lamost", UID, "DR7 or later"),
    ("mwm", MWM, "DR19 or DR20"),
    ("desi", DESI, "EDR or DR1"),
    ("rave", RAVE, "DR6"),
    ("gaia_eso", GAIA_ESO, "DR5 or before"),
    ("gaia_eso", IN_GAIA_ARCHIVE | {"sflags": ["NIA"]}, "DR5"),
]


@pytest.fixture
def db(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    with transaction(connection):
        create_raw_tables(connection)
    return connection


def write(path: Path, columns: dict[str, list]) -> Path:
    Table(columns).write(path, overwrite=True)
    return path


@pytest.mark.parametrize(("survey", "columns", "release"), RELEASES)
def test_a_release_is_recognised_and_shown(
    db, tmp_path, warehouse_path, survey, columns, release
):
    result = ingest_survey(db, survey, write(tmp_path / "t.fits", columns))
    assert (result.rows, result.release) == (1, release)
    (line,) = (
        line
        for line in describe_warehouse(db, warehouse_path)
        if f"raw.{survey}:" in line
    )
    assert f", {release}, from" in line
    value_added = survey in ("galah_ages", "galah_dynamics", "galah_gaia")
    assert line.endswith("(raw table only: no view reads it)") == value_added


@pytest.mark.parametrize(
    ("more", "kept"),
    [
        ({"offset": [0], "tcomment": [""]}, "4096979650282112"),
        ({"offset": [0]}, None),
        ({"offsets": [0]}, None),
        ({}, None),
    ],
)
def test_only_ids_known_to_be_of_gaia_dr2_are_stored_as_such(db, tmp_path, more, kept):
    result = ingest_survey(db, "lamost", write(tmp_path / "t.fits", UID | more))
    assert db.execute("select gaia_source_id from raw.lamost").fetchone() == (kept,)
    reason = any("gaia_source_id: not read" in text for text in result.warnings)
    assert reason == (kept is None)


@pytest.mark.parametrize(
    ("survey", "columns", "message"),
    [
        ("apogee", STAR, "nearest is DR17, but without GAIAEDR3_SOURCE_ID"),
        ("lamost", LAMOST | {"gaia_source_id": ["1"]}, "but without uid"),
        ("galah_ages", AGES | {"flag_sp": [0]}, "but with other columns"),
        ("galah", GALAH_DR4, "is not of galah but of galah_dr4"),
        ("galah_dr4", GALAH, "is not of galah_dr4 but of galah"),
        ("galah_ages", DYNAMICS, "but of galah_dynamics"),
        ("apogee", DR7, "but of lamost"),
    ],
)
def test_an_unknown_or_other_release_is_refused(db, tmp_path, survey, columns, message):
    with pytest.raises(StellarwhError, match=message) as caught:
        ingest_survey(db, survey, write(tmp_path / "t.fits", columns))
    assert "stellarwh ingest" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert db.execute("select count(*) from meta.ingests").fetchone() == (0,)


def test_what_is_refused_goes_in_as_a_catalogue_of_ones_own(db, tmp_path):
    path = write(tmp_path / "t.fits", STAR)
    assert ingest_survey(db, "mine", path, ra="RA", dec="DEC").rows == 1


def test_value_added_catalogues_join_galah_by_sobject_id(db, tmp_path):
    for name, columns in {
        "galah": GALAH, "galah_ages": AGES, "galah_dynamics": DYNAMICS,
        "galah_gaia": GAIA,
    }.items():  # fmt: skip
        ingest_survey(db, name, write(tmp_path / "t.fits", columns))
    joined = db.execute(
        "select teff, age_bstep, J_R, r_med_photogeo, galah_ages.healpix is null, "
        "galah_gaia.healpix is null from raw.galah "
        "inner join raw.galah_ages using (sobject_id) "
        "inner join raw.galah_dynamics using (sobject_id) "
        "inner join raw.galah_gaia using (sobject_id)"
    ).fetchall()
    assert joined == [(5000.0, 6.5, 10.0, 2000.0, True, False)]


def test_dr4_keeps_its_flags_apart_from_those_of_dr3(db, tmp_path):
    ingest_survey(db, "galah_dr4", write(tmp_path / "t.fits", GALAH_DR4))
    assert db.execute("select count(*) from raw.galah").fetchone() == (0,)
    assert db.execute("select flag_sp, flag_mg_fe from raw.galah_dr4").fetchone() == (
        2048,
        32,
    )


CSV9 = UID | {"offset": [0]}


@pytest.mark.parametrize(
    ("name", "columns", "release"),
    [
        ("dr7_v2.0_LRS_stellar.fits", DR7, "DR7 by the file's name"),
        ("DR8_v1.0_LRS_stellar.fits", DR7, "DR8 by the file's name"),
        ("dr9_v2.0_LRS_stellar.fits", CSV9, "DR9 by the file's name"),
        ("dr5_v3_stellar.fits", OLD, "DR5 by the file's name"),
        ("mydr7_v2.0.fits", DR7, "DR7 or DR8"),
        ("dr71_v2.0.fits", DR7, "DR7 or DR8"),
    ],
)
def test_a_published_name_tells_releases_apart_that_share_their_columns(
    db, tmp_path, name, columns, release
):
    path = write(tmp_path / name, columns)
    assert ingest_survey(db, "lamost", path).release == release


@pytest.mark.parametrize("columns", [DR7, OLD, CSV9])
def test_where_several_releases_fit_the_user_is_told_how_to_say_which(
    db, tmp_path, columns
):
    result = ingest_survey(db, "lamost", write(tmp_path / "t.fits", columns))
    (told,) = (text for text in result.warnings if "--release DR" in text)
    assert f"fit {result.release} alike" in told
    assert told in db.execute("select warnings from meta.ingests").fetchone()[0]


def test_the_gaia_ids_of_dr11_are_those_of_dr3(db, tmp_path):
    columns = UID | {"offsets": [0], "vsini_lasp": [20.0]}
    ids = "select gaia_source_id, gaia_dr3_source_id from raw.lamost"
    told = ingest_survey(
        db, "lamost", write(tmp_path / "dr11_v2.0_LRS_stellar.fits", columns)
    )
    assert told.release == "DR11 by the file's name"
    assert not any("gaia_" in text for text in told.warnings)
    assert db.execute(ids).fetchone() == (None, "4096979650282112")
    told = ingest_survey(
        db, "lamost", write(tmp_path / "dr7_v2.0.fits", DR7), replace=True
    )
    assert not any("gaia_dr3" in text for text in told.warnings)
    assert db.execute(ids).fetchone() == ("4096979650282112", None)


def test_what_has_no_usual_name_is_asked_for(db):
    with pytest.raises(StellarwhError, match=r"^Name the file to ingest as 'gaia'\.$"):
        ingest_survey(db, "gaia")


@pytest.mark.parametrize(
    ("columns", "kept"), [(DR7, None), (UID | {"offsets": [0]}, None), (OLD, None)]
)
def test_a_name_that_the_columns_contradict_is_not_believed(
    db, tmp_path, columns, kept
):
    path = write(tmp_path / "dr12_v1.0_LRS_stellar.fits", columns)
    result = ingest_survey(db, "lamost", path)
    assert "DR12" not in result.release
    assert any(
        f"says DR12, but its columns fit {result.release}" in text
        for text in result.warnings
    )
    # Which Gaia release its ids are of is not known then.
    assert db.execute("select gaia_source_id from raw.lamost").fetchone() == (kept,)


@pytest.mark.parametrize(
    ("survey", "columns", "stated", "release"),
    [
        ("lamost", DR7, "DR8", "DR8 as stated"),
        ("lamost", CSV9, "dr7", "DR7 as stated"),
        ("lamost", CSV9, "DR9", "DR9 as stated"),
        ("lamost", OLD, "DR3", "DR3 as stated"),
        ("lamost", UID | {"vsini_lasp": [2.0]}, "DR10", "DR10 as stated"),
        ("apogee", DR17 | {"X_H": [[0.0] * 27]}, "DR17", "DR17 Lite"),
        ("apogee", DR17, "dr17", "DR17"),
    ],
)
def test_the_user_may_say_which_release_it_is(
    db, tmp_path, warehouse_path, survey, columns, stated, release
):
    path = write(tmp_path / "t.fits", columns)
    result = ingest_survey(db, survey, path, release=stated)
    assert result.release == release
    assert not any("--release" in text for text in result.warnings)
    shown = "\n".join(describe_warehouse(db, warehouse_path))
    assert f", {release}, from" in shown
    assert ingest_survey(db, survey, path, release=stated).unchanged


def test_the_command_takes_the_release_and_says_it(tmp_path, warehouse_path):
    path = write(tmp_path / "t.fits", DR7)
    line = ["--warehouse", str(warehouse_path), "ingest", "lamost", str(path)]
    assert "(DR7 or DR8)" in CliRunner().invoke(app, line).output
    wrong = CliRunner().invoke(app, [*line, "--release", "DR9", "--replace"])
    assert isinstance(wrong.exception, StellarwhError)
    right = CliRunner().invoke(app, [*line, "--release", "DR8", "--replace"])
    assert "(DR8 as stated)" in right.output


def test_gaia_ids_are_read_where_the_release_is_stated_to_have_dr2(db, tmp_path):
    path = write(tmp_path / "t.fits", CSV9)
    for stated, kept in (("DR7", "4096979650282112"), ("DR9", None)):
        ingest_survey(db, "lamost", path, release=stated, replace=True)
        assert db.execute("select gaia_source_id from raw.lamost").fetchone() == (kept,)


@pytest.mark.parametrize(
    ("survey", "columns", "stated", "message"),
    [
        ("lamost", DR7, "DR9", r"cannot be 'DR9': .* DR7 or DR8 \(known: DR7, DR8\)"),
        ("lamost", OLD, "DR7", "columns are those of DR6 or before"),
        ("lamost", DR7, "", "cannot be ''"),
        ("apogee", DR17, "DR16", "columns are those of DR17;"),
        ("apogee", STAR, "DR17", "but without GAIAEDR3_SOURCE_ID"),
    ],
)
def test_a_statement_that_the_columns_contradict_is_refused(
    db, tmp_path, survey, columns, stated, message
):
    path = write(tmp_path / "t.fits", columns)
    with pytest.raises(StellarwhError, match=message):
        ingest_survey(db, survey, path, release=stated)
    assert db.execute("select count(*) from meta.ingests").fetchone() == (0,)


def test_another_statement_about_the_same_file_is_not_lost(db, tmp_path):
    path = write(tmp_path / "t.fits", DR7)
    ingest_survey(db, "lamost", path)
    with pytest.raises(StellarwhError, match="--replace"):
        ingest_survey(db, "lamost", path, release="DR8")
    ingest_survey(db, "lamost", path, release="DR8", replace=True)
    row = db.execute("select release from meta.ingests").fetchone()
    assert row == ("DR8 as stated",)


def test_a_statement_is_for_known_surveys(db, tmp_path):
    path = write(tmp_path / "t.fits", DR7)
    with pytest.raises(StellarwhError, match="known surveys only"):
        ingest_survey(db, "mine", path, ra="ra", dec="dec", release="DR8")


def test_a_name_that_says_otherwise_than_the_user_is_mentioned(db, tmp_path):
    path = write(tmp_path / "dr7_v2.0_LRS_stellar.fits", DR7)
    result = ingest_survey(db, "lamost", path, release="DR8")
    assert "Its name says DR7, you say DR8." in result.warnings


@pytest.mark.parametrize("survey", ["apogee", "galah", "lamost"])
def test_a_file_of_a_known_release_may_go_in_as_a_catalogue(db, tmp_path, survey):
    columns = next(c for s, c, _ in RELEASES if s == survey)
    position = read_survey(survey).position
    path = write(tmp_path / "t.fits", columns)
    ingest_survey(db, "mine", path, ra=position.ra, dec=position.dec)
    assert db.execute("select survey, release from meta.ingests").fetchall() == [
        ("mine", "user catalogue")
    ]
