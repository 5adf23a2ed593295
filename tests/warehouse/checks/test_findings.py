"""Whatever is planted is found, in one scan as by each test on its own."""

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse.assertions import read_assertions
from stellarwh.warehouse.check import run_check, run_checks
from stellarwh.warehouse.keys.declared import find_doubled_keys
from stellarwh.warehouse.keys.proofs import proofs
from stellarwh.warehouse.sql_files import read_sql_files
from tests.warehouse.checks.conftest import as_table

KEYED = [
    file
    for file in read_sql_files(content_dir("sql"))
    if file.kind in ("view", "table")
]
SOME = ("main.stars", "main.measurements", "matching.met_pairs", "matching.candidates")
_ROW = "where (survey, source_id) in (select survey, source_id from {table} {of} "
_ROW += "order by all limit 1 offset {at})"
# One fault of each check at least: the table, and what is done to one of its rows.
STAGED = [
    ("set is_clean = not is_clean", ""),
    ("set rejection_reasons = [null]", ""),
    ("set logg = null", "where is_clean"),
    ("set dec = null, healpix = null", "where is_clean"),
    ("set teff_err = -1", ""),
    ("set fe_h = null, fe_h_err = 0.1", "where not is_clean"),
    ("set gaia_dr3_source_id = 2147483647", ""),
    ("set gaia_dr2_source_id = -1", ""),
    ("set healpix = healpix + 1", "where healpix is not null"),
    ("set healpix = null", "where healpix is not null"),
    ("set c_fe = -9999", ""),
    ("set ni_fe = 'nan'", ""),
    ("set mn_fe = 'inf'", ""),
    ("set si_fe = '-inf'", ""),
    ("set al_fe = -999", ""),
    ("set o_fe = (-999.99)::float", ""),
    ("set ca_fe = 999999", ""),
    ("set teff = 1999", ""),
    ("set ks_mag = 31", ""),
    ("set epoch = 1949", ""),
    ("set ra = 361", ""),
]
OTHERS = [
    "update main.measurements set is_best = true",
    "update main.measurements set star_id = -5 where healpix = "
    "(select max(healpix) from main.measurements)",
    "insert into main.stars (star_id) values (-77)",
    "update meta.flag_bits set rejects = false where survey = 'galah_dr4'",
    "update raw.apogee set STARFLAG = (1 << 30) where rowid < 3",
    "update matching.candidates set ids_agree = false",
    'update main."overlaps" set n_stars = n_stars + 1',
    "insert into staging.doubled_rows (survey, source_id) values ('lamost', '7')",
    "insert into matching.separated_rows (survey, source_id) values ('lamost', '7')",
    "update main.measurements set is_clean = false where survey = 'galah'",
    "update main.survey_offsets set n = 19",
    "insert into raw.spectral_indices by name select 'lamost' as survey, 'none' as "
    "spectrum_id, 'Hbeta' as index_name, 'A' as unit",
]
TABLES = ("staging.all_surveys", "main.measurements", "main.survey_offsets")


def test_planted_faults_are_found_as_each_test_finds_them_alone(small, one_by_one):
    for name in TABLES:
        as_table(small, name)
    for at, (change, of) in enumerate(STAGED):
        where = _ROW.format(table="staging.all_surveys", of=of, at=at)
        small.execute(f"update staging.all_surveys {change} {where}")
    for sql in OTHERS:
        small.execute(sql)
    for file in KEYED:
        table = as_table(small, file.qualified_name)
        (first, *_) = small.sql(f"from {table}").columns
        small.execute(f'insert into {table} ("{first}") values (null), (null)')
    expected = one_by_one(small)
    assert not [name for name, rows in expected.items() if not rows]
    found = {result.name: result.rows for result in run_checks(small)}
    assert found == expected


def test_a_warehouse_without_faults_has_none(small, one_by_one):
    found = {result.name: result.rows for result in run_checks(small)}
    assert found == one_by_one(small)
    assert not {name for name, n in found.items() if n} - {
        "offsets_rest_on_enough_stars"
    }


def test_a_doubled_row_is_found_in_what_is_made_of_it(small, one_by_one):
    """Keys that follow from that of main.stars are counted where it has failed."""
    seen = "from main.stars where galah_source_id is not null"
    (doubled,) = small.execute(f"select count(*) {seen}").fetchone()
    small.execute(f"insert into main.stars {seen}")
    found = {result.name: result.rows for result in run_checks(small)}
    assert found["key_of_main_stars"] == doubled
    assert found["key_of_features_apogee_from_galah"]
    assert found == one_by_one(small)


def test_a_second_best_row_is_found_in_what_is_made_of_it(small, one_by_one):
    """Keys that follow from a check are counted where it has failed."""
    names = {"main.star_observables", "features.luminosity_class"}
    proved = proofs(small, KEYED, read_assertions())
    assert all("a_star_has_one_best_row_per_survey" in proved[name] for name in names)
    assert proved["main.star_strata"] == {"main.strata"}
    small.execute(
        "insert into main.measurements_apogee "
        "select * replace (source_id || '!' as source_id) "
        "from main.measurements_apogee "
        "where is_best and is_clean and j_mag > 0 and h_mag > 0 and ks_mag > 0 limit 3"
    )
    found = {result.name: result.rows for result in run_checks(small)}
    assert found["a_star_has_one_best_row_per_survey"] == 3
    assert found["key_of_main_star_observables"] == 3
    assert found["key_of_features_luminosity_class"] == 3
    assert found == one_by_one(small)


@pytest.mark.parametrize(
    "change",
    [
        "update main.measurements_lamost set teff = teff + 1 where rowid = 7",
        "update main.measurements_galah set fe_h = null where rowid = "
        "(select min(rowid) from main.measurements_galah where fe_h is not null)",
        "delete from main.measurements_apogee where rowid = 7",
        "update raw.lamost set dec = dec + 1e-9 where rowid = 7",
    ],
)
def test_what_was_stored_of_other_values_is_found(small_key, change):
    name = "measurements_are_those_of_staging"
    assert not run_check(small_key, name).rows
    small_key.execute("begin transaction")
    small_key.execute(change)
    result = run_check(small_key, name)
    small_key.execute("rollback")
    assert result.rows == 1
    assert result.example.split(",")[0].removeprefix("survey = ") in change


@pytest.mark.parametrize(
    "file",
    [file for file in KEYED if file.qualified_name in SOME],
    ids=lambda file: file.qualified_name,
)
def test_a_doubled_row_is_found_wherever_it_stands(file, small_key):
    small_key.execute("begin transaction")
    table = as_table(small_key, file.qualified_name)
    (first, *_) = small_key.sql(f"from {table}").columns
    small_key.execute(f'insert into {table} ("{first}") values (null), (null)')
    result = run_check(small_key, f"key_of_{file.schema}_{file.name}")
    small_key.execute("rollback")
    assert result.rows == 1
    assert "n_rows = 2" in result.example


def test_rows_of_a_table_are_tested_in_one_scan():
    """Those that have no table of their own are of groups, or of several tables."""
    alone = {a.name for a in read_assertions() if a.table is None}
    per_row = {a.name for a in read_assertions() if a.table == "staging.all_surveys"}
    assert len(per_row) == 7
    assert not {"values_are_in_range", "errors_are_positive"} & alone


def test_doubled_keys_are_counted_without_holding_all_keys():
    """A million keys of 400 characters take 400 MB; the doubled ones take little."""
    file = next(one for one in KEYED if one.qualified_name == "main.stars")
    config = {"memory_limit": "200MB", "threads": 2, "temp_directory": ""}
    with duckdb.connect(config=config) as connection:  # noqa: TID251 - no warehouse
        connection.execute(
            "create view main.stars as select case when range = 7 then null else "
            "repeat(lpad((range % 999_998)::varchar, 8, '0'), 50) end as star_id "
            "from range(1_000_000)"
        )
        doubled, one = find_doubled_keys(connection, file)
        assert doubled == 2
        assert list(one) == ["star_id", "n_rows"]
        assert one["star_id"] in ("00000000" * 50, "00000001" * 50)
        assert one["n_rows"] == 2
