"""Each release is recognised from its columns; what is not known is refused."""

from pathlib import Path

import duckdb
import pytest
from astropy.table import Table

from stellarwh.database import transaction
from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.status import describe_warehouse
from stellarwh.survey import create_raw_tables

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
    ("lamost", UID | {"offset": [0], "offset_v": [0.0]}, "DR7 or DR8"),
    ("lamost", UID | {"offsets": [0], "offsets_v": [0.0]}, "DR9 or later"),
    ("lamost", UID | {"offsets": [0], "vsini_lasp": [20.0]}, "DR10"),
    ("lamost", UID, "DR7 or later"),
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


@pytest.mark.parametrize(
    ("more", "kept"),
    [({"offset": [0]}, "4096979650282112"), ({"offsets": [0]}, None), ({}, None)],
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
        ("apogee", UID | {"offset": [0]}, "but of lamost"),
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
