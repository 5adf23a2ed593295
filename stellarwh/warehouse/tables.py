"""Find a table or view of the warehouse by the name a user gave: one rule for all.

A name with its schema is that table. One without is looked for in every schema; where
a catalogue that was ingested is called like something else, which of the two is meant
must be said. Only a match takes a survey's bare name, ``galah``, for the catalogue:
its view in ``staging`` has the same rows.
"""

import re
from typing import NamedTuple

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import NoTableError, WarehouseError, did_you_mean
from stellarwh.quoting import quote_identifier, quote_table
from stellarwh.surveys.known import survey_names
from stellarwh.warehouse.sql_files import read_sql_files

# Where a bare name is looked for, in this order; other schemas come last.
_SEARCHED = ("main", "staging", "raw", "matching", "scale", "features", "ml", "meta")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PART = re.compile(r'"((?:[^"]|"")*)"|([^."]+)')


class TableName(NamedTuple):
    """A table or view of the warehouse.

    Parameters
    ----------
    schema, name : str
        As DuckDB has them, whatever characters they hold.
    """

    schema: str
    name: str

    @property
    def quoted(self) -> str:
        """The name as SQL: ``"main"."My View"``."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"

    def __str__(self) -> str:
        """Return the name as one would write it: ``raw.apogee``, ``main."My View"``."""
        return ".".join(
            part if _PLAIN.fullmatch(part) else quote_identifier(part) for part in self
        )


def parts_of(name: str) -> list[str]:
    """Return the parts of a dotted name, which may be quoted."""
    return [
        quoted.replace('""', '"') if quoted else plain
        for quoted, plain in _PART.findall(name)
    ]


def table_names(connection: duckdb.DuckDBPyConnection) -> list[TableName]:
    """Return every table and view, sorted."""
    rows = connection.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_catalog = current_database() order by all"
    ).fetchall()
    return [TableName(*row) for row in rows]


def find_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    *,
    schema: str | None = None,
    catalogue_first: bool = False,
) -> TableName:
    """Return the table or view that a user named.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    name : str
        ``stars``, ``main.stars``, ``My View`` or ``main."My View"``; case does not
        matter, as it does not to DuckDB.
    schema : str, optional
        Look only there.
    catalogue_first : bool
        Take the bare name of a survey for its catalogue, not for its staged view.

    Raises
    ------
    NoTableError
        If there is no such table, naming the nearest one.
    WarehouseError
        If there are several of which one is an ingested catalogue, naming them.
    """
    known = [t for t in table_names(connection) if schema in (None, t.schema)]
    wanted = name.strip().lower()
    found = [table for table in known if wanted in (_dotted(table), table.name.lower())]
    if not found and '"' in wanted:
        parts = parts_of(wanted)
        found = [
            table
            for table in known
            if [part.lower() for part in table][-len(parts) :] == parts
        ]
    if not found:
        shown = [str(table) for table in known]
        if "." not in wanted:
            shown += [str(table).partition(".")[2] for table in known]
        is_made = any(
            wanted in (file.qualified_name, file.name)
            for file in read_sql_files(content_dir("sql"))
            if file.kind in ("view", "table")
        )
        advice = "Run 'stellarwh build', which makes it." if is_made else None
        survey = wanted.removeprefix("raw.")
        if survey in survey_names() and (survey != wanted or catalogue_first):
            advice = f"Run 'stellarwh ingest {survey} FILE', which makes it."
        raise NoTableError(
            f"There is no table '{name}' in the warehouse. "
            f"{advice or did_you_mean(name, shown)}"
        )
    schemas = {table.schema for table in found}
    if len(found) > 1 and "raw" in schemas:
        if catalogue_first and schemas == {"raw", "staging"}:
            return next(table for table in found if table.schema == "raw")
        raise WarehouseError(
            f"'{name}' is the name of {' and of '.join(map(str, found))}; "
            "say which one."
        )
    return min(found, key=_rank)


def _dotted(table: TableName) -> str:
    return f"{table.schema}.{table.name}".lower()


def _rank(table: TableName) -> int:
    if table.schema in _SEARCHED:
        return _SEARCHED.index(table.schema)
    return len(_SEARCHED)


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int | None:
    """Return the rows of a stored table, ``schema.table``; None if there is none."""
    schema, _, name = table.partition(".")
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        [schema, name],
    ).fetchone()
    if found is None:
        return None
    counted = connection.execute(
        f"select count(*) from {quote_table(table)}"  # noqa: S608 - quoted identifiers
    ).fetchall()
    return int(counted[0][0])
