"""Rows in, rows out: every file under ``tests/sql/<folder>/<object>`` is a case.

The folders are those of ``sql/``. A case is a TOML file:

``says``
    What it shows, as a sentence.
``tables``
    Rows put into the named tables; columns that are left out are NULL. A view that is
    named here is replaced by a table of its columns, so that a case can start from any
    layer. Stored tables that read what is named are made anew.
``kept``
    Names of those stored tables among them whose rows are what the last build left:
    they are made all the same.
``query``
    The question; without it, the object ordered by its key, or the check by all.
``in_order``
    Whether the rows of a check must come out in the order that it gives.
``expect``
    The rows that must come out, with the columns that matter. The text ``NULL`` stands
    for NULL.

``errors``
    Queries that must fail, each with what the error says.

A survey's ``columns.csv`` is a case, too: see ``wide.py``.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from stellarwh.content import content_dir
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.sql_files import SqlFile, dependencies
from tests.sql.wide import wide_case

HERE = Path(__file__).parent
# Surveys whose rows are stored by themselves.
STORED = ("apogee", "galah", "lamost")


@dataclass(frozen=True)
class Case:
    """One file of rows in and rows out."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(HERE).with_suffix(""))

    @property
    def about(self) -> tuple[str, str]:
        """Folder and name of what it is about."""
        return self.path.parent.parent.name, self.path.parent.name

    @cached_property
    def content(self) -> dict[str, Any]:
        return tomllib.loads(self.path.read_text(encoding="utf-8"))

    @property
    def given(self) -> set[str]:
        """What a case puts there, in place of what ``sql/`` makes."""
        return set(self.tables) - set(self.content.get("kept", []))

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        return self.content.get("tables", {})


@dataclass(frozen=True)
class WideCase(Case):
    """The case of a survey's rows that `wide_case` makes of its columns.csv."""

    @cached_property
    def content(self) -> dict[str, Any]:
        return wide_case(self.path.parent.name)


CASES = [
    *(Case(path) for path in sorted(HERE.glob("*/*/*.toml"))),
    *(WideCase(path) for path in sorted(HERE.glob("staging/*/columns.csv"))),
]


class Sql:
    """What is under test: the objects in the order they are made, and the checks."""

    def __init__(self, files: list[SqlFile], checks: Mapping[str, str]) -> None:
        self.files = files
        self.checks = checks
        self._by_place = {(f.path.parent.name, f.path.stem): f for f in files}
        self._read = dependencies(files)
        self._by_path = {file.path: file for file in files}

    def file_of(self, case: Case) -> SqlFile | None:
        """Return the file that the case is about; None for a check."""
        return None if case.about[0] == "checks" else self._by_place[case.about]

    def question(self, case: Case) -> str:
        """Return what the case asks."""
        if "query" in case.content:
            return case.content["query"]
        file = self.file_of(case)
        if file is not None:
            return f"from {file.qualified_name} order by {quoted(file.key)}"
        sql = self.checks[case.about[1]].rstrip().removesuffix(";")
        return sql if case.content.get("in_order") else f"from ({sql}) order by all"

    def read_by(self, case: Case) -> set[Path]:
        """Return the files that a case runs: those between its rows and its answer."""
        given = case.given
        asked = "\n".join(
            [
                self.question(case),
                *(of["query"] for of in case.content.get("errors", [])),
            ]
        )
        own = self.file_of(case)
        to_do = [own] if own is not None else []
        to_do += [file for file in self.files if names(asked, file)]
        found: set[Path] = set()
        while to_do:
            file = to_do.pop()
            if file.path not in found and file.qualified_name not in given:
                found.add(file.path)
                to_do += [self._by_path[path] for path in self._read[file.path]]
        return found

    def to_make(self, case: Case) -> list[SqlFile]:
        """Return the stored tables between the rows of a case and its answer."""
        given = case.given
        if "staging.all_surveys" in given:
            given |= {f"staging.{survey}" for survey in STORED}
        tables = [re.compile(rf"{re.escape(table)}\b") for table in given]
        wanted = self.read_by(case)
        changed = {file.path for file in self.files if file.qualified_name in given}
        for file in self.files:
            if self._read[file.path] & changed or any(
                table.search(file.sql) for table in tables
            ):
                changed.add(file.path)
        return [
            file
            for file in self.files
            if file.kind == "table" and file.path in changed & wanted
        ]


def names(sql: str, file: SqlFile) -> bool:
    """Say whether SQL names what a file makes."""
    return any(
        re.search(
            rf"(?<![\w.]){name.partition('.')[2]}\s*\("
            if file.kind == "macro"
            else rf"{name}\b",
            sql.replace('"', ""),
            re.IGNORECASE,
        )
        for name in file.defines
    )


def read_checks() -> dict[str, str]:
    """Return the SQL of each check by its name."""
    folder = content_dir("sql") / "checks"
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*")}


def failure_of(
    connection: duckdb.DuckDBPyConnection, case: Case, sql: Sql
) -> str | None:
    """Run a case in a built warehouse, which it changes; say what came out wrong."""
    for table, rows in case.tables.items():
        fill(connection, table, rows)
    if "staging.all_surveys" in case.tables:
        for survey in STORED:
            own = connection.execute(f"from staging.{survey} limit 0").description
            connection.execute(
                f"drop view staging.{survey}; create table staging.{survey} as "
                f"select {quoted(column[0] for column in own)} "
                f"from staging.all_surveys where survey = '{survey}'"
            )
    for file in sql.to_make(case):
        connection.execute(file.sql)
    for wrong in case.content.get("errors", []):
        try:
            got = connection.execute(wrong["query"]).fetchall()
        except duckdb.Error as error:
            if wrong["says"] not in str(error):
                return f"{wrong['query']} says {error}"
        else:
            return f"{wrong['query']} gives {got}"
    expected = case.content["expect"]
    relation = connection.execute(sql.question(case))
    if "query" in case.content:  # its columns are the expected ones, in their order
        columns = list(expected[0])
    else:
        columns = [column[0] for column in relation.description]
    found = [dict(zip(columns, row, strict=True)) for row in relation.fetchall()]
    if len(found) != len(expected):
        return f"got {found}, expected {len(expected)} rows"
    for got, wanted in zip(found, expected, strict=True):
        wrong = {c: got[c] for c in wanted if not same(got[c], wanted[c])}
        if wrong:
            return f"got {wrong}, expected { {c: wanted[c] for c in wrong} }"
    return None


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
    alike: list[tuple[list[str], list[dict]]] = []  # rows of the same columns
    for row in rows:
        if not alike or alike[-1][0] != list(row):
            alike.append((list(row), []))
        alike[-1][1].append(row)
    for columns, several in alike:
        marks = ", ".join("?" for _ in columns)
        connection.execute(
            f"insert into {table} ({quoted(columns)}) values "
            + ", ".join(f"({marks})" for _ in several),
            [value for row in several for value in row.values()],
        )


def same(found: object, expected: object) -> bool:
    if expected == "NULL":
        return found is None
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, dict) and isinstance(found, dict):
        return list(found) == list(expected) and all(
            same(found[name], value) for name, value in expected.items()
        )
    if isinstance(expected, bool) or found is None:
        return found is expected
    if isinstance(expected, float):
        # raw values are 32-bit floats, so they carry seven digits
        return not isinstance(found, str | list | dict) and math.isclose(
            found, expected, rel_tol=2e-7, abs_tol=1e-9
        )
    return found == expected
