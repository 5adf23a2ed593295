from typing import ClassVar

import duckdb
import pytest
from typer.testing import CliRunner

from stellarwh.cli import app
from stellarwh.errors import SqlError
from stellarwh.runtime.listening import Listener, listening
from stellarwh.warehouse import build as build_module
from stellarwh.warehouse.build import BuildResult, build_views
from stellarwh.warehouse.database import open_warehouse


@pytest.fixture
def built(built_connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    return built_connection


def test_every_object_column_and_macro_carries_a_comment(built):
    uncommented = built.execute(
        """
        select schema_name || '.' || table_name from duckdb_tables()
        where comment is null and not internal and schema_name <> 'raw'
        union all
        select schema_name || '.' || view_name from duckdb_views()
        where comment is null and not internal
        union all
        select schema_name || '.' || table_name || '.' || column_name
        from duckdb_columns() where comment is null and not internal
        union all
        select function_name from duckdb_functions()
        where comment is null and not internal and function_type like '%macro'
        """
    ).fetchall()
    assert [name for (name,) in uncommented if name != "raw.healpix"] == []


def test_a_users_own_view_survives_a_build(built):
    built.execute("create view features.my_view as select 1 as star_id")
    build_views(built)
    assert built.execute("from features.my_view").fetchall() == [(1,)]


def test_what_sql_no_longer_has_is_dropped_and_nothing_of_a_user(built):
    """The last build tells what it made; views of versions before that are known."""
    built.execute(
        """
        create view matching.changed_stars as select 1 as x;
        comment on view matching.changed_stars is 'One row per star that changed.';
        create macro crossmatch_near(x) as table select x;
        comment on macro table crossmatch_near is 'crossmatch_near(x)';
        create table matching.old_numbers as select 1 as x;
        comment on table matching.old_numbers is 'One row per star.';
        create view features.mine as select 1 as star_id;
        comment on view features.mine is 'One row per star of mine.';
        create view matching.unchanged_stars as select 1 as x;
        create view features.old_task as select 1 as star_id;
        update meta.builds set objects = objects || [
            'matching.old_numbers', 'features.old_task'
        ];
        """
    )
    build_views(built)
    standing = built.execute(
        """
        select table_schema || '.' || table_name from information_schema.tables
        where table_name in ('changed_stars', 'unchanged_stars', 'old_numbers', 'mine',
            'old_task', 'candidates')
        union all
        select function_name from duckdb_functions()
        where function_name in ('crossmatch_near', 'crossmatch')
        order by 1
        """
    ).fetchall()
    assert [name for (name,) in standing] == [
        "crossmatch",
        "features.mine",
        # without the comment of ours: put there by somebody else since
        "features.old_task",
        "matching.candidates",
        "matching.unchanged_stars",
    ]


def test_a_build_is_recorded(built):
    build_views(built)
    assert built.execute(
        "select count(*), min(views) > 10 from meta.builds"
    ).fetchall()[0] == (2, True)


def test_an_error_names_its_file_and_changes_nothing(
    built, tmp_path, monkeypatch, repository
):
    """One file of a copy of sql/ reads a column that is not there."""
    names = "select view_name, sql from duckdb_views() where not internal order by all"
    before = built.execute(names).fetchall()
    for path in (repository / "sql").rglob("*.*"):
        copy = tmp_path / path.relative_to(repository / "sql")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    broken = tmp_path / "marts/rejections.sql"
    broken.write_text(broken.read_text().replace("survey", "nosuch"))
    monkeypatch.setattr(build_module, "content_dir", lambda name: tmp_path)
    with pytest.raises(SqlError, match=r"rejections\.sql.*nosuch"):
        build_views(built)
    assert built.execute(names).fetchall() == before
    assert built.execute("select count(*) from meta.builds").fetchall() == [(1,)]


def test_a_view_may_take_the_place_of_a_table_and_a_table_that_of_a_view(built):
    """As in warehouses of earlier versions."""
    built.execute("drop view main.measurements; create table main.measurements (x int)")
    built.execute("drop table main.rejections; create view main.rejections as select 1")
    build_views(built)
    assert built.execute("select survey from main.measurements").fetchall() == []
    assert built.execute("select survey from main.rejections").fetchall() == []


@pytest.mark.parametrize(
    ("matched", "said"),
    [
        (("galah", "lamost"), "; matched anew: galah, lamost.\n"),
        ((), "; matched anew: none, as no survey is new or changed.\n"),
    ],
)
def test_the_command_says_which_surveys_were_matched_anew(
    warehouse_path, monkeypatch, matched, said
):
    with open_warehouse(warehouse_path):
        pass
    result = BuildResult(1, 2, 3, 0.1, matched)
    monkeypatch.setattr(build_module, "build_views", lambda *_, **__: result)
    run = CliRunner().invoke(app, ["--warehouse", str(warehouse_path), "build"])
    assert run.output == f"Built 1 views, 2 stored tables and 3 macros in 0.1 s{said}"


def test_progress_is_told_of_every_object_in_turn(connection, repository):
    told: list[tuple[str, int, int]] = []
    made = build_views(connection, progress=lambda *said: told.append(said))
    names, places, totals = zip(*told, strict=True)
    assert places == tuple(range(1, len(told) + 1))
    assert set(totals) == {len(told)}
    assert {"main.stars", "matching.candidates", "staging.lamost"} <= set(names)
    assert made.views + made.tables <= len(told)


def test_a_warehouse_in_which_a_stored_table_was_a_view_is_told_to_build(
    warehouse_path,
):
    """As an earlier version leaves it."""
    with open_warehouse(warehouse_path) as connection:
        build_views(connection)
        connection.execute(
            "drop table main.rejections; create view main.rejections as select 1 as n"
        )
    line = ["--warehouse", str(warehouse_path)]
    refused = CliRunner().invoke(app, [*line, "query", "from main.rejections"])
    assert "Run 'stellarwh build'" in str(refused.exception)
    assert CliRunner().invoke(app, [*line, "build"]).exit_code == 0
    told = CliRunner().invoke(app, [*line, "query", "from main.rejections"])
    assert told.exit_code == 0


def test_columns_that_an_earlier_version_did_not_know_are_added(built):
    class Heard(Listener):
        notes: ClassVar[list[str]] = []

        def note(self, text):
            self.notes.append(text)

    built.execute("insert into raw.lamost (obsid, ra, dec) values (7, 10, 20)")
    built.execute("alter table raw.lamost drop column gaia_dr3_source_id")
    with listening(Heard()):
        build_views(built)
    rows = built.execute("select obsid, gaia_dr3_source_id from raw.lamost").fetchall()
    assert rows == [(7, None)]
    assert [note for note in Heard.notes if "earlier version" in note] == [
        "raw.lamost was ingested by an earlier version, which did not know "
        "gaia_dr3_source_id: NULL until it is ingested again."
    ]
