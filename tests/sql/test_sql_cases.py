"""Rows in, rows out: every file under ``tests/sql/<folder>/<object>`` is a case.

The folders are those of ``sql/``. A case is a TOML file:

``says``
    What it shows, as a sentence.
``tables``
    Rows put into the named tables; columns that are left out are NULL. A view that is
    named here is replaced by a table of its columns, so that a case can start from any
    layer. Stored tables that are not named are made anew from what is.
``query``
    The question; without it, the object ordered by its key, or the check by all.
``expect``
    The rows that must come out, with the columns that matter. The text ``NULL`` stands
    for NULL.
"""

import math
import tomllib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from stellarwh.content import content_dir
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.sql_files import SqlFile

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*/*.toml"))


def object_of(case: Path, files: list[SqlFile]) -> SqlFile | None:
    """Return the file that the case is about; None for a check."""
    folder, name = case.parent.parent.name, case.parent.name
    if folder == "checks":
        return None
    (file,) = [
        file
        for file in files
        if (file.path.parent.name, file.path.stem) == (folder, name)
    ]
    return file


def question_about(case: Path, file: SqlFile | None) -> str:
    if file is not None:
        return f"from {file.qualified_name} order by {quoted(file.key)}"
    check = content_dir("sql") / "checks" / f"{case.parent.name}.sql"
    sql = check.read_text(encoding="utf-8").rstrip().removesuffix(";")
    return f"from ({sql}) order by all"


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
def test_rows_in_rows_out(case, warehouse, sql_files, remake_tables):
    content = tomllib.loads(case.read_text(encoding="utf-8"))
    assert content["says"]
    tables = content.get("tables", {})
    for table, rows in tables.items():
        fill(warehouse, table, rows)
    if "staging.all_surveys" in tables:
        for survey in ("apogee", "galah", "lamost"):  # which are stored by themselves
            own = warehouse.execute(f"from staging.{survey} limit 0").description
            warehouse.execute(
                f"drop view staging.{survey}; create table staging.{survey} as "
                f"select {quoted(column[0] for column in own)} "
                f"from staging.all_surveys where survey = '{survey}'"
            )
    file = object_of(case, sql_files)
    if tables:
        remake_tables(given=tables, until=file)
    expected = content["expect"]
    relation = warehouse.execute(content.get("query") or question_about(case, file))
    if "query" in content:  # its columns are the expected ones, in their order
        columns = list(expected[0])
    else:
        columns = [column[0] for column in relation.description]
    found = [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]
    assert len(found) == len(expected), found
    for got, wanted in zip(found, expected, strict=True):
        wrong = {c: got[c] for c in wanted if not same(got[c], wanted[c])}
        assert not wrong, f"got {wrong}, expected {wanted}"


@pytest.fixture(scope="session")
def objects(sql_files):
    checks = (content_dir("sql") / "checks").glob("*.sql")
    return {("checks", path.stem) for path in checks} | {
        (file.path.parent.name, file.path.stem) for file in sql_files
    }


def test_every_object_and_check_has_a_case(objects):
    have = {(path.parent.parent.name, path.parent.name) for path in CASES}
    assert sorted(objects - have) == []


def test_every_case_is_about_something_that_exists(objects):
    have = {(path.parent.parent.name, path.parent.name) for path in CASES}
    assert sorted(have - objects) == []
