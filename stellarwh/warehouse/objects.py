"""The objects that a warehouse has before anything is built: tables and macros."""

import re
from collections.abc import Mapping

import duckdb

from stellarwh.content import content_dir
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.sql_files import read_sql_files

# Released duckdb shells refuse files of a newer storage version than their own, so
# the file is written in the oldest one that can hold what we store.
STORAGE_VERSION = "v1.2.0"
_MACRO = re.compile(r"^create or replace macro (\w+)", re.MULTILINE)
_TOLD = "create or replace macro ingested_positions("
_VIEWS = "select view_name, sql from system.main.duckdb_views() where not internal"
# query() and query_table() of DuckDB's read what a text names, or says as SQL.
_DYNAMIC = {"query", "query_table"}
_WORD = re.compile(r"\w+")
_COMMENT = re.compile(r"--[^\n]*")
SCHEMAS = ("raw", "staging", "matching", "scale", "features", "ml", "meta")


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


def shadow_macros(
    connection: duckdb.DuckDBPyConnection,
    theirs: Mapping[str, str] | None = None,
    runs: str | None = None,
) -> None:
    """Put our macros before those of the warehouse, which may be another version's.

    Theirs could not be compared with ours: DuckDB tells no default values of a macro.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    theirs : mapping, optional
        The macros of the warehouse by name, as `foreign.check_macros` returns them.
    runs : str, optional
        All that will be run, as SQL or as the name of a table: only the macros that it
        can come to are put in place. Without it all are, which takes 0.07 s.
    """
    # What it returns is a fact about the warehouse: `write_ingested_positions`.
    waiting = [text for text in _macro_texts() if _TOLD not in text]
    if runs is not None:
        waiting = _called(connection, waiting, theirs or {}, runs)
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


def _called(
    connection: duckdb.DuckDBPyConnection,
    ours: list[str],
    theirs: Mapping[str, str],
    sql: str,
) -> list[str]:
    """Return those of our files of macros that SQL can come to.

    Whatever holds the name of a view or macro in any place, be it a text, is taken to
    read it; what can put names together from texts is taken to read everything.
    """
    written = [*connection.execute(_VIEWS).fetchall(), *theirs.items()]
    written += [
        (name, _COMMENT.sub("", text)) for text in ours for name in _MACRO.findall(text)
    ]
    texts: dict[str, list[str]] = {}
    for name, text in written:
        texts.setdefault(name.lower().replace('"', '""'), []).append(text.lower())
    waiting, reached = [sql.lower()], set[str]()
    while waiting:
        text = waiting.pop()
        words = set(_WORD.findall(text))
        if words & _DYNAMIC:
            return ours
        found = {
            name
            for name in texts.keys() - reached
            if (name in words if _WORD.fullmatch(name) else name in text)
        }
        waiting += [text for name in found for text in texts[name]]
        reached |= found
    return [text for text in ours if reached.intersection(_MACRO.findall(text))]


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
