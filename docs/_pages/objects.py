"""Pages of what stands in the warehouse: tables and views by schema, and macros."""

import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import duckdb

from _pages.text import code, entry, folded, header, page, plain, prose, table
from stellarwh.content import content_dir
from stellarwh.report.reader import Reader
from stellarwh.surveys.known import read_survey, survey_names
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.reads import Made, read_objects
from stellarwh.warehouse.sql_files import read_sql_files

_Columns = dict[str, list[tuple[str, ...]]]
# In the order in which a user meets them.
_SCHEMAS = {
    "main": "what users query: stars, their measurements, values on one scale",
    "features": "learning tasks, one view each",
    "staging": "each survey's rows in the names of the glossary, flags decoded",
    "matching": "positions, pairs and identities of stars",
    "scale": "calibrations to one scale",
    "ml": "training runs and what they predict",
    "meta": "provenance, and data that the SQL reads",
    "raw": "catalogues as published, and spectra",
}
_TASKS = """\
Each view is a task of `stellarwh train`: `star_id`, features under their own names, \
`label_<target>` (a number to regress, a text to classify), `label_<target>_err` where \
it is known, and `healpix_group` for folds on the sky. Rows without a label are what \
`stellarwh predict` fills. [](../../howto/own_task.md) makes one."""


def pages() -> dict[str, str]:
    """Return the pages, by their names."""
    # Without a row, it has every table, view and column.
    with (
        tempfile.TemporaryDirectory() as folder,
        open_warehouse(Path(folder) / "empty.duckdb") as connection,
    ):
        build_views(connection)
        made = read_objects(connection)
        columns = _columns(connection)
        takes = _parameters(connection)
    found = {
        f"schema_{schema}": _schema(schema, what, made, columns)
        for schema, what in _SCHEMAS.items()
    }
    return found | {"macros": _macros(takes, made)}


def _columns(connection: duckdb.DuckDBPyConnection) -> _Columns:
    found: _Columns = defaultdict(list)
    for row in Reader(connection).rows("all_columns"):
        told = (plain(row["unit"]), code(row["ucd"]), plain(row["description"]))
        found[row["object"]].append((code(row["name"]), code(row["type"]), *told))
    return found


def _parameters(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return for each macro how it is called."""
    rows = connection.execute(
        "select function_name, parameters from duckdb_functions() "
        "where not internal order by len(parameters)"
    ).fetchall()
    return {name: f"{name}({', '.join(taken)})" for name, taken in rows}


def _schema(schema: str, what: str, made: Mapping[str, Made], columns: _Columns) -> str:
    named = {n: o for n, o in sorted(made.items()) if n.startswith(f"{schema}.")}
    read_by = defaultdict(list)
    for one in made.values():
        for source in one.reads:
            read_by[source].append(one.name)
    seen: dict[tuple[tuple[str, ...], ...], str] = {}
    parts = []
    for name, one in named.items():
        key = tuple(columns[name])
        parts.append(
            entry(
                name,
                f"`{name}`",
                f"*{one.kind}*"
                + (f", one row per {code(', '.join(one.key))}" if one.key else ""),
                prose(_description(one), made),
                _named("Reads", one.reads, made),
                _named("Read by", read_by[name], made),
                f"Columns: those of [`{seen[key]}`](#{seen[key]})."
                if key in seen
                else table(("column", "type", "unit", "UCD", "description"), key),
                folded("SQL", f"```sql\n{one.sql.strip()}\n```") if one.sql else "",
            )
        )
        seen.setdefault(key, name)
    told = [f"The schema `{schema}`: {what}."] + [_TASKS] * (schema == "features")
    return page(f"Schema {schema}", *told, *parts)


def _description(one: Made) -> str:
    survey = one.name.removeprefix("raw.")
    if not one.description and survey in survey_names():
        return f"{read_survey(survey).title}, as published."
    return one.description


def _named(title: str, names: list[str] | tuple[str, ...], made: object) -> str:
    links = ", ".join(f"[`{name}`](#{name})" for name in sorted(names))
    return f"{title}: {links}." if links else ""


def _macros(takes: Mapping[str, str], made: Mapping[str, Made]) -> str:
    files = [f for f in read_sql_files(content_dir("sql")) if f.kind == "macro"]
    parts = []
    for file in sorted(files, key=lambda file: file.name):
        names = sorted(name.removeprefix("main.") for name in file.defines)
        labels = [f"(macro-{name})=\n" for name in names if name != file.name]
        parts.append("\n".join(labels))
        parts.append(
            entry(
                f"macro-{file.name}",
                f"`{file.name}`",
                f"```sql\n{chr(10).join(takes[name] for name in names)}\n```",
                header(file.sql, made),
                folded("SQL", f"```sql\n{file.sql.strip()}\n```"),
            )
        )
    return page(
        "Macros",
        "Each works in the `duckdb` shell on any warehouse, and needs no extension. "
        "Families of macros stand together, under the name of their file in "
        "`sql/macros/`.",
        *(part for part in parts if part),
    )
