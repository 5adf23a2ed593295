"""Data tests: declared keys and the assertions under ``sql/checks``."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import duckdb

from stellarwh.build import count_doubled_keys
from stellarwh.content import content_dir
from stellarwh.database import first_line
from stellarwh.errors import SqlError, WarehouseError
from stellarwh.freshness import count_raw_rows, require_current_build
from stellarwh.sqlfiles import read_header, read_sql_files
from stellarwh.survey import staged_surveys


@dataclass(frozen=True)
class CheckResult:
    """One data test: how many rows break the assertion."""

    name: str
    assertion: str
    severity: str  # 'fail' or 'warn'
    rows: int
    example: str  # the first offending row, as text

    @property
    def passed(self) -> bool:
        """True if no row breaks the assertion."""
        return self.rows == 0


def run_checks(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    """Run every data test and return the results, failed ones first.

    Raises
    ------
    SqlError
        If a check cannot run, for example because the views were never built.
    WarehouseError
        If the last build is of other data than stand in the warehouse, or there are
        no rows that anything could be said of.
    """
    require_current_build(connection)
    results = [*_key_checks(connection), *_assertions(connection)]
    if not count_raw_rows(connection):
        raise WarehouseError(
            "There is nothing to check: no row of a survey whose data the checks know "
            f"({', '.join(staged_surveys())}) is in this warehouse. Ingest one and run "
            "'stellarwh build', or name another warehouse with --warehouse."
        )
    return sorted(results, key=lambda r: (r.passed, r.severity != "fail", r.name))


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


def _key_checks(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    results = []
    for file in read_sql_files(content_dir("sql")):
        if file.kind not in ("view", "table"):
            continue
        name = f"key_of_{file.schema}_{file.name}"
        assertion = f"{file.qualified_name} has one row per {', '.join(file.key)}"
        try:
            doubled = count_doubled_keys(connection, file)
        except duckdb.CatalogException:
            raise SqlError(
                f"{file.qualified_name} does not exist; run 'stellarwh build' first."
            ) from None
        results.append(CheckResult(name, assertion, "fail", doubled, ""))
    return results


def _assertions(connection: duckdb.DuckDBPyConnection) -> list[CheckResult]:
    results = []
    for path in sorted((content_dir("sql") / "checks").glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        assertion, fields = read_header(sql)
        try:
            relation = connection.sql(sql)
            rows = int(relation.count("*").fetchall()[0][0])
            example = ""
            if rows:
                first = relation.limit(1).fetchall()[0]
                example = ", ".join(
                    f"{column} = {value}"
                    for column, value in zip(relation.columns, first, strict=True)
                )
        except duckdb.Error as error:
            raise SqlError(f"{path}: {first_line(str(error))}") from None
        severity = fields.get("severity", "fail")
        results.append(CheckResult(path.stem, assertion, severity, rows, example))
    return results
