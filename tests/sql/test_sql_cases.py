"""Rows in, rows out: every file under ``tests/sql/<folder>/<object>`` is a case.

The folders are those of ``sql/``. A case is a TOML file:

``says``
    What it shows, as a sentence.
``tables``
    Rows put into the named tables; columns that are left out are NULL. A view that is
    named here is replaced by a table of its columns, so that a case can start from any
    layer. Stored tables that are not named are made anew from what is.
``query``
    The question; without it, the columns that ``expect`` names of the object, ordered
    by its key.
``expect``
    The rows that must come out. The text ``NULL`` stands for NULL.
"""

import math
import shutil
import tomllib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from stellarwh.build import build_views
from stellarwh.content import content_dir
from stellarwh.database import open_warehouse
from stellarwh.quoting import quote_identifier
from stellarwh.sqlfiles import SqlFile, read_sql_files

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*/*.toml"))


@pytest.fixture(scope="session")
def built_warehouse(tmp_path_factory):
    path = tmp_path_factory.mktemp("sql_cases") / "built.duckdb"
    with open_warehouse(path) as connection:
        build_views(connection)
    return path


@pytest.fixture(scope="session")
def sql_files():
    return read_sql_files(content_dir("sql"))


@pytest.fixture
def warehouse(built_warehouse, tmp_path):
    copy = shutil.copy(built_warehouse, tmp_path / "case.duckdb")
    with open_warehouse(Path(copy)) as connection:
        yield connection


def file_of(case: Path, files: list[SqlFile]) -> SqlFile:
    (found,) = [
        file
        for file in files
        if (file.path.parent.name, file.path.stem)
        == (case.parent.parent.name, case.parent.name)
    ]
    return found


def quoted(columns: Iterable[str]) -> str:
    return ", ".join(quote_identifier(column) for column in columns)


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    schema, name = table.split(".")
    (kind,) = connection.execute(
        "select table_type from information_schema.tables "
        "where table_schema = ? and table_name = ?",
        [schema, name],
    ).fetchone()
    if kind == "VIEW":
        connection.execute(f"create temp table columns_of as from {table} limit 0")
        connection.execute(f"drop view {table}")
        connection.execute(f"create table {table} as from columns_of")
        connection.execute("drop table columns_of")
    connection.execute(f"delete from {table}")
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(
            f"insert into {table} ({quoted(row)}) values ({marks})", list(row.values())
        )


def remake_tables(
    connection: duckdb.DuckDBPyConnection, files: list[SqlFile], given: set[str]
) -> None:
    for file in files:
        if file.kind == "table" and file.qualified_name not in given:
            connection.execute(file.sql)


def same(found: object, expected: object) -> bool:
    if expected == "NULL":
        return found is None
    if isinstance(expected, bool) or found is None:
        return found is expected
    if isinstance(expected, float):
        # raw values are 32-bit floats, so they carry seven digits
        return math.isclose(found, expected, rel_tol=2e-7, abs_tol=1e-9)
    return found == expected


@pytest.mark.parametrize(
    "case", CASES, ids=[str(path.relative_to(HERE).with_suffix("")) for path in CASES]
)
def test_rows_in_rows_out(case, warehouse, sql_files):
    content = tomllib.loads(case.read_text(encoding="utf-8"))
    assert content["says"]
    file = file_of(case, sql_files)
    tables = content.get("tables", {})
    for table, rows in tables.items():
        fill(warehouse, table, rows)
    remake_tables(warehouse, sql_files, set(tables))
    expected = content["expect"]
    columns = list(expected[0]) if expected else list(file.key)
    query = content.get("query") or (
        f"select {quoted(columns)} from {file.qualified_name} "
        f"order by {quoted(file.key)}"
    )
    found = warehouse.execute(query).fetchall()
    as_rows = [dict(zip(columns, row, strict=True)) for row in found]
    assert len(as_rows) == len(expected), as_rows
    for got, wanted in zip(as_rows, expected, strict=True):
        wrong = {c: got[c] for c in wanted if not same(got[c], wanted[c])}
        assert not wrong, f"got {wrong}, expected {wanted}"


def test_every_view_and_macro_has_a_case(sql_files):
    have = {(path.parent.parent.name, path.parent.name) for path in CASES}
    wanted = {(file.path.parent.name, file.path.stem) for file in sql_files}
    assert sorted(wanted - have) == []


def test_every_case_is_about_an_object_that_exists(sql_files):
    have = {(path.parent.parent.name, path.parent.name) for path in CASES}
    wanted = {(file.path.parent.name, file.path.stem) for file in sql_files}
    assert sorted(have - wanted) == []
