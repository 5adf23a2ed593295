"""Read-only SQL, its result as text."""

import csv
import io
import shutil
from collections.abc import Iterator

import duckdb

from stellarwh.errors import UsageError
from stellarwh.quoting import quote_text
from stellarwh.runtime.listening import note
from stellarwh.runtime.plain_text import printable
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.query.format import Format
from stellarwh.warehouse.query.json_values import (
    can_be_wide,
    is_wide,
    json_of,
    json_text,
)
from stellarwh.warehouse.query.result import ROWS, QueryResult, run_statement
from stellarwh.warehouse.query.statement import Statement, read_statement
from stellarwh.warehouse.query.text_grid import counted, grid_lines, vertical_lines

__all__ = ["Format", "query_texts"]

_NUMBERS = {
    "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint",
    "uinteger", "ubigint", "uhugeint", "bignum", "decimal", "float", "double",
}  # fmt: skip
# A screen where there is none, as where output goes to a file.
_SCREEN = (160, 40)
_TYPE_WIDTH = 20


def query_texts(
    connection: duckdb.DuckDBPyConnection,
    sql: str | Statement,
    output: Format = Format.TABLE,
    max_rows: int = 40,
    *,
    ids_as_text: bool = False,
) -> Iterator[str]:
    """Run one statement and give its result as text, part by part.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse that only reads.
    sql : str or Statement
        One statement that reads; or one that may write files, read as such.
    output : Format
        A table for people, the same with one value a line, or CSV or JSON (all rows)
        for programs.
    max_rows : int
        Rows that are shown to people.
    ids_as_text : bool
        In JSON, write a column as text where one of its whole numbers lies beyond
        2^53, which readers that know only doubles would round.

    Raises
    ------
    SqlError
        If there is no SQL or more than one statement, or DuckDB refuses it; with the
        line that it refuses.
    UsageError
        If ``ids_as_text`` is asked for in another format.
    WarehouseError
        If it reads what is stored of other data than stand in the warehouse.
    """
    if ids_as_text and output is not Format.JSON:
        raise UsageError("--ids-as-text goes with --format json.")
    statement = read_statement(sql) if isinstance(sql, str) else sql
    require_current_build(connection, statement.sql)
    result = run_statement(connection, statement)
    if statement.writes_files:
        _say_written(result)
        return iter(())
    if output is Format.JSON:
        return _json(result, ids_as_text=ids_as_text)
    if output is Format.CSV:
        return _csv(result)
    if statement.is_explain:
        return _plans(result)
    return _shown(result, output, max_rows)


def _shown(result: QueryResult, output: Format, max_rows: int) -> Iterator[str]:
    """Give the first rows and how many there are."""
    values = ", ".join(f"{column}::varchar as {column}" for column in result.columns)
    # One more than is shown: where it is not there, all rows are known already.
    asked = f"select {values} from {ROWS} limit {max_rows + 1}"  # noqa: S608 - our names
    rows = result.rows(asked)
    total = len(rows)
    if total > max_rows:
        rows.pop()
        # Few columns are computed for a count; a large result is not kept for it.
        ((counted_now,),) = result.rows(f"select count(*) from {ROWS}")  # noqa: S608 - our name
        total = max(total, counted_now)
    if output is Format.VERTICAL:
        lines = vertical_lines(result.names, rows)
        lines.append(counted(len(rows), total))
    else:
        lines, shown = grid_lines(
            result.names,
            [_type_name(str(kind), kind.id) for kind in result.types],
            rows,
            [kind.id in _NUMBERS for kind in result.types],
            shutil.get_terminal_size(_SCREEN).columns,
        )
        lines.append(counted(len(rows), total, shown, len(result.names)))
    yield "\n".join(lines) + "\n"


def _type_name(whole: str, short: str) -> str:
    return short if len(whole) > _TYPE_WIDTH else whole.lower()


def _plans(result: QueryResult) -> Iterator[str]:
    """Give the drawings of EXPLAIN."""
    for (plan,) in result.rows(f"select c1 from {ROWS}"):  # noqa: S608 - our names
        yield printable(plan.rstrip("\n")) + "\n"


def _say_written(result: QueryResult) -> None:
    """Say what was written; standard output itself may be the file."""
    if result.statement.kind == "EXPORT":
        note("Exported.")
        return
    for (rows,) in result.rows(f"select c0 from {ROWS}"):  # noqa: S608 - our names
        note(f"Wrote {int(rows):,} row{'' if int(rows) == 1 else 's'}.")


def _csv(result: QueryResult) -> Iterator[str]:
    """Give all rows as CSV, each value as DuckDB writes it, NULL as nothing."""
    import polars as pl  # noqa: PLC0415 - only CSV needs it

    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(result.names)
    yield header.getvalue()
    values = ", ".join(f"{column}::varchar as {column}" for column in result.columns)
    for batch in result.batches(f"select {values} from {ROWS}"):  # noqa: S608 - our names
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        yield frame.write_csv(include_header=False)


def _json(result: QueryResult, *, ids_as_text: bool) -> Iterator[str]:
    """Give all rows as one JSON list of objects, a row a line."""
    named = dict(zip(result.columns, result.types, strict=True))
    wide = [
        column for column, kind in named.items() if ids_as_text and can_be_wide(kind)
    ]
    more = ""
    if wide:
        tests = ", ".join(f"bool_or({is_wide(c)}) as {c}_wide" for c in wide)
        more = f", stellarwh_wide as (select {tests} from {ROWS})"  # noqa: S608 - our names
    parts = []
    for name, (column, kind) in zip(_unlike(result.names), named.items(), strict=True):
        value = json_of(column, kind, wide_as_text=ids_as_text)
        if column in wide:
            text = json_text(f"{column}::varchar")
            value = (
                f"coalesce(case when {column}_wide then {text} "
                f"else {column}::varchar end, 'null')"
            )
        parts.append(f"{json_text(quote_text(name))} || ': ' || {value}")
    row = " || ', ' || ".join(parts)
    read = f"{ROWS}, stellarwh_wide" if wide else ROWS
    between = "[\n"
    asked = f"select '{{' || {row} || '}}' from {read}"  # noqa: S608 - our names
    for batch in result.batches(asked, more=more, once=bool(wide)):
        if batch.num_rows:
            yield between + ",\n".join(batch.column(0).to_pylist())
            between = ",\n"
    yield "[]\n" if between == "[\n" else "\n]\n"


def _unlike(names: list[str]) -> list[str]:
    """Return names without doubles: an object of JSON would keep but one of them."""
    found: list[str] = []
    for name in names:
        unlike, number = name, 0
        while unlike in found or (number and unlike in names):
            number += 1
            unlike = f"{name}_{number}"
        found.append(unlike)
    return found
