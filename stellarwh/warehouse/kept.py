"""Tables of one survey that a build leaves as they are while their rows are the same.

Their files say so in the header (``-- stored: table of lamost``). What such a table is
made of is summed up in a text, its state, which ``meta.builds`` keeps: the SQL of the
file and of all that it reads, and the rows of every table that this reads. Of what the
match made, the survey's own rows count alone.
"""

import hashlib
import re

import duckdb

from stellarwh.quoting import quote_identifier, quote_table, quote_text
from stellarwh.warehouse.sql_files import SqlFile, code_of, dependencies, fingerprint_of

_WRITTEN = re.compile(r"\b(?:raw|meta)\.\w+", re.IGNORECASE)


def state_of(
    connection: duckdb.DuckDBPyConnection, file: SqlFile, files: list[SqlFile]
) -> str:
    """Return the state of what a table is going to be made of.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The warehouse; all that the file reads has been made.
    file : SqlFile
        The file of a table of one survey.
    files : list of SqlFile
        All files, in dependency order.

    Returns
    -------
    str
        The same text only for the same SQL, rows and version of DuckDB.
    """
    digest = hashlib.sha256(fingerprint_of([file], files).encode())
    # Another DuckDB may hash or round otherwise.
    digest.update(duckdb.__version__.encode())
    for name in sorted(_inputs(file, files)):
        digest.update(f"{name} {_sum_of(connection, name, file.survey)}\n".encode())
    return digest.hexdigest()


def is_as_recorded(
    connection: duckdb.DuckDBPyConnection, file: SqlFile, state: str
) -> bool:
    """Return whether the last build left a table of this state, and it still stands."""
    last = connection.execute(
        "select states[?] from meta.builds order by built_at desc limit 1",
        [file.qualified_name],
    ).fetchone()
    standing = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        [file.schema, file.name],
    ).fetchone()
    return standing is not None and last == (state,)


def _inputs(file: SqlFile, files: list[SqlFile]) -> set[str]:
    """Return the tables that a file reads, through views of staging and macros."""
    graph = dependencies(files)
    by_path = {other.path: other for other in files}
    found: set[str] = set()
    waiting, seen = [file], {file.path}
    while waiting:
        reading = waiting.pop()
        found |= {name.lower() for name in _WRITTEN.findall(code_of(reading.sql))}
        for path in graph[reading.path] - seen:
            seen.add(path)
            other = by_path[path]
            if other.kind == "table" or other.schema == "matching":
                found.add(other.qualified_name)
            else:
                waiting.append(other)
    return found


def _sum_of(
    connection: duckdb.DuckDBPyConnection, name: str, survey: str | None
) -> tuple[object, ...]:
    """Return a sum over the rows of a table, or over the rows of one survey.

    A sum, as equal rows would cancel in pairs out of an exclusive or. The places of
    rows count in raw tables, where ids are made of them.
    """
    table = quote_table(name)
    if name.startswith("raw."):
        what, of = "hash(t, t.rowid)", ""
    else:
        columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
        what = "hash(t)"
        is_told = survey is not None and "survey" in columns
        of = f"where {quote_identifier('survey')} = {quote_text(survey or '')}"
        of = of if is_told else ""
    return connection.execute(
        f"select count(*), sum({what}) from {table} as t {of}"  # noqa: S608 - quoted names
    ).fetchall()[0]
