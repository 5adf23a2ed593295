"""Staging of real catalogue files; the numbers are those of the files' own README."""

import pytest
from astropy.table import Table

from stellarwh.ingest import ingest_survey

APOGEE = {  # file: rows, Teff that are missing, stars
    "APOGEE-allStar-v603-Hipparcos.fits.gz": (3244, 2471, 3015),
    "allStar-dr13-8rows.fits": (8, 0, 7),
    "allStar-dr14-320rows-plus-orbits.fits": (320, 17, 320),
    "allStar-dr16-33rows.fits": (33, 2, 33),
    "casjobs-dr17-1612rows.fits": (1612, 0, 1612),
}


@pytest.fixture
def staged(warehouse, remake_tables, realdata):
    def stage(survey, path):
        ingest_survey(warehouse, survey, realdata / path)
        remake_tables()
        return warehouse

    return stage


def count(connection, sql):
    return connection.execute(f"select count(*) {sql}").fetchone()[0]


@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
@pytest.mark.parametrize("name", APOGEE)
def test_apogee_files_of_every_release(staged, name):
    connection = staged("apogee", f"apogee/{name}")
    found = connection.execute(
        "select count(*), count(*) filter (teff is null), "
        "count(distinct survey_star_id), count(distinct source_id) from staging.apogee"
    ).fetchone()
    assert found[:3] == APOGEE[name]
    assert found[3] == APOGEE[name][0], "source_id is not unique"
    assert (
        count(connection, "from main.measurements where is_best")
        == (
            connection.execute(
                "select count(distinct survey_star_id) from staging.apogee "
                "where healpix is not null"
            ).fetchone()[0]
        )
    )


def test_flags_of_dr12(staged):
    connection = staged("apogee", "apogee/APOGEE-allStar-v603-Hipparcos.fits.gz")
    flagged = "from staging.apogee where list_contains(quality_flags, 'ASPCAPFLAG:{}')"
    assert count(connection, flagged.format("STAR_BAD")) == 1531
    # 174 words have the sign bit of a 32-bit number set: no result, and nothing else
    assert count(connection, flagged.format("NO_ASPCAP_RESULT")) == 174
    assert count(connection, flagged.format("MISSING_APSTAR")) == 0
    duplicates = "from raw.apogee where has_flag('apogee', 'EXTRATARG', EXTRATARG, "
    assert count(connection, duplicates + "'DUPLICATE')") == 229


def test_galah_rows_chosen_as_clean_are_clean(staged):
    connection = staged("galah", "galah/GALAH_DR3_main_allstar-1170rows.fits")
    assert count(connection, "from staging.galah where is_clean") == 1170
    # flag_Ce_fe: 786 without a flag, 336 upper limits, 48 without a measurement
    assert count(connection, "from staging.galah where ce_fe is not null") == 786


def test_lamost_rows_without_signal_to_noise(staged):
    connection = staged("lamost", "lamost/dr1_afgk-3165rows.csv")
    reasons = "from staging.lamost where list_contains(rejection_reasons, '{}')"
    assert count(connection, reasons.format("snr_missing")) == 2
    assert count(connection, reasons.format("not_an_object_fibre")) == 43
    assert count(connection, "from staging.lamost where snr_i is null") == 274
    assert count(connection, "from staging.lamost where snr_z is null") == 82


GAIA_ID = 4667213730748377728  # facts: a star of GALAH DR3
STAR = {"sobject_id": [131116000501116], "flag_sp": [0], "teff": [4230.4],
        "logg": [1.148], "fe_h": [-0.903]}  # fmt: skip
DR3 = STAR | {
    "dr3_source_id": [GAIA_ID], "ruwe_dr2": [0.993], "snr_c3_iraf": [84.6],
    "ra_dr2": [52.35732097], "dec_dr2": [-69.55439772],
}  # fmt: skip
DR4 = STAR | {
    "gaiadr3_source_id": [GAIA_ID], "snr_px_ccd3": [90.0],
    "ra": [52.35732101], "dec": [-69.55439775],
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "surveys"),
    [
        ({"galah_dr4": DR4}, ["galah_dr4"]),
        ({"galah": DR3, "galah_dr4": DR4}, ["galah", "galah_dr4"]),
    ],
)
def test_a_star_of_galah_dr4_is_a_star_alone_and_beside_dr3(
    warehouse, remake_tables, tmp_path, files, surveys
):
    for name, columns in files.items():
        Table(columns).write(tmp_path / f"{name}.fits")
        ingest_survey(warehouse, name, tmp_path / f"{name}.fits")
    remake_tables()
    found = warehouse.execute(
        "select gaia_dr3_source_id, surveys from main.stars"
    ).fetchall()
    assert found == [(GAIA_ID, surveys)]
    measured = warehouse.execute(
        "select survey from main.measurements where is_best and is_clean order by 1"
    ).fetchall()
    assert [row[0] for row in measured] == surveys
