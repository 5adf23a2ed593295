"""Survey descriptions: a closed vocabulary, checked."""

import pytest

from stellarwh.errors import SurveyError
from stellarwh.surveys.description import read_survey_file
from stellarwh.surveys.known import read_survey, staged_surveys, survey_names
from stellarwh.warehouse.raw_tables import create_raw_tables

SMALLEST = """
name = "tiny"
title = "Tiny"
default_files = []
id_columns = ["ID"]
releases = [{ name = "DR1", present = ["ID"] }]
[position]
ra = "RA"
dec = "DEC"
epoch = 2000.0
[columns]
ID = { type = "BIGINT", description = "id" }
RA = { type = "DOUBLE", unit = "deg", description = "right ascension" }
DEC = { type = "DOUBLE", unit = "deg", description = "declination" }
"""


def read(tmp_path, text):
    path = tmp_path / "tiny.toml"
    path.write_text(text)
    return read_survey_file(path)


def test_the_smallest_description_is_enough(tmp_path):
    survey = read(tmp_path, SMALLEST)
    assert [column.name for column in survey.columns] == ["ID", "RA", "DEC"]


def test_a_family_gives_columns_to_each_member(tmp_path):
    survey = read(
        tmp_path,
        SMALLEST
        + '[families.x]\nmembers = { MG = "Mg", TIII = "Ti II" }\n'
        + '[families.x.columns]\n"{name}_FE" = '
        + '{ type = "FLOAT", description = "[{label}/Fe]" }\n',
    )
    made = [(c.name, c.description) for c in survey.columns[3:]]
    assert made == [("MG_FE", "[Mg/Fe]"), ("TIII_FE", "[Ti II/Fe]")]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'title = "Tiny"',
            'titel = "Tiny"',
            "'titel' is unknown. Did you mean 'title'",
        ),
        ('title = "Tiny"', "", "'title' is missing"),
        ('title = "Tiny"', "title = 3", "'title' is a int"),
        ('unit = "deg"', 'units = "deg"', "'units' is unknown. Did you mean 'unit'"),
        ('type = "BIGINT", ', "", "ID: the key 'type' is missing"),
        ('"BIGINT"', '"BIGNUM"', "ID has no type 'BIGNUM'"),
        ("epoch = 2000.0", "epoch = true", "'epoch' is a bool"),
        ("epoch = 2000.0", "", "'epoch' is missing"),
        ('ra = "RA"', 'ra = "RAS"', "uses the column 'RAS'.*Did you mean 'RA'"),
        ('["ID"]\nrel', '["IDS"]\nrel', "uses the column 'IDS'"),
        ("present = ", "presents = ", "'presents' is unknown"),
        ("DEC = {", "ra = {", "declares a column twice"),
        ('name = "tiny"', "name = ", "cannot be read"),
    ],
)
def test_what_is_wrong_is_refused_by_name(tmp_path, old, new, message):
    assert old in SMALLEST
    with pytest.raises(SurveyError, match=message):
        read(tmp_path, SMALLEST.replace(old, new))


PUBLISHED = """[[files]]
name = "tiny.fits"
url = "https://example.org/get?name=tiny.fits"
known = "read"
size = 5760
sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
"""


def test_published_files_are_read(tmp_path):
    (file,) = read(tmp_path, SMALLEST + PUBLISHED).files
    assert (file.name, file.size, file.mirror) == ("tiny.fits", 5760, None)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sha1", "sha256", "'sha256' is unknown. Did you mean 'sha1'"),
        ("da39", "DA39", "'sha1' is not 40 hexadecimal digits"),
        ("https:", "ftp:", "'ftp://example.org/.*' is no https address"),
        ("tiny.fits", "../tiny.fits", "the name is not that of a file"),
        ('"read"', '"guessed"', "'known' is 'guessed'"),
        ('url = "https', 'mirror = "https', "the key 'url' is missing"),
        ("5760", "true", "'size' is a bool"),
    ],
)
def test_a_wrong_published_file_is_refused_by_name(tmp_path, old, new, message):
    assert old in PUBLISHED
    with pytest.raises(SurveyError, match=message):
        read(tmp_path, SMALLEST + PUBLISHED.replace(old, new, 1))


def test_ingest_looks_for_the_files_that_download_fetches():
    for name in survey_names():
        survey = read_survey(name)
        published = [file.name for file in survey.files]
        # `download` fetches the first; other releases follow, named with --file.
        assert published[: len(survey.default_files)] == list(survey.default_files)


def test_every_known_survey_reads():
    assert staged_surveys() == (
        "apogee", "desi", "gaia", "gaia_eso", "galah", "galah_dr4", "lamost", "mwm",
        "rave",
    )  # fmt: skip
    assert set(survey_names()) - set(staged_surveys()) == {
        "galah_ages",
        "galah_dynamics",
        "galah_gaia",
    }
    for name in survey_names():
        survey = read_survey(name)
        required = {column.name for column in survey.columns if column.required}
        assert set(survey.id_columns) & required or name == "apogee"
        if survey.position is not None:
            assert {survey.position.ra, survey.position.dec} <= required


def test_a_survey_may_have_no_positions_and_no_staging_view(tmp_path):
    start, end = SMALLEST.index("[position]"), SMALLEST.index("[columns]")
    text = "is_staged = false\n" + SMALLEST[:start] + SMALLEST[end:]
    survey = read(tmp_path, text)
    assert survey.position is None
    assert not survey.is_staged


def test_an_unknown_survey_names_the_nearest():
    with pytest.raises(SurveyError, match="Did you mean 'apogee'"):
        read_survey("apoge")


def test_galah_declares_the_columns_of_its_release_in_number():
    assert len(read_survey("galah").columns) == 197  # facts: main_allstar v2


def test_epochs_are_those_of_the_catalogues():
    places = {name: read_survey(name).position for name in survey_names()}
    epochs = {name: place.epoch for name, place in places.items() if place}
    assert epochs == {
        "apogee": 2000.0,
        "desi": 2015.5,
        "gaia": 2016.0,
        "gaia_eso": 2000.0,
        "galah": 2015.5,
        "galah_dr4": 2016.0,
        "galah_gaia": 2016.0,
        "lamost": 2000.0,
        "mwm": 2015.5,
        "rave": 2000.0,
    }


def test_raw_tables_are_made_once_with_types_and_comments(connection):
    create_raw_tables(connection)
    connection.execute("insert into raw.galah (sobject_id) values (1)")
    create_raw_tables(connection)
    count = connection.execute("select count(*) from raw.galah").fetchone()
    found = connection.execute(
        "select data_type, comment from duckdb_columns() where "
        "table_name = 'apogee' and column_name in ('PARAMFLAG', 'TEFF', 'healpix') "
        "order by column_index"
    ).fetchall()
    assert count == (1,)
    assert [kind for kind, _ in found] == ["BIGINT[9]", "FLOAT", "BIGINT"]
    assert found[1][1] == "calibrated effective temperature [K]"
