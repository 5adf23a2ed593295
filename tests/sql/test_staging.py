"""What the staging views share, and what the survey descriptions promise of them."""

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.surveys.known import read_survey, staged_surveys


def common_columns(connection, survey):
    described = connection.execute(f"describe staging.{survey}").fetchall()
    columns = [row[:2] for row in described]
    return columns[: [name for name, _ in columns].index("is_clean") + 1]


def test_all_surveys_begin_with_the_same_columns(built):
    columns = {survey: common_columns(built, survey) for survey in staged_surveys()}
    assert len(columns["apogee"]) == 78
    for survey in staged_surveys():
        assert columns[survey] == columns["apogee"], survey


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
