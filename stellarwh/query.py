"""Read-only SQL for the terminal."""

import json
import shutil
import sys
from enum import StrEnum

import duckdb

from stellarwh.database import first_line
from stellarwh.errors import SqlError
from stellarwh.freshness import require_current_build


class Format(StrEnum):
    """How the result of a query is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def print_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    output: Format = Format.TABLE,
    max_rows: int = 40,
) -> None:
    """Run SQL and print its result on standard output.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse, read-only unless the SQL may change it.
    sql : str
        One or more statements; the result of the last is printed.
    output : Format
        A table for people, or CSV or JSON (all rows) for programs.
    max_rows : int
        Rows of a table that are shown.

    Raises
    ------
    SqlError
        If there is no SQL or DuckDB refuses it.
    WarehouseError
        If it reads what is stored of other data than stand in the warehouse.
    """
    if not sql.strip(" \n\t;"):
        raise SqlError("The query is empty; give some SQL, e.g. 'from main.stars'.")
    require_current_build(connection, sql)
    try:
        relation = connection.sql(sql)
        if relation is not None:
            _print_relation(relation, output, max_rows)
    except duckdb.Error as error:
        raise SqlError(first_line(str(error))) from None


def _print_relation(
    relation: duckdb.DuckDBPyRelation, output: Format, max_rows: int
) -> None:
    if output is Format.TABLE:
        width = shutil.get_terminal_size((160, 40)).columns
        relation.show(max_rows=max_rows, max_width=width)
    elif output is Format.CSV:
        # CSV has no lists: DuckDB writes every value as text first.
        sys.stdout.write(relation.select("columns(*)::varchar").pl().write_csv())
    else:
        rows = relation.pl().to_dicts()
        json.dump(rows, sys.stdout, default=str, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
