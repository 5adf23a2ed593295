"""A build after one survey changed: the same tables, only its pairs matched anew."""

import shutil
from pathlib import Path

import duckdb
import pytest

from stellarwh.warehouse import build as build_module
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

# The view that the match reads, here of one table instead of every survey's.
ALL_SURVEYS = """\
-- One row per catalogue row of a test.
-- key: survey, source_id
create or replace view staging.all_surveys as from raw.sky;
"""
# A crowded field: 60 stars within 12 arcsec, seen by four surveys, so that there are
# near pairs, chains, conflicts and ids that disagree. In two surveys every third star
# has a proper motion, of up to 0.3 arcsec a year.
FILL = """
create table raw.sky as
with
stars as (
    select
        i,
        40 + 0.003 * (hash(i) % 1000) / 1000 as ra,
        20 + 0.003 * (hash(i, 7) % 1000) / 1000 as "dec",
        case when i % 3 = 0 then (hash(i, 8) % 600) - 300.0 end as pm
    from range(60) as stars (i)
),
rows as (
    select 'apogee' as survey, *, 0.0 as shift, 2000.0 as epoch from stars
    union all
    select 'galah' as survey, *, 0.4 as shift, 2015.5 as epoch from stars
    where i % 5 > 0
    union all
    -- One arcmin nearer to the equator there are some: matches by chance.
    select 'lamost' as survey, stars.*, south.shift - 0.5 as shift, 2000.0 as epoch
    from stars cross join (values (0), (-60.3)) as south (shift) where i % 6 > 0
    union all
    select 'mine' as survey, *, -0.3 as shift, null as epoch from stars where i % 7 > 0
)
select
    survey,
    i || '.' || shift as source_id,
    source_id as survey_star_id,
    case
        when survey = 'apogee' and i % 4 > 0 then 100 + i
        when survey = 'galah' then 100 + i + (i % 11 = 0)::int
    end as gaia_dr3_source_id,
    case
        when survey = 'galah' and i % 4 > 1 then 500 + i
        when survey = 'lamost' and i % 3 > 1 then 500 + i
    end as gaia_dr2_source_id,
    ra,
    "dec" + shift / 3600 as "dec",
    healpix_nested(29, ra, "dec" + shift / 3600) as healpix,
    epoch,
    case when survey in ('apogee', 'mine') then pm end as pmra,
    -pmra as pmdec,
    1.0 as snr,
    true as is_clean
from rows;
"""
# Two stars of LAMOST whose motions can be exchanged.
STILL = """
update raw.sky set pmra = 0, pmdec = case source_id when '1.-0.5' then 1 else 90 end
where survey = 'lamost' and source_id in ('1.-0.5', '2.-0.5')
"""
CHANGES = {
    "rows added": """insert into raw.sky by name
        select * replace ('new' || source_id as source_id, "dec" + 2e-5 as "dec",
            'new' || survey_star_id as survey_star_id,
            healpix_nested(29, ra, "dec" + 2e-5) as healpix)
        from raw.sky where survey = 'lamost' and hash(source_id) % 2 = 0""",
    "rows removed": """delete from raw.sky
        where survey = 'lamost' and hash(source_id) % 3 = 0""",
    "rows moved": """update raw.sky set "dec" = "dec" + 0.6 / 3600,
        healpix = healpix_nested(29, ra, "dec" + 0.6 / 3600)
        where survey = 'lamost' and hash(source_id) % 2 = 0""",
    "motions changed": """update raw.sky set pmra = 200, pmdec = 0
        where survey = 'lamost' and hash(source_id) % 2 = 0""",
    "gaia ids changed": """update raw.sky
        set gaia_dr2_source_id = 500 + hash(source_id) % 60 where survey = 'lamost'""",
    "own ids changed": """update raw.sky set source_id = source_id || '.2'
        where survey = 'lamost'""",
    "stars exchange motions": """update raw.sky
        set pmdec = case pmdec when 1 then 90 else 1 end
        where survey = 'lamost' and pmdec is not null""",
    "all rows removed": "delete from raw.sky where survey = 'lamost'",
    "another survey": """insert into raw.sky by name
        select * replace ('new' as survey, 2005.0 as epoch) from raw.sky
        where survey = 'apogee'""",
}
TABLES = [
    "matching.candidates",
    "matching.chance_matches",
    "matching.star_identities",
    "matching.disagreements",
    'main."overlaps"',
    "main.stars",
]


def contents(connection):
    return {t: connection.execute(f"from {t} order by all").fetchall() for t in TABLES}


@pytest.fixture(scope="module")
def matching_only(tmp_path_factory, repository) -> Path:
    """Return a copy of sql/ with what matching needs, which builds in no time."""
    copy = tmp_path_factory.mktemp("matching_only") / "sql"
    for part in ("macros", "matching", "tables"):
        shutil.copytree(repository / "sql" / part, copy / part)
    for part in (
        "marts/stars.sql",
        "marts/overlaps.sql",
        "columns.csv",
        *(f"{name}.csv" for name in build_module.KNOWN),
    ):
        (copy / part).parent.mkdir(exist_ok=True)
        shutil.copy(repository / "sql" / part, copy / part)
    (copy / "staging").mkdir()
    (copy / "staging/all_surveys.sql").write_text(ALL_SURVEYS, encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def filled_path(matching_only, tmp_path_factory) -> Path:
    """Return a warehouse with the field, before any build."""
    path = tmp_path_factory.mktemp("field") / "filled.duckdb"
    with open_warehouse(path) as connection:
        connection.execute(FILL)
        connection.execute(STILL)
    return path


@pytest.fixture(scope="module")
def built_path(matching_only, filled_path) -> Path:
    path = Path(shutil.copy(filled_path, filled_path.with_name("built.duckdb")))
    with pytest.MonkeyPatch.context() as patched, open_warehouse(path) as connection:
        patched.setattr(build_module, "content_dir", lambda name: matching_only)
        assert build_views(connection).matched == ("apogee", "galah", "lamost", "mine")
    return path


@pytest.fixture
def crowded(built_path, matching_only, tmp_path, monkeypatch):
    monkeypatch.setattr(build_module, "content_dir", lambda name: matching_only)
    copy = shutil.copy(built_path, tmp_path / "crowded.duckdb")
    with open_warehouse(Path(copy)) as connection:
        yield connection


def test_the_field_has_what_may_go_wrong(crowded):
    (counts,) = crowded.execute(
        "select count(*) filter (where is_moved),"
        " count(*) filter (where not ids_agree),"
        " count(*) filter (where separation > 1 and ids_agree),"
        " (select count(*) from matching.star_identities where has_conflict),"
        " (select sum(n_chance) from matching.chance_matches) is not null"
        " from matching.candidates"
    ).fetchall()
    assert all(counts), counts


@pytest.mark.parametrize("change", CHANGES)
def test_tables_are_those_of_a_build_from_nothing(
    crowded, filled_path, tmp_path, change
):
    before = contents(crowded)
    crowded.execute(CHANGES[change])
    changed = "new" if change == "another survey" else "lamost"
    assert build_views(crowded).matched == (changed,)
    found = contents(crowded)
    copy = shutil.copy(filled_path, tmp_path / "fresh.duckdb")
    with open_warehouse(Path(copy)) as fresh:
        fresh.execute(CHANGES[change])
        build_views(fresh)
        expected = contents(fresh)
    assert found == expected
    assert found["matching.candidates"] != before["matching.candidates"]


def test_pairs_of_unchanged_surveys_are_not_matched_again(crowded):
    """Marks put on all pairs stay where both surveys are unchanged, and only there."""
    crowded.execute("update matching.candidates set matched_by = 'marked'")
    crowded.execute("update matching.chance_matches set n_chance = -1")
    crowded.execute(CHANGES["rows moved"])
    assert build_views(crowded).matched == ("lamost",)
    assert crowded.execute(
        "select distinct 'lamost' in (survey_left, survey_right), "
        "matched_by = 'marked' from matching.candidates order by all"
    ).fetchall() == [(False, True), (True, False)]
    assert crowded.execute(
        "select count(*) from matching.chance_matches "
        "where (n_chance = -1) = ('lamost' in (survey_left, survey_right))"
    ).fetchall() == [(0,)]
    assert crowded.execute(
        "select surveys_matched from meta.builds order by built_at desc limit 1"
    ).fetchall() == [(["lamost"],)]


def test_rows_in_another_order_are_no_change(crowded):
    crowded.execute(
        "create temp table turned as from raw.sky order by source_id desc; "
        "delete from raw.sky; insert into raw.sky from turned"
    )
    assert build_views(crowded).matched == ()


def test_what_the_match_does_not_read_is_no_change(crowded):
    crowded.execute("update raw.sky set snr = 2, is_clean = false")
    assert build_views(crowded).matched == ()


def test_a_removed_survey_is_forgotten_by_the_build_after_the_next(crowded):
    crowded.execute("delete from raw.sky where survey = 'lamost'")
    assert build_views(crowded).matched == ("lamost",)
    assert build_views(crowded).matched == ()


def test_all_is_matched_anew_where_a_table_is_missing(crowded):
    expected = contents(crowded)
    crowded.execute("drop table matching.candidates")
    assert len(build_views(crowded).matched) == 4
    assert contents(crowded) == expected


def test_all_is_matched_anew_after_a_build_of_another_version(crowded):
    """A version that knew of no incremental builds left its row in meta.builds."""
    crowded.execute("alter table meta.builds drop column fingerprint")
    crowded.execute("alter table meta.builds drop column surveys_matched")
    assert len(build_views(crowded).matched) == 4


def test_all_is_matched_anew_where_its_sql_changed(
    crowded, tmp_path, monkeypatch, matching_only
):
    copy = shutil.copytree(matching_only, tmp_path / "sql")
    limits = copy / "macros/match_limits.sql"
    limits.write_text(
        limits.read_text().replace("match_radius() as 1e0", "match_radius() as 2e0")
    )
    monkeypatch.setattr(build_module, "content_dir", lambda name: copy)
    furthest = (
        "select max(separation) from matching.candidates where matched_by = 'position'"
    )
    assert crowded.execute(furthest).fetchone()[0] < 1
    assert len(build_views(crowded).matched) == 4
    assert 1 < crowded.execute(furthest).fetchone()[0] <= 2


def test_an_interrupted_build_leaves_the_next_one_all_to_do(crowded, monkeypatch):
    before = contents(crowded)
    crowded.execute(CHANGES["rows moved"])

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(build_module, "_write_comments", interrupt)
        with pytest.raises(KeyboardInterrupt):
            build_views(crowded)
    assert contents(crowded) == before
    assert build_views(crowded).matched == ("lamost",)
    found = contents(crowded)
    build_views(crowded, anew=True)
    assert found == contents(crowded) != before


def test_columns_of_a_table_that_changed_are_made_anew(
    crowded: duckdb.DuckDBPyConnection,
):
    """As after an upgrade that gave the table another column."""
    crowded.execute("alter table matching.candidates rename separation to distance")
    crowded.execute("update meta.builds set fingerprint = 'of another version'")
    assert len(build_views(crowded).matched) == 4
    assert crowded.execute(
        "select count(separation) > 0 from matching.candidates"
    ).fetchall() == [(True,)]
