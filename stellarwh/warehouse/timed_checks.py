"""Data tests within a budget of time: what was found, and what nobody looked at."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby

import duckdb

from stellarwh.errors import StellarwhError
from stellarwh.runtime.progress import UNTOLD
from stellarwh.warehouse.assertions import Assertion, read_assertions
from stellarwh.warehouse.check import (
    CheckResult,
    assertion_results,
    key_results,
    keyed_files,
    name_of_key,
    text_of_key,
)
from stellarwh.warehouse.freshness import count_raw_rows
from stellarwh.warehouse.keys.declared import doubled_keys
from stellarwh.warehouse.keys.proofs import proofs
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.sql_files import SqlFile
from stellarwh.warehouse.time_limit import OutOfTimeError, stopped_at

_OUT_OF_TIME = "not run: the time for checks was over before"


@dataclass(frozen=True)
class Tried:
    """One data test, as far as it came.

    Parameters
    ----------
    name, assertion, severity, sql : str
        As in `CheckResult`.
    rows : int or None
        How many rows break it; None where it was not run to its end.
    why_not : str
        Why it was not.
    is_proved : bool
        Whether it holds because others do, so that no row was counted.
    counted_at : datetime or None
        The build that counted it, where it was not counted anew.
    columns : tuple of str
        Of the first rows that break it.
    first : tuple of tuple of str
        Those rows, as text.
    """

    name: str
    assertion: str
    severity: str
    sql: str
    rows: int | None
    why_not: str = ""
    is_proved: bool = False
    counted_at: datetime | None = None
    columns: tuple[str, ...] = ()
    first: tuple[tuple[str, ...], ...] = ()

    @property
    def state(self) -> str:
        """One of ``passed``, ``warned``, ``failed`` and ``not run``."""
        if self.rows is None:
            return "not run"
        if not self.rows:
            return "passed"
        return "failed" if self.severity == "fail" else "warned"


def try_checks(
    connection: duckdb.DuckDBPyConnection,
    seconds: float,
    *,
    shown: int = 5,
    clock: Callable[[], float] = time.process_time,
) -> list[Tried]:
    """Run data tests until their time is over; those that failed come first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    seconds : float
        Of processor time, so that a busy machine finds the same; a test that is
        running when they are over is stopped.
    shown : int
        How many of the rows that break a test are wanted.
    clock : callable
        Tells the time that is measured.

    Returns
    -------
    list of Tried
        All tests that there are.
    """
    deadline = clock() + seconds
    files, assertions = keyed_files(), read_assertions()
    if not count_raw_rows(connection):
        why = "not run: no survey whose data it knows has rows here"
        found = [_not_run(one, why) for one in _plain(assertions)]
        return found + [_not_run(_as_result(f), why) for f in files]
    found = []
    unique: set[str] = set()
    ordered = sorted(assertions, key=lambda a: (a.table or "", a.name))
    for table, same in groupby(ordered, key=lambda a: a.table):
        together = list(same)
        # Those that read one table together do so in one scan.
        for group in [together] if table else [[one] for one in together]:
            found += _run(
                connection,
                _plain(group),
                partial(assertion_results, connection, group, UNTOLD),
                deadline,
                clock,
            )
    unique |= {one.name for one in found if one.state == "passed"}
    proved = proofs(connection, files, assertions) if seconds > 0 else {}
    built_at = _built_at(connection)
    for file in files:
        is_proved = proved.get(file.qualified_name, frozenset({""})) <= unique
        (one,) = _run(
            connection,
            [_as_result(file)],
            partial(key_results, connection, [file], UNTOLD, proved, unique),
            deadline,
            clock,
            is_proved=is_proved,
        )
        if one.why_not == _OUT_OF_TIME and is_proved:
            one = replace(one, rows=0, why_not="", is_proved=True)
        elif one.why_not == _OUT_OF_TIME and file.kind == "table" and built_at:
            # A build that finds a value twice in such a table is undone.
            one = replace(one, rows=0, why_not="", counted_at=built_at)
        if one.rows == 0:
            unique.add(file.qualified_name)
        found.append(one)
    return sorted(
        (_with_rows(connection, one, shown, deadline, clock) for one in found),
        key=lambda r: (not r.rows, r.severity != "fail", r.rows == 0, r.name),
    )


def _built_at(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    try:
        rows = connection.execute("select max(built_at) from meta.builds").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def _plain(assertions: Sequence[Assertion]) -> list[CheckResult]:
    return [CheckResult(a.name, a.text, a.severity, 0, "", a.sql) for a in assertions]


def _as_result(file: SqlFile) -> CheckResult:
    return CheckResult(
        name_of_key(file), text_of_key(file), "fail", 0, "", doubled_keys(file)
    )


def _not_run(one: CheckResult, why: str) -> Tried:
    return Tried(one.name, one.assertion, one.severity, one.sql, None, why)


def _run(
    connection: duckdb.DuckDBPyConnection,
    tests: Sequence[CheckResult],
    work: Callable[[], list[CheckResult]],
    deadline: float,
    clock: Callable[[], float],
    *,
    is_proved: bool = False,
) -> list[Tried]:
    try:
        with stopped_at(connection, deadline, clock):
            results = work()
    except OutOfTimeError:
        return [_not_run(one, _OUT_OF_TIME) for one in tests]
    except StellarwhError as error:
        return [_not_run(one, f"cannot be run: {error}") for one in tests]
    except duckdb.Error as error:
        why = f"cannot be run: {first_line(str(error))}"
        return [_not_run(one, why) for one in tests]
    return [
        Tried(r.name, r.assertion, r.severity, r.sql, r.rows, is_proved=is_proved)
        for r in results
    ]


def _with_rows(
    connection: duckdb.DuckDBPyConnection,
    one: Tried,
    shown: int,
    deadline: float,
    clock: Callable[[], float],
) -> Tried:
    """Return a test with the first rows that break it, if there is time for them."""
    if not one.rows:
        return one
    try:
        with stopped_at(connection, deadline, clock):
            relation = connection.sql(one.sql).limit(shown)
            rows = relation.fetchall()
    except (OutOfTimeError, duckdb.Error):
        return one
    cells = tuple(tuple("NULL" if v is None else str(v) for v in row) for row in rows)
    return replace(one, columns=tuple(relation.columns), first=cells)
