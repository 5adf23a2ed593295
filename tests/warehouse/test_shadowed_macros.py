"""Macros of ours stand before the warehouse's: those that a query can come to."""

import shutil

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.sql_files import dependencies, read_sql_files

_PLACED = (
    "select distinct function_name from duckdb_functions() "
    "where database_name = 'temp' and not internal"
)
# What a stranger wrote: a wrong macro, and ways to it by names of their own.
_THEIRS = """
create or replace macro angular_separation(a, b, c, d) as 1e9;
create view main.degree as select angular_separation(0, 0, 1, 0) as s;
create view main."of ""theirs" as from main.degree;
create schema mine;
create macro mine.degree_of(x) as x * angular_separation(0, 0, 1, 0);
create macro degrees_read() as (select s from main.degree);
create macro pieced(a, b) as table from query_table(a || b);
"""


@pytest.fixture(scope="module")
def theirs(built_path, tmp_path_factory):
    path = tmp_path_factory.mktemp("shadowed") / "theirs.duckdb"
    shutil.copy(built_path, path)
    with duckdb.connect(str(path)) as connection:  # noqa: TID251 - the stranger's
        connection.execute(_THEIRS)
    return path


def _placed(path, runs):
    with open_warehouse(path, read_only=True, runs=runs) as connection:
        return {name for (name,) in connection.execute(_PLACED).fetchall()}


@pytest.mark.parametrize(
    "sql",
    [
        "select angular_separation(0, 0, 1, 0)",
        'select "Angular_Separation"(0, 0, 1, 0)',
        "select s from DEGREE",
        'select s from main."of ""theirs"',
        "select mine.degree_of(1)",
        "select degrees_read()",
        "select s from pieced('main.deg', 'ree')",
        "select s from query_table('main.deg' || 'ree')",
        "select s from query('select angular_' || 'separation(0, 0, 1, 0) as s')",
    ],
)
def test_a_query_comes_to_ours_by_whatever_way(theirs, sql):
    with open_warehouse(theirs, read_only=True, runs=sql) as connection:
        ((found,),) = connection.execute(sql).fetchall()
    # One degree along the equator is 3600 arcsec.
    assert found == pytest.approx(3600)


def test_every_view_finds_all_that_it_calls_in_place(theirs):
    files = read_sql_files(content_dir("sql"))
    graph = dependencies(files)
    by_path = {file.path: file for file in files}
    for file in files:
        if file.kind != "view":
            continue
        reached, waiting = set(), [file.path]
        while waiting:
            new = graph[waiting.pop()] - reached
            reached |= new
            # What is stored is read, not computed.
            waiting += [path for path in new if by_path[path].kind != "table"]
        macros = {
            name.removeprefix("main.")
            for path in reached
            if by_path[path].kind == "macro"
            for name in by_path[path].defines
        }
        macros -= {"ingested_positions"}  # a fact of the warehouse, not a text of ours
        assert macros <= _placed(theirs, f"from {file.qualified_name}"), file.path


def test_what_calls_none_waits_for_none(theirs):
    assert _placed(theirs, "select 1") == set()
    assert _placed(theirs, "select survey, rows from meta.ingests") == set()
    assert _placed(theirs, "select flag_word(3)") == {"has_bit", "flag_word"}
    assert "healpix_nested" in _placed(theirs, None)
