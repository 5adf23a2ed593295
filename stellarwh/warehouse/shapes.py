"""Whether the objects of a warehouse have the columns that this version gives them.

Asked where a command failed: what is missing, or has other columns, explains why.
"""

import re
from pathlib import Path

import duckdb

from stellarwh import __version__
from stellarwh.content import content_dir
from stellarwh.quoting import quote_table
from stellarwh.surveys.known import staged_surveys
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_scratch
from stellarwh.warehouse.files.warehouse_file import connect_file
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.sql_files import read_sql_files

Columns = list[tuple[str, str]]
_ADDED = re.compile(r"add column if not exists (\w+)")
_KINDS = (
    "select 'table' from duckdb_tables() where schema_name = $schema and "
    "table_name = $name and not internal union all select 'view' from duckdb_views() "
    "where schema_name = $schema and view_name = $name and not internal"
)


def first_difference(path: Path) -> str | None:
    """Return what of our own is not as a build makes it, and what to do.

    Parameters
    ----------
    path : Path
        The warehouse.

    Returns
    -------
    str or None
        One line on the first object, in the order in which they read each other; None
        where all are as they should be, or none was ever built.
    """
    tables = [
        path.stem.replace("_", ".", 1)
        for path in sorted((content_dir("sql") / "tables").glob("*.sql"))
    ]
    made = [
        file.qualified_name
        for file in read_sql_files(content_dir("sql"))
        if file.kind in ("view", "table")
    ]
    raw = [f"raw.{survey}" for survey in staged_surveys()]
    with connect_file(path, read_only=True) as connection, open_scratch() as scratch:
        if not any(_kind(connection, name) for name in made):
            made, raw = [], []
        for name in tables:
            if wrong := _wrong(scratch, connection, name):
                return f"{name} of this warehouse {wrong}; {_made_by(connection)}"
        if made:
            build_views(scratch)
        for name in [*raw, *made]:
            if wrong := _wrong(scratch, connection, name):
                return f"{name} of this warehouse {wrong}; {_advice(name)}"
    return None


def _wrong(
    scratch: duckdb.DuckDBPyConnection,
    connection: duckdb.DuckDBPyConnection,
    name: str,
) -> str | None:
    """Return what is other than in a warehouse that was just built."""
    expected, found = _columns(scratch, name), _columns(connection, name)
    if isinstance(expected, list):
        added = _added(name)  # by any command that writes, to tables of before
        expected = [column for column in expected if column[0] not in added]
    return _difference(expected, found, is_raw=name.startswith("raw.")) or (
        _of_another_kind(_kind(scratch, name), _kind(connection, name))
    )


def _added(name: str) -> set[str]:
    path = content_dir("sql") / "tables" / f"{name.replace('.', '_', 1)}.sql"
    return set(_ADDED.findall(path.read_text("utf-8"))) if path.exists() else set()


def _kind(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    schema, short = name.split(".", 1)
    found = connection.execute(_KINDS, {"schema": schema, "name": short}).fetchone()
    return str(found[0]) if found else None


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> Columns | str:
    """Return names and types of the columns, or why there are none."""
    if _kind(connection, name) is None:
        return "is missing"
    try:
        rows = connection.execute(f"describe {quote_table(name)}").fetchall()
    except duckdb.Error as error:
        return f"cannot be read ({first_line(str(error))})"
    return [(row[0], str(row[1])) for row in rows]


def _difference(
    expected: Columns | str, found: Columns | str, *, is_raw: bool
) -> str | None:
    if isinstance(found, str):
        return found
    types = {name.lower(): kind for name, kind in found}
    for name, kind in expected if isinstance(expected, list) else ():
        if name.lower() not in types:
            return f"has no column {name}"
        # A catalogue may give a column as another type of number; views see to that.
        if not is_raw and types[name.lower()] != kind:
            return f"has a column {name} of type {types[name.lower()]}, not {kind}"
    return None


def _of_another_kind(expected: str | None, found: str | None) -> str | None:
    return f"is a {found}, not a {expected}" if expected != found else None


def _advice(name: str) -> str:
    schema, short = name.split(".", 1)
    if schema != "raw":
        return "run 'stellarwh build' and try again."
    return (
        f"run 'stellarwh ingest {short} FILE --replace' with its file, then "
        "'stellarwh build'."
    )


def _made_by(connection: duckdb.DuckDBPyConnection) -> str:
    """Return what to do about a table that no build makes anew."""
    try:
        last = connection.execute(
            "select version from meta.builds order by built_at desc limit 1"
        ).fetchone()
    except duckdb.Error:
        last = None
    if last and last[0] and last[0] != __version__:
        made = f"stellarwh {last[0]} made it, and this is {__version__}"
    else:
        made = "another version made it, or it was changed by hand"
    return (
        f"{made}: use the version that made it, or ingest the catalogues into a new "
        "warehouse."
    )
