"""Warehouses from somebody else: no command reads what their SQL asks for."""

import ast
import re
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from stellarwh.cli import main
from stellarwh.errors import WarehouseError
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse

SECRET = "top-secret-5772"


@pytest.fixture
def spoil(built_path, tmp_path):
    """Return a function that runs anybody's SQL on a copy of a built warehouse."""
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "mine.csv").write_text("id,ra,dec\n1,10,20\n2,11,21\n")

    def run_sql(sql: str) -> Path:
        path = Path(shutil.copy(built_path, tmp_path / "theirs.duckdb"))
        with duckdb.connect(str(path)) as connection:  # noqa: TID251 - the stranger's
            connection.execute(sql.replace("SECRET", str(tmp_path / "secret.txt")))
        return path

    return run_sql


@pytest.fixture
def command(monkeypatch, capfd, tmp_path):
    def run_command(path: Path, *arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        line = ["stellarwh", "--warehouse", str(path), *arguments]
        monkeypatch.setattr(sys, "argv", line)
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return run_command


READS = {
    "status": (
        "drop table meta.ingests; create view meta.ingests as "
        "select content as survey, * from read_text('SECRET')",
        ("status",),
    ),
    "report": (
        "drop table meta.ingests; create view meta.ingests as "
        "select content as survey, * from read_text('SECRET')",
        ("report", "--out", "pages"),
    ),
    "export": (
        "create view main.mine as select content from read_text('SECRET')",
        ("export", "main.mine", "out.csv"),
    ),
    "export of a stored table": (
        "drop table main.stars cascade; create view main.stars as "
        "select content from read_text('SECRET')",
        ("export", "main.stars", "out.csv"),
    ),
    "query": (
        "create view main.mine as select content from read_text('SECRET')",
        ("query", "from main.mine"),
    ),
    "query by a macro": (
        "create macro mine(f) as table select content from read_text(f)",
        ("query", "from mine('SECRET')"),
    ),
    "match": (
        "create view main.mine as select content as id, 1.0 as ra, 2.0 as dec, "
        "2000.0 as epoch from read_text('SECRET')",
        ("match", "main.mine", "main.mine", "--out", "out.csv"),
    ),
    "train": (
        "create view features.mine as select 1 as star_id, 2 as healpix_group, "
        "size as x, content as label_y from read_text('SECRET')",
        ("train", "mine"),
    ),
    "predict": (
        "create or replace view features.mine as select 1 as star_id, "
        "2 as healpix_group, size as x, content as label_y from read_text('SECRET')",
        ("predict", "mine"),
    ),
    "check": (
        "create or replace view main.parameters as "
        "select 1 as star_id, content as teff from read_text('SECRET')",
        ("check",),
    ),
    "ingest": (
        "create view raw.mine as select content, 1 as ra, 2 as dec "
        "from read_text('SECRET')",
        ("ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec"),
    ),
    "ingest of a survey": (
        "drop table raw.apogee cascade; create view raw.apogee as "
        "select * from read_text('SECRET')",
        ("ingest", "apogee", "mine.csv"),
    ),
    "ingest beside a table that is a view": (
        "drop table meta.columns; create view meta.columns as "
        "select content as table_name, * from read_text('SECRET')",
        ("ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec"),
    ),
    "match by positions that were told": (
        "create table raw.mine as select 1 as id, 2.0 as ra, 3.0 as dec; "
        "create or replace macro ingested_positions() as "
        "(select [['raw.mine', content, 'dec']] from read_text('SECRET'))",
        ("query", "from crossmatch('raw.mine', 'raw.mine', 1.0)"),
    ),
    "build": (
        "drop table raw.apogee cascade; create view raw.apogee as "
        "select * from read_text('SECRET')",
        ("build",),
    ),
}


@pytest.mark.parametrize("case", READS)
def test_a_view_that_reads_a_file_is_refused_in_one_line(
    spoil, command, tmp_path, case
):
    sql, arguments = READS[case]
    path = spoil(sql)
    arguments = tuple(
        a.replace("SECRET", str(tmp_path / "secret.txt")) for a in arguments
    )
    status, said = command(path, *arguments)
    assert status == 1
    first, *excerpt = said.removesuffix("\n").split("\n")
    assert first.startswith("Error: ")
    assert not excerpt or (case.startswith("query") and excerpt[0].startswith("LINE 1"))
    for written in tmp_path.rglob("*"):
        if written.is_file() and written.name not in ("secret.txt", path.name):
            assert SECRET not in written.read_text(errors="replace")
    assert SECRET not in said


@pytest.mark.parametrize(
    "line",
    [
        ("status",),
        ("check",),
        ("build",),
        ("ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec"),
        ("query", "select abs(-1)"),
        ("report",),
        ("train",),
        ("predict",),
        ("export", "main.stars", "out.csv"),
        ("match", "main.stars", "main.stars"),
    ],
)
def test_a_macro_in_place_of_a_function_of_duckdb_is_refused(spoil, command, line):
    status, said = command(spoil("create macro abs(x) as 42"), *line)
    assert status == 1
    assert "macro 'abs'" in said
    assert said.count("\n") == 1


def test_macros_of_ours_come_from_the_program(spoil):
    path = spoil(
        "create or replace macro angular_separation(a, b, c, d) as 1e9;"
        "create or replace macro crossmatch(a, b, radius, mode := 'none') as table "
        "select 1 as left_id"
    )
    for read_only in (True, False):
        with open_warehouse(path, read_only=read_only) as connection:
            # One degree along the equator is 3600 arcsec.
            (found,) = connection.execute(
                "select angular_separation(0, 0, 1, 0)"
            ).fetchall()
            assert found[0] == pytest.approx(3600)
            described = connection.execute(
                "describe from crossmatch('main.stars', 'main.stars', 1.0, "
                "left_id := 'star_id', right_id := 'star_id')"
            ).fetchall()
            assert "separation" in [row[0] for row in described]


def test_a_warehouse_of_a_version_with_other_macros_opens(spoil, command):
    """Ours call each other, and nothing of theirs; what was told is told again."""
    path = spoil("select 1")
    command(path, "ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec")
    with duckdb.connect(str(path)) as connection:  # noqa: TID251 - by hand
        told = connection.execute("select ingested_positions()").fetchall()
        assert told == [([["raw.mine", "ra", "dec"]],)]
        for name, kind in connection.execute(
            "select distinct function_name, function_type from duckdb_functions() "
            "where schema_name = 'main' and not internal and "
            "function_type like '%macro'"
        ).fetchall():
            table = "table " if kind == "table_macro" else ""
            connection.execute(f"drop macro {table}{name}")
    with open_warehouse(path, read_only=True) as connection:
        connection.execute(
            "create temp table here as select 1 as id, 2.0 as ra, 3 as dec"
        )
        found = connection.execute("from crossmatch('here', 'here', 1)").fetchall()
        assert connection.execute("select ingested_positions()").fetchall() == told
    assert found == [(1, 1, 0.0, None, None)]
    with open_warehouse(path) as connection:
        assert connection.execute("select ingested_positions()").fetchall() == told
        build_views(connection)


def test_what_a_warehouse_was_told_of_positions_is_not_hidden_by_our_macros(spoil):
    path = spoil(
        "create or replace macro ingested_positions() as "
        "[['raw.mine', 'RA1', 'DE1']]::varchar[][]"
    )
    with open_warehouse(path, read_only=True) as connection:
        found = connection.execute("select ingested_positions()").fetchall()
    assert found == [([["raw.mine", "RA1", "DE1"]],)]


def test_settings_are_locked_and_files_named_are_reached(built_path, tmp_path):
    allowed, other = tmp_path / "allowed.csv", tmp_path / "other.csv"
    with open_warehouse(built_path, read_only=True, files=[allowed]) as connection:
        connection.execute(f"copy (select 1 as x) to '{allowed}'")
        for sql in (
            f"copy (select 1 as x) to '{other}'",
            f"from read_csv('{built_path}')",
            "set enable_external_access = true",
            "set lock_configuration = false",
            "load httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(sql)
    assert allowed.read_text() == "x\n1\n"
    assert not other.exists()


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.json", "empty.duckdb"])
@pytest.mark.parametrize("read_only", [True, False])
def test_another_file_is_no_warehouse(tmp_path, name, read_only):
    path = tmp_path / name
    content = b"" if name.startswith("empty") else b"a,b\n1,2\n" * 10
    path.write_bytes(content)
    with (
        pytest.raises(WarehouseError, match="is not a DuckDB file"),
        open_warehouse(path, read_only=read_only),
    ):
        pass
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "said"), [(":memory:", "is a file"), ("raw.duckdb", "cannot be called")]
)
def test_names_that_hold_nothing_are_refused(tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WarehouseError, match=said), open_warehouse(Path(name)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "line", [("build",), ("check",), ("train",), ("predict",), ("status",)]
)
def test_a_mistyped_path_makes_no_warehouse(command, tmp_path, line):
    status, said = command(tmp_path / "stelar.duckdb", *line)
    assert status == 1
    assert "There is no warehouse at" in said
    assert not (tmp_path / "stelar.duckdb").exists()


def test_what_is_ingested_does_not_pass_through_their_macros_and_views(spoil, command):
    path = spoil(
        "create view features.mine as "
        "select content as star_id from read_text('SECRET');"
        "create view main.mine as select content from read_text('SECRET');"
        "create or replace macro healpix_nested(o, ra, d) as 7;"
        "create or replace macro null_if_missing(x) as 42"
    )
    status, said = command(
        path, "ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec"
    )
    assert status == 0, said
    with open_warehouse(path, read_only=True) as connection:
        found = connection.execute("select id, ra, healpix from raw.mine").fetchall()
    # astropy_healpix: HEALPix(2**29, "nested", ICRS).lonlat_to_healpix(10°, 20°)
    assert [row[:2] for row in found] == [(1, 10.0), (2, 11.0)]
    assert all(row[2] > 7 for row in found)


# What DuckDB lets a stranger hang on a table; none of it may read a file, and what it
# refuses, an ingest does in one line.
HINDRANCES = {
    "generated column": "create or replace table meta.null_audit (survey varchar, "
    "column_name varchar, rule varchar, n bigint as (length(rule)), layer varchar)",
    "check": "create or replace table meta.columns (schema_name varchar, "
    "table_name varchar, column_name varchar, source_name varchar, unit varchar, "
    "ucd varchar, description varchar, vounit varchar, "
    "check (length(table_name) > 99))",
    "type": "alter table meta.ingests alter column rows type date using null",
    "missing column": "alter table meta.ingests drop column selection",
}


@pytest.mark.parametrize("hindrance", HINDRANCES)
def test_tables_that_take_no_rows_are_one_line(spoil, command, hindrance):
    path = spoil(HINDRANCES[hindrance])
    status, said = command(
        path, "ingest", "mine", "mine.csv", "--ra", "ra", "--dec", "dec"
    )
    assert (status, said.count("\n")) == (1, 1)
    assert said.startswith("Error: ")
    with open_warehouse(path, read_only=True, computes=False) as connection:
        assert connection.execute(
            "select count(*) from duckdb_tables() where table_name = 'mine'"
        ).fetchall() == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "alter table meta.ingests alter column file set default (SUBQUERY)",
        "create or replace table meta.ingests (file varchar, x varchar as (SUBQUERY))",
        "create or replace table meta.ingests (file varchar, check (file = SUBQUERY))",
        "create index one on meta.ingests ((SUBQUERY))",
    ],
)
def test_duckdb_lets_no_table_read_a_file(spoil, sql):
    with pytest.raises(duckdb.Error):
        spoil(sql.replace("SUBQUERY", "(select content from read_text('SECRET'))"))


def test_positions_that_were_told_are_names_of_columns_and_no_more(spoil, tmp_path):
    evil = "(select content from read_text(''SECRET''))"
    path = spoil(
        "create table raw.mine as select 1 as id, 2.0 as ra, 3.0 as dec, 50.0 as x; "
        "create or replace macro ingested_positions() as "
        f"[['raw.mine', '{evil}', 'dec']]::varchar[][]"
    )
    with (
        open_warehouse(path, read_only=True) as connection,
        pytest.raises(duckdb.Error) as raised,
    ):
        connection.execute("from crossmatch('raw.mine', 'raw.mine', 1.0)").fetchall()
    assert SECRET not in str(raised.value)
    # The most that a forger gains: another column is taken for the position.
    path = spoil(
        "create table raw.mine as select 1 as id, 2.0 as ra, 3.0 as dec, 50.0 as x; "
        "create or replace macro ingested_positions() as "
        "[['raw.mine', 'x', 'dec']]::varchar[][]"
    )
    with open_warehouse(path, read_only=True) as connection:
        found = connection.execute("from cone_search('raw.mine', 50, 3, 1)").fetchall()
    assert len(found) == 1


_SETTING = re.compile(r"^(?:set|reset|pragma) (\w*)")


def test_a_setting_that_is_changed_later_is_an_allowed_one(repository, built_path):
    with open_warehouse(built_path, read_only=True) as connection:
        ((allowed,),) = connection.execute(
            "select current_setting('allowed_configs')"
        ).fetchall()
    changed = set()
    for path in (repository / "stellarwh").rglob("*.py"):
        # Where the lock is made, and what is set before it.
        if path.name in ("database.py", "in_place.py"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and call.args) or (
                getattr(call.func, "attr", "") not in ("execute", "sql")
            ):
                continue
            sql = call.args[0]
            parts = sql.values if isinstance(sql, ast.JoinedStr) else [sql]
            text = "".join(
                str(part.value)
                if isinstance(part, ast.Constant)
                else str(constants.get(getattr(part.value, "id", ""), ""))
                if isinstance(part, ast.FormattedValue)
                else ""
                for part in parts[:2]
            )
            changed |= set(_SETTING.findall(text)) - {""}
    # DuckDB calls memory_limit by its other name.
    allowed_names = {
        "memory_limit" if a == "max_memory" else a.lower() for a in allowed
    } - {"schema"}  # which USE sets
    assert changed == allowed_names
