"""Tables of one survey stay through a build while what they are made of is the same."""

import pytest

from stellarwh.content import content_dir
from stellarwh.warehouse import build as build_module
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.raw_tables import create_raw_tables
from stellarwh.warehouse.sql_files import SqlFile, dependencies, read_sql_files

FILL = """
insert into raw.lamost by name
select
    i as obsid,
    'G' || i // 2 as uid,
    10 + i // 2 * 0.1 as ra,
    20.0 as "dec",
    healpix_nested(29, 10 + i // 2 * 0.1, 20.0) as healpix,
    40 + i % 2 as snrg,
    5000 + i as teff
from range(20) as numbers (i);
insert into raw.galah by name
select
    i as sobject_id,
    1000 + i as dr3_source_id,
    10 + i * 0.2 as ra_dr2,
    20.0 as dec_dr2,
    healpix_nested(29, 10 + i * 0.2, 20.0) as healpix,
    60.0 as snr_c3_iraf
from range(8) as numbers (i);
"""
# What is done, and whose tables are then made anew.
CHANGES = {
    "a value changed": (
        "update raw.lamost set teff = 4321 where obsid = 3", {"lamost"},
    ),
    "equal rows in place of others": (
        "update raw.lamost set teff = 1 where obsid in (3, 4)", {"lamost"},
    ),
    "two rows exchange a value": (
        "update raw.lamost set teff = 5003 + 5006 - teff where obsid in (3, 6)",
        {"lamost"},
    ),
    "rows removed": ("delete from raw.galah where sobject_id > 3", {"galah", "lamost"}),
    "rows removed that were nobody else's star": (
        "delete from raw.lamost where obsid in (2, 3)", {"lamost"},
    ),
    "a row added": (
        "insert into raw.galah by name select 99 as sobject_id, 2000 as dr3_source_id, "
        "80.0 as ra_dr2, 20.0 as dec_dr2, healpix_nested(29, 80.0, 20.0) as healpix",
        {"galah"},
    ),
    "nothing": ("select 1", set()),
}  # fmt: skip
# Columns that have no values here.
MARKED = {"galah": "programme", "lamost": "subclass"}


def contents(connection):
    shown = "select * from main.measurements order by survey, source_id"
    return connection.execute(shown).fetchall()


@pytest.fixture(scope="module", autouse=True)
def files():
    """Let builds make main.measurements and what it reads: it takes half the time."""
    every = read_sql_files(content_dir("sql"))
    reads = dependencies(every)
    wanted = {f.path for f in every if f.qualified_name == "main.measurements"}
    for file in reversed(every):
        if file.path in wanted:
            wanted |= reads[file.path]
    needed = [file for file in every if file.path in wanted]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(build_module, "read_sql_files", lambda _: needed)
        yield needed


@pytest.fixture(scope="module")
def filled(files, tmp_path_factory):

    path = tmp_path_factory.mktemp("kept") / "w.duckdb"
    with open_warehouse(path) as connection:
        create_raw_tables(connection)
        connection.execute(FILL)
        build_views(connection)
    return path


def test_only_what_changed_is_made_anew_and_the_rows_are_those_of_a_build_from_nothing(
    filled, files: list[SqlFile]
):
    """Marks put into the stored tables stay where they are kept, and only there."""

    with open_warehouse(filled) as connection:
        for change, (sql, anew) in CHANGES.items():
            connection.execute(sql)
            for survey, column in MARKED.items():
                connection.execute(
                    f"update main.measurements_{survey} set {column} = 'marked'"
                )
            build_views(connection)
            for survey, column in MARKED.items():
                (marked,) = connection.execute(
                    f"select count(*) filter ({column} = 'marked') > 0 "
                    f"from main.measurements_{survey}"
                ).fetchone()
                assert marked == (survey not in anew), (change, survey)
                connection.execute(
                    f"update main.measurements_{survey} set {column} = null"
                )
            found = contents(connection)
            for file in files:
                if file.survey is not None:
                    connection.execute(file.sql)
            assert contents(connection) == found, change
        build_views(connection, anew=True)
        assert contents(connection) == found


def test_a_table_that_is_gone_and_one_of_another_sql_are_made_anew(filled, monkeypatch):

    with open_warehouse(filled) as connection:
        build_views(connection)
        before = contents(connection)
        connection.execute("drop table main.measurements_lamost")
        build_views(connection)
        assert contents(connection) == before
        connection.execute("update main.measurements_lamost set subclass = 'marked'")
        monkeypatch.setattr(
            "stellarwh.warehouse.kept.fingerprint_of", lambda *_: "other SQL"
        )
        build_views(connection)
        assert contents(connection) == before
