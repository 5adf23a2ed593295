"""Which object of a warehouse reads which: ours by ``sql/``, others by their SQL."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh.content import content_dir
from stellarwh.warehouse.sql_files import (
    SqlFile,
    code_of,
    dependencies,
    read_header,
    read_sql_files,
)

_NAMED = re.compile(r"(?<![\w.])(\w+)\.(\w+)")
_HEADER = re.compile(r"\A(?:--[^\n]*\n)+")
_KINDS = {"view": "view", "table": "stored table"}


@dataclass(frozen=True)
class Made:
    """An object of the warehouse, and what it reads.

    Parameters
    ----------
    name : str
        With its schema.
    kind : str
        ``view``, ``stored table``, ``table`` (of ingest, training and so on), or
        ``raw table``.
    sql : str
        What makes it; empty for a table that no SQL makes.
    description : str
        What one row is.
    key : tuple of str
        Columns that no two rows have alike, as declared.
    reads : tuple of str
        Names of other objects, sorted.
    is_ours : bool
        Whether it is of ``sql/`` or a survey's raw table.
    """

    name: str
    kind: str
    sql: str
    description: str
    key: tuple[str, ...]
    reads: tuple[str, ...]
    is_ours: bool


def read_objects(connection: duckdb.DuckDBPyConnection) -> dict[str, Made]:
    """Return every table and view of a warehouse by name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse; read-only will do.
    """
    found = connection.execute(
        "select schema_name || '.' || view_name, sql, comment from duckdb_views() "
        "where not internal and not temporary "
        "and database_name = current_database() union all "
        "select schema_name || '.' || table_name, null, comment from duckdb_tables() "
        "where not internal and not temporary "
        "and database_name = current_database() order by all"
    ).fetchall()
    names = {name for name, _, _ in found}
    root = content_dir("sql")
    files = read_sql_files(root)
    ours = {file.qualified_name: file for file in files if file.kind != "macro"}
    written = {
        path.stem.replace("_", ".", 1): read_header(path.read_text("utf-8"))
        for path in (root / "tables").glob("*.sql")
    }
    reads = _reads_of_files(files, names)
    made = {}
    for name, sql, comment in found:
        file = ours.get(name)
        told, fields = written.get(name, ("", {}))
        is_view = sql is not None
        if file is not None:
            text = _HEADER.sub("", file.sql).strip()
            made[name] = Made(
                name, _KINDS[file.kind], text, file.description, file.key,
                tuple(sorted(reads[name])), is_ours=True,
            )  # fmt: skip
            continue
        raw = name.startswith("raw.")
        key = tuple(filter(None, fields.get("key", "").split(", ")))
        made[name] = Made(
            name,
            "view" if is_view else "raw table" if raw else "table",
            sql or "",
            comment or told,
            key,
            tuple(sorted(_named(sql, names) - {name})) if is_view else (),
            is_ours=name in written,
        )
    return made


def _reads_of_files(
    files: list[SqlFile], names: Collection[str]
) -> dict[str, set[str]]:
    """Return what each view and stored table of ours reads, itself or by a macro."""
    graph = dependencies(files)
    direct = {file.path: _named(file.sql, names) for file in files}
    macros = {file.path for file in files if file.kind == "macro"}

    def gathered(path: Path, seen: frozenset[Path]) -> set[str]:
        found = set(direct[path])
        for other in (graph[path] & macros) - seen:
            found |= gathered(other, seen | {path})
        return found

    return {
        file.qualified_name: gathered(file.path, frozenset()) - {file.qualified_name}
        for file in files
        if file.kind != "macro"
    }


def _named(sql: str, names: Collection[str]) -> set[str]:
    """Return the objects that some SQL names, with or without a schema.

    Names in texts count, too: ``crossmatch('main.stars', …)`` reads what it names.
    """
    texts = " ".join(re.findall(r"'((?:[^']|'')*)'", _without_comments(sql)))
    code = f"{code_of(sql)} {texts}".lower()
    by_lower = {name.lower(): name for name in names}
    found = {
        by_lower[f"{schema}.{table}"]
        for schema, table in _NAMED.findall(code)
        if f"{schema}.{table}" in by_lower
    }
    return found | _oddly_named(code, by_lower)


def _oddly_named(code: str, by_lower: Mapping[str, str]) -> set[str]:
    """Return objects that are named without a schema, or by no plain word."""
    found = set()
    for name, whole in by_lower.items():
        schema, _, bare = name.partition(".")
        if (
            schema == "main"
            and re.search(rf"\b(?:from|join)\s+{re.escape(bare)}(?![\w.])", code)
        ) or (not re.fullmatch(r"\w+\.\w+", name) and name in code):
            found.add(whole)
    return found


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
