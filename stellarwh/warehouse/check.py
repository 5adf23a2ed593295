"""Data tests: declared keys and the assertions under ``sql/checks``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import SqlError, WarehouseError, nearest_name
from stellarwh.runtime.progress import UNTOLD, Progress
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.assertions import (
    Assertion,
    count_breaking_rows,
    read_assertions,
)
from stellarwh.warehouse.bounded import in_bounded_memory
from stellarwh.warehouse.freshness import count_raw_rows, require_current_build
from stellarwh.warehouse.keys.declared import (
    doubled_keys,
    find_doubled_keys,
    require_view,
)
from stellarwh.warehouse.keys.proofs import proofs
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.spectra_facts import spectra_facts
from stellarwh.warehouse.sql_files import SqlFile, read_sql_files

# Of DuckDB's own; the process takes about half as much again.
_MEMORY_MIB = 700


@dataclass(frozen=True)
class CheckResult:
    """One data test: how many rows break the assertion."""

    name: str
    assertion: str
    severity: str  # 'fail' or 'warn'
    rows: int
    example: str  # the first offending row, as text
    sql: str = ""  # gives all of them

    @property
    def passed(self) -> bool:
        """True if no row breaks the assertion."""
        return self.rows == 0


def run_checks(
    connection: duckdb.DuckDBPyConnection, *, progress: Progress = UNTOLD
) -> list[CheckResult]:
    """Run every data test and return the results, failed ones first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    progress : Progress
        Hears which tests are run.

    Raises
    ------
    SqlError
        If a check cannot run, for example because the views were never built.
    WarehouseError
        If the last build is of other data than stand in the warehouse, or there are
        no rows that anything could be said of.
    """
    _require_rows(connection)
    keyed = keyed_files()
    assertions = read_assertions()
    progress.expect(len(keyed) + len(assertions))
    proved = proofs(connection, keyed, assertions)
    # Keys that follow from checks come after these.
    needed = frozenset[str]().union(*proved.values())
    first = [assertion for assertion in assertions if assertion.name in needed]
    others = [assertion for assertion in assertions if assertion.name not in needed]
    names = {assertion.name for assertion in first}
    place = next(
        (
            at
            for at, file in enumerate(keyed)
            if names & proved.get(file.qualified_name, frozenset())
        ),
        len(keyed),
    )
    unique: set[str] = set()
    results = key_results(connection, keyed[:place], progress, proved, unique)
    results += assertion_results(connection, first, progress)
    unique |= {result.name for result in results if result.passed}
    results += key_results(connection, keyed[place:], progress, proved, unique)
    results += assertion_results(connection, others, progress)
    return sorted(results, key=lambda r: (r.passed, r.severity != "fail", r.name))


def run_check(connection: duckdb.DuckDBPyConnection, name: str) -> CheckResult:
    """Run one data test.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    name : str
        As `run_checks` names it.

    Raises
    ------
    SqlError
        If it cannot run.
    WarehouseError
        If there is no test of that name, or nothing to test, as in `run_checks`.
    """
    keyed = {name_of_key(file): file for file in keyed_files()}
    assertions = {assertion.name: assertion for assertion in read_assertions()}
    if name not in keyed | assertions:
        names = [*assertions, *keyed]
        nearest = nearest_name(name, names)
        meant = (
            f"Did you mean '{nearest}'?"
            if nearest
            else "'stellarwh check --json' names them all."
        )
        raise WarehouseError(f"There is no check '{name}'. {meant}")
    _require_rows(connection)
    if name in keyed:
        return key_results(connection, [keyed[name]], UNTOLD, {}, set())[0]
    return assertion_results(connection, [assertions[name]], UNTOLD)[0]


def _require_rows(connection: duckdb.DuckDBPyConnection) -> None:
    require_current_build(connection)
    spectra = sum(fact.spectra for fact in spectra_facts(connection))
    if not spectra and not count_raw_rows(connection):
        for file in keyed_files():
            # An object that is missing, or not ours, is the more urgent news.
            require_view(connection, file)
        raise WarehouseError(
            "There is nothing to check: no row of a survey whose data the checks know "
            f"({', '.join(staged_surveys())}) is in this warehouse. Ingest one and run "
            "'stellarwh build', or name another warehouse with --warehouse."
        )


def check_facts(results: list[CheckResult]) -> dict[str, Any]:
    """Return results of data tests, of types that JSON has.

    Returns
    -------
    dict
        ``passed``, ``warned`` and ``failed``, how many; ``checks``, a list with one
        dict of each: ``name``, ``assertion``, ``severity`` (fail or warn), ``status``
        (passed, warned or failed), ``rows`` that break it, and the first of them as
        ``example``, None where there is none.
    """
    ends = {"fail": "failed", "warn": "warned"}
    checks = [
        {
            "name": r.name,
            "assertion": r.assertion,
            "severity": r.severity,
            "status": "passed" if r.passed else ends[r.severity],
            "rows": r.rows,
            "example": r.example or None,
        }
        for r in results
    ]
    counts = Counter(check["status"] for check in checks)
    numbers = {status: counts[status] for status in ("passed", "warned", "failed")}
    return {**numbers, "checks": checks}


def keyed_files() -> list[SqlFile]:
    """Return the views and stored tables, each of which declares a key."""
    files = read_sql_files(content_dir("sql"))
    return [file for file in files if file.kind in ("view", "table")]


def name_of_key(file: SqlFile) -> str:
    """Return what the test of a declared key is called."""
    return f"key_of_{file.schema}_{file.name}"


def text_of_key(file: SqlFile) -> str:
    """Return what the test of a declared key asserts."""
    return f"{file.qualified_name} has one row per {', '.join(file.key)}"


def key_results(
    connection: duckdb.DuckDBPyConnection,
    files: Iterable[SqlFile],
    progress: Progress,
    proved: Mapping[str, frozenset[str]],
    unique: set[str],
) -> list[CheckResult]:
    """Test keys, those that are proved only where what they rest on has failed.

    To `unique`, what has passed, each is added that does.
    """
    results = []
    for file in files:
        progress.stage(f"key of {file.qualified_name}")
        assertion = text_of_key(file)
        if proved.get(file.qualified_name, {""}) <= unique:
            require_view(connection, file)
            doubled, example = 0, ""
        else:
            doubled, one = in_bounded_memory(
                connection, _MEMORY_MIB, partial(find_doubled_keys, connection, file)
            )
            example = _shown(one)
        if not doubled:
            unique.add(file.qualified_name)
        sql = doubled_keys(file)
        results.append(
            CheckResult(name_of_key(file), assertion, "fail", doubled, example, sql)
        )
        progress.advance()
    return results


def assertion_results(
    connection: duckdb.DuckDBPyConnection,
    assertions: Iterable[Assertion],
    progress: Progress,
) -> list[CheckResult]:
    """Test assertions, those about one table in one scan of it."""
    results = []
    ordered = sorted(assertions, key=lambda a: (a.table or "", a.name))
    for table, same in groupby(ordered, key=lambda a: a.table):
        of_one_table = list(same)
        if table is not None:
            progress.stage(f"all rows of {table}")
            counts = in_bounded_memory(
                connection,
                _MEMORY_MIB,
                partial(count_breaking_rows, connection, of_one_table),
            )
            progress.advance(len(of_one_table))
        else:
            counts = []
            for assertion in of_one_table:
                progress.stage(assertion.name.replace("_", " "))
                count = partial(_count_rows, connection, assertion)
                counts.append(in_bounded_memory(connection, _MEMORY_MIB, count))
                progress.advance()
        results += [
            CheckResult(
                one.name,
                one.text,
                one.severity,
                rows,
                in_bounded_memory(
                    connection, _MEMORY_MIB, partial(_first_row, connection, one.sql)
                )
                if rows
                else "",
                one.sql,
            )
            for one, rows in zip(of_one_table, counts, strict=True)
        ]
    return results


def _count_rows(connection: duckdb.DuckDBPyConnection, assertion: Assertion) -> int:
    try:
        counted = connection.sql(assertion.sql).count("*").fetchall()
    except duckdb.Error as error:
        raise SqlError(f"{assertion.path}: {first_line(str(error))}") from None
    return int(counted[0][0])


def _first_row(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    relation = connection.sql(sql).limit(1)
    rows = relation.fetchall()
    return _shown(dict(zip(relation.columns, rows[0], strict=True)) if rows else {})


def _shown(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} = {value}" for column, value in row.items())
