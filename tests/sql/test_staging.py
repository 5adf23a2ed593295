"""What the staging views share, and what the survey descriptions promise of them."""

import re

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.surveys.known import read_survey, staged_surveys

# What matching, checks and marts take from every survey.
NEEDED = {
    *("survey", "source_id", "survey_star_id", "designation", "ra", "dec", "epoch"),
    *("healpix", "teff", "teff_err", "logg", "logg_err", "fe_h", "fe_h_err"),
    *("radial_velocity", "radial_velocity_err", "snr"),
    *("quality_flags", "rejection_reasons", "is_clean"),
}
OF_SPECTRA = {
    *("teff", "teff_err", "logg", "logg_err", "fe_h", "fe_h_err"),
    *("radial_velocity", "radial_velocity_err", "snr"),
}
# What a survey has not: an extract of Gaia no spectra, DESI no names of its targets.
LACKS = {"gaia": OF_SPECTRA, "desi": {"designation"}}


def columns_of(connection, table):
    described = connection.execute(f"describe staging.{table}").fetchall()
    return {name: kind for name, kind, *_ in described}


def test_every_survey_has_what_all_that_read_it_need(built):
    for survey in staged_surveys():
        lacks = LACKS.get(survey, set())
        assert NEEDED - set(columns_of(built, survey)) == lacks, survey


def test_one_name_is_one_type_in_every_survey_and_in_the_union(built):
    """So that no id is a double for being in one survey only."""
    union = columns_of(built, "all_surveys")
    found = set()
    for survey in staged_surveys():
        columns = columns_of(built, survey)
        assert columns == {name: union[name] for name in columns}, survey
        found |= set(columns)
    assert found == set(union)
    alone = {
        "pmra": "DOUBLE",
        "gaia_dr2_source_id": "BIGINT",
        "n_visits": "INTEGER",
        "subclass": "VARCHAR",
        "telescope": "VARCHAR",
        "li_fe": "DOUBLE",
        "redshift": "DOUBLE",
    }
    assert {name: union[name] for name in alone} == alone


def test_a_column_that_a_survey_has_not_is_left_out_and_null_in_the_union(warehouse):
    warehouse.execute("insert into raw.lamost (obsid, ra, dec) values (7, 10.0, 20.0)")
    assert "pmra" not in columns_of(warehouse, "lamost")
    assert warehouse.execute(
        "select source_id, pmra, n_visits, li_fe, telescope, gaia_dr3_source_id "
        "from staging.all_surveys"
    ).fetchall() == [("7", None, None, None, None, None)]
    for survey in staged_surveys():
        path = content_dir("sql") / "staging" / f"{survey}.sql"
        fillers = re.findall(r"\bnull::\w+ as \w+", path.read_text(encoding="utf-8"))
        assert fillers == [], survey


def test_the_union_names_every_survey_once():
    union = (content_dir("sql") / "staging/all_surveys.sql").read_text(encoding="utf-8")
    union = union.replace(";", "")
    for survey in staged_surveys():
        assert union.split().count(f"staging.{survey}") == 1


def test_values_declared_missing_are_null_to_the_macros(built):
    for survey in staged_surveys():
        for sentinel in read_survey(survey).sentinels:
            if sentinel.columns[0].lower().endswith(("source_id", "components")):
                continue  # ids and counts have rules of their own
            macro = "null_if_missing"
            if "*" not in sentinel.columns:
                macro = "null_if_missing_magnitude"
            values = list(sentinel.values)
            values += [sentinel.below - 1] if sentinel.below is not None else []
            values += [sentinel.above + 1] if sentinel.above is not None else []
            assert values
            for value in values:
                (found,) = built.execute(f"select {macro}({value}::float)").fetchone()
                assert found is None, (survey, sentinel)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "has_flag('apogee', 'ASPCAPFLAG', 1, 'STAR_BADD')",
            "No bit STAR_BADD is known",
        ),
        (
            "flag_names('apogee', 'ASCAPFLAG', 1)",
            "No bits are known for apogee ASCAPFLAG",
        ),
        (
            "flag_names('lamost', 'STARFLAG', 1)",
            "No bits are known for lamost STARFLAG",
        ),
    ],
)
def test_an_unknown_flag_is_an_error_and_not_false(built, call, message):
    with pytest.raises(duckdb.Error, match=message):
        built.execute(f"select {call}").fetchone()


def test_masks_of_flag_bits_are_those_of_the_apogee_pipeline(built):
    """BADMASK and the warning mask as the pipeline writes them, as whole numbers."""
    bad, warn = built.execute(
        "select bit_or(1::bigint << \"bit\") filter (rejects and name <> 'CHI2_BAD'), "
        'bit_or(1::bigint << "bit") filter ("bit" in (0, 1, 7, 29) '
        'or "bit" between 8 and 13) '
        "from meta.flag_bits where survey = 'apogee' and flag = 'ASPCAPFLAG'"
    ).fetchone()
    assert bad == 3_434_204_037_120
    assert warn == 536_887_171


def test_flag_bits_count_as_published(built):
    counts = dict(
        built.execute(
            "select flag, count(*) from meta.flag_bits "
            "where survey <> 'galah_dr4' group by flag"
        ).fetchall()
    )
    assert counts["STARFLAG"] == 20
    assert counts["ASPCAPFLAG"] == 38
    assert counts["PARAMFLAG"] == 21
    assert counts["EXTRATARG"] == 5
    assert counts["RV_FLAG"] == 11
    assert counts["flag_sp"] == 11
    assert counts["flag_fe_h"] == 2
    assert counts["flag_X_fe"] == 2
    assert counts["MEMBERFLAG"] == 62
