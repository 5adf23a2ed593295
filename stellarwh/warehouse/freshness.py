"""Whether what a build stored is still of the files that are in the warehouse.

One rule for every command: what is stored of catalogues that were read anew since is
refused, in one line that says so. Raw tables, and views of nothing else, never are.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import WarehouseError
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.declared import VIEW, missing_columns, read_declared
from stellarwh.warehouse.raw_tables import RAW_TABLES_OF_OURS
from stellarwh.warehouse.sql_files import read_sql_files
from stellarwh.warehouse.tables import TableName, find_table, parts_of

# What of meta.ingests a build, a run and its predictions remember of each file.
SOURCE_COLUMNS = (
    "survey", "file", "sha256", "release", "is_simulated", "ingest_id",
)  # fmt: skip
_SCANNED = re.compile(r'"Table":\s*("(?:[^"\\]|\\.)*")')

Source = dict[str, Any]


def require_current_build(
    connection: duckdb.DuckDBPyConnection, sql: str | None = None
) -> None:
    """Refuse what would show rows of a file that is no longer the warehouse's.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sql : str, optional
        What is going to be read; without it, all that a build makes.

    Raises
    ------
    WarehouseError
        If catalogues were read anew, added or removed since the last build, and the
        SQL reads a table that the build stored.
    """
    stale = stale_surveys(connection)
    if not stale:
        return
    if sql is not None:
        read = tables_read(connection, sql)
        # Where a declared column or its table is gone, nothing that needs it is told.
        is_told = read or not _is_broken(connection, VIEW)
        if is_told and not stored_tables() & read:
            return
    raise WarehouseError(
        f"The last build is of other data: {'; '.join(stale)}. Run 'stellarwh build' "
        "first: what it stored (stars, matches) is of the rows that stood there then."
    )


def _is_broken(connection: duckdb.DuckDBPyConnection, view: str) -> bool:
    """Return whether a view stands that cannot be read."""
    try:
        connection.execute(f"explain from {quote_table(view)}")
    except duckdb.Error:
        schema, name = view.split(".")
        return bool(
            connection.execute(
                "select 1 from duckdb_views() where schema_name = ? and view_name = ?",
                [schema, name],
            ).fetchall()
        )
    return False


def require_current_table(
    connection: duckdb.DuckDBPyConnection, table: TableName
) -> None:
    """Refuse a table or view as `require_current_build` does."""
    require_current_build(connection, f"from {table.quoted}")


def stale_surveys(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return in words what has happened to surveys since the last build.

    Nothing where nothing was ever built: there is no stale row then.
    """
    try:
        last = connection.execute(
            "select raw_rows, list_transform(sources, lambda s: (s.survey, "
            "s.ingest_id)) from meta.builds order by built_at desc limit 1"
        ).fetchone()
        if last is None:
            return []
        if last[0] is None or last[1] is None:
            return ["an earlier version of stellarwh made it"]
        rows_then: dict[str, int] = last[0]
        read_then = _by_survey(last[1])
        rows_now = count_raw_rows(connection)
        read_now = _by_survey(
            connection.execute("select survey, ingest_id from meta.ingests").fetchall()
        )
    except (duckdb.BinderException, duckdb.CatalogException):
        return ["an earlier version of stellarwh made it"]
    found = []
    declared = read_declared(connection)
    for survey in sorted(rows_then.keys() | rows_now.keys()):
        before, now = rows_then.get(survey, 0), rows_now.get(survey, 0)
        if before == now == 0:
            continue
        lacking = (
            missing_columns(connection, declared[survey]) if survey in declared else []
        )
        if now == 0:
            is_raw_only = survey not in (*staged_surveys(), *declared)
            found.append(
                f"raw.{survey} was read anew after it, with no column declared"
                if is_raw_only and survey in read_now
                else f"the {before:,} rows of raw.{survey} are gone"
            )
        elif lacking:
            found.append(f"raw.{survey} has no column {', '.join(lacking)} any more")
        elif before == 0:
            found.append(f"raw.{survey} is new")
        elif read_then.get(survey, set()) < read_now.get(survey, set()):
            found.append(f"files were appended to raw.{survey} after it")
        elif read_then.get(survey) != read_now.get(survey):
            found.append(f"raw.{survey} was read anew after it")
        elif before != now:
            found.append(f"raw.{survey} has {now:,} rows, not {before:,}")
    return found


def _by_survey(rows: list[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for survey, ingest in rows:
        found.setdefault(survey, set()).add(ingest)
    return found


def count_raw_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the rows of the raw table of each staged survey that has any.

    So does a catalogue of the user's own whose columns were declared.
    """
    standing = {
        row[0]
        for row in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' "
            "and database_name = current_database()"
        ).fetchall()
    }
    surveys = [
        survey
        for survey in (*staged_surveys(), *read_declared(connection))
        if survey in standing
    ]
    if not surveys:
        return {}
    counts = ", ".join(
        f"(select count(*) from raw.{quote_identifier(survey)})"  # noqa: S608 - quoted identifier
        for survey in surveys
    )
    ((*rows,),) = connection.execute(f"select {counts}").fetchall()
    return {
        survey: int(count) for survey, count in zip(surveys, rows, strict=True) if count
    }


def built_of(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a digest of what the last build was made of: two of the same are alike."""
    rows = connection.execute(
        "select version, raw_rows, sources, fingerprint from meta.builds "
        "order by built_at desc limit 1"
    ).fetchall()
    text = json.dumps(rows, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def read_sources(
    connection: duckdb.DuckDBPyConnection, surveys: Collection[str]
) -> list[Source]:
    """Return the files that the raw tables of some surveys were read from.

    Each is a dict of `SOURCE_COLUMNS`, as the tables of ``meta`` and ``ml`` keep it.
    """
    rows = connection.execute(
        f"select {', '.join(SOURCE_COLUMNS)} from meta.ingests "  # noqa: S608 - constant names
        "where list_contains(?::varchar[], survey) order by survey, ingest_id",
        [list(surveys)],
    ).fetchall()
    return [dict(zip(SOURCE_COLUMNS, row, strict=True)) for row in rows]


def sources_of(
    connection: duckdb.DuckDBPyConnection, sql: str | Collection[str]
) -> list[Source]:
    """Return the files that what SQL reads was made of, one dict of each.

    A stored table is made of all that its build was, and what was learned of all that
    its runs learned from. A table that no ingest wrote is its own source, as
    ``schema.table``, of which nothing else is known.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sql : str or collection of str
        SQL; or the tables that it reads, as `tables_read` returns them.
    """
    tables = tables_read(connection, sql) if isinstance(sql, str) else set(sql)
    surveys = {t.removeprefix("raw.") for t in tables if t.startswith("raw.")}
    built = tables & stored_tables()
    last = connection.execute(
        "select raw_rows from meta.builds order by built_at desc limit 1"
    ).fetchone()
    if built and last and last[0]:
        surveys |= last[0].keys()
        tables -= built
    found = read_sources(connection, surveys)
    if any(table.startswith("ml.") for table in tables):
        rows = connection.execute(
            "select unnest(sources, max_depth := 2) from ml.runs "
            "where run_id in (select run_id from ml.predictions)"
        ).fetchall()
        found += [dict(zip(SOURCE_COLUMNS, row, strict=True)) for row in rows]
    ingested = {f"raw.{source['survey']}" for source in found}
    unknown = [
        table
        for table in tables - ingested
        if not table.startswith(("ml.", "meta.")) and _has_rows(connection, table)
    ]
    nothing = dict.fromkeys(SOURCE_COLUMNS)
    found += [
        nothing | {"survey": table} | _told_of_spectra(connection, table)
        for table in unknown
    ]
    unique = {tuple(source.values()): source for source in found}
    return sorted(unique.values(), key=lambda s: (s["survey"], s["ingest_id"] or 0))


def _told_of_spectra(connection: duckdb.DuckDBPyConnection, table: str) -> Source:
    """Say of the tables of spectra whether any of these is simulated.

    Of the spectra themselves also when the last one came in (``ingest_id``, in
    microseconds), and a sum over all until then: `main.run_provenance` tells by it
    whether they are held still.
    """
    if table.removeprefix("raw.") not in RAW_TABLES_OF_OURS:
        return {}
    try:
        ((is_simulated, last_at, total),) = connection.execute(
            "select bool_or(is_simulated), epoch_us(max(ingested_at)), "
            "spectra_total(sha256, spectrum_number) "
            "from raw.spectra where refusal is null"
        ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return {}  # somebody's catalogue of that name, or built by an earlier version
    told: Source = {"is_simulated": is_simulated}
    if table == "raw.spectra":
        told |= {"ingest_id": last_at, "sha256": total}
    return told


def any_simulated(sources: Collection[Source]) -> bool | None:
    """Say whether any file is simulated; None where that is not known of all."""
    told = {source["is_simulated"] for source in sources}
    return True if True in told else None if None in told or not told else False


def _has_rows(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    rows = connection.execute(
        f"select 1 from {quote_table(table)} limit 1"  # noqa: S608 - quoted identifiers
    ).fetchall()
    return bool(rows)


def tables_shown(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Return the tables that are read for a table or view as a user names it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        Its name; or a SELECT.
    """
    try:
        sql = f"from {find_table(connection, table).quoted}"
    except WarehouseError:
        sql = table
    return tables_read(connection, sql)


def stale_runs(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return a sentence where a table or view shows what stale runs learned.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        As a user names it; or a SELECT.
    """
    read = tables_shown(connection, table)
    if not any(name.startswith("ml.") for name in read):
        return []
    try:
        rows = connection.execute(
            "select run_id, list_aggregate(replaced_surveys, 'string_agg', ', ') "
            "from main.run_provenance where is_stale order by run_id"
        ).fetchall()
    except duckdb.CatalogException:  # never built: no run can have predicted
        return []
    if not rows:
        return []
    runs = "; ".join(f"{run_id} ({surveys})" for run_id, surveys in rows)
    return [
        "What these runs say is of data that the warehouse no longer holds: "
        f"{runs}. Train and predict again."
    ]


def stored_tables() -> set[str]:
    """Return the qualified names of the tables that a build stores."""
    files = read_sql_files(content_dir("sql"))
    return {file.qualified_name for file in files if file.kind == "table"}


def tables_read(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[Any] | Mapping[str, Any] | None = None,
) -> set[str]:
    """Return the stored tables that SQL reads, through whatever views and macros.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sql : str
        Statements; those that DuckDB does not explain read nothing.
    parameters : sequence or mapping, optional
        Values for the ``?`` or ``$name`` in them.

    Returns
    -------
    set of str
        Names as ``schema.table``, of the warehouse itself.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error:
        return set()
    (database,) = connection.execute("select current_database()").fetchall()[0]
    # The plan as it is before DuckDB leaves out what it knows without looking.
    connection.execute("set explain_output = 'all'")
    found: set[str] = set()
    try:
        for statement in statements:
            try:
                plans = connection.execute(
                    f"explain (format json) {statement.query}", parameters
                ).fetchall()
            except duckdb.Error:
                continue
            for text in {name for _, plan in plans for name in _SCANNED.findall(plan)}:
                first, *rest = parts_of(json.loads(text))
                if first == database:
                    found.add(".".join(rest))
    finally:
        connection.execute("reset explain_output")
    return found
