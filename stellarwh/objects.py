"""The objects that a warehouse has before anything is built: tables and macros."""

import re

import duckdb

from stellarwh.content import content_dir
from stellarwh.quoting import quote_identifier
from stellarwh.sqlfiles import read_sql_files

# Released duckdb shells refuse files of a newer storage version than their own, so
# the file is written in the oldest one that can hold what we store.
STORAGE_VERSION = "v1.2.0"
_MACRO = re.compile(r"^create or replace macro (\w+)", re.MULTILINE)
_TOLD = "create or replace macro ingested_positions("
SCHEMAS = ("raw", "staging", "matching", "features", "ml", "meta")


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every schema and every table of ``sql/tables`` that is missing."""
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    for path in sorted((content_dir("sql") / "tables").glob("*.sql")):
        connection.execute(path.read_text(encoding="utf-8"))


def create_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create or replace every macro of ``sql/macros`` that needs no view."""
    for file in read_sql_files(content_dir("sql")):
        if file.kind == "macro":
            connection.execute(file.sql)


def macro_names() -> frozenset[str]:
    """Return the names of our macros."""
    return frozenset(_MACRO.findall("\n".join(_macro_texts())))


def has_macro(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Return whether the warehouse itself has a macro of ours."""
    found = connection.execute(
        "select 1 from duckdb_functions() where database_name <> 'temp' "
        "and function_name = ? and not internal",
        [name],
    ).fetchone()
    return found is not None


def shadow_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Put our macros before those of the warehouse, which may be another version's.

    Theirs could not be compared with ours: DuckDB tells no default values of a macro.
    """
    # What it returns is a fact about the warehouse: `write_ingested_positions`.
    waiting = [text for text in _macro_texts() if _TOLD not in text]
    while waiting:
        refused = []
        for text in waiting:
            try:
                connection.execute(
                    text.replace(
                        "create or replace macro", "create or replace temp macro"
                    )
                )
            except duckdb.CatalogException:
                # It calls one that comes later, and that the warehouse has not either.
                refused.append(text)
                if len(refused) == len(waiting):
                    raise
        waiting = refused


def _macro_texts() -> list[str]:
    folder = content_dir("sql") / "macros"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))]


def drop_shadows(connection: duckdb.DuckDBPyConnection) -> None:
    """Undo `shadow_macros`, where the warehouse's are made anew."""
    shadows = connection.execute(
        "select distinct function_name, function_type from duckdb_functions() "
        "where database_name = 'temp' and not internal"
    ).fetchall()
    for name, function_type in shadows:
        kind = "macro table" if function_type == "table_macro" else "macro"
        connection.execute(f"drop {kind} temp.main.{quote_identifier(name)}")
