"""What an export writes: a table, a view or the result of a SELECT, in full or in part.

Units, UCDs and descriptions belong to the columns of tables. A SELECT keeps those of
the columns that it takes as they are; what it computes has none.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from stellarwh.catalogues.column_choice import choose
from stellarwh.errors import NoTableError, UsageError, WarehouseError, did_you_mean
from stellarwh.export.column_facts import in_vounits, query_facts, table_facts
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.query.missing import naming_missing
from stellarwh.warehouse.query.statement import without_semicolons
from stellarwh.warehouse.tables import TableName, find_table

_KEPT = "stellarwh_exported"
_SELECT = re.compile(r"\s*(\(|--|/\*|(select|from|with|values|table|pivot)\b)", re.I)


@dataclass(frozen=True)
class Source:
    """Rows to export.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        The rows.
    name : str
        What the table in the file is called.
    table : TableName or None
        The table of the warehouse that they are of, if they are of one.
    is_stored : bool
        Whether each look at the rows finds the same ones.
    sql : str
        What gives the rows.
    is_simulated : bool
        Whether any of it is of simulated catalogues, or learned from such.
    facts : dict
        Of each column unit, UCD and description, where no table tells them.
    said : dict
        What else is to be said of the rows: texts by keywords that FITS has.
    """

    relation: duckdb.DuckDBPyRelation
    name: str
    table: TableName | None
    is_stored: bool
    sql: str = ""
    is_simulated: bool = False
    facts: dict[str, dict[str, str]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def find_source(
    connection: duckdb.DuckDBPyConnection, asked: str, columns: Sequence[str] = ()
) -> Source:
    """Return the rows that a user asked for.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    asked : str
        A table or view, with or without its schema, or one SELECT.
    columns : sequence of str
        Columns to keep, in this order; with a minus before each, columns to leave
        out. All if empty.

    Raises
    ------
    WarehouseError
        If there is no such table or column, or the SELECT fails.
    UsageError
        If it is no SELECT, or more than one; or it names two columns alike.
    """
    try:
        table = find_table(connection, asked)
    except NoTableError:
        if not _SELECT.match(asked):
            raise
        relation = _selected(connection, asked)
        source = Source(
            relation,
            "query",
            None,
            is_stored=False,
            sql=asked,
            facts=_query_facts(connection, asked, relation.columns),
        )
    else:
        sql = f"from {table.quoted}"
        relation = connection.sql(sql)
        stored = _is_stored(connection, table)
        source = Source(relation, table.name, table, is_stored=stored, sql=sql)
    chosen = _chosen(relation.columns, [c for c in columns if c])
    if chosen != relation.columns:
        relation = relation.select(", ".join(map(quote_identifier, chosen)))
    return replace(source, relation=relation)


def column_facts(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    *,
    vounits: bool = False,
) -> dict[str, dict[str, str]]:
    """Return unit, ucd and description of each column that has them.

    The unit is the one written, or with ``vounits`` the VOUnit where there is one.
    """
    if source.table is not None:
        facts = table_facts(connection, source.table, vounits=vounits)
    else:
        facts = in_vounits(source.facts) if vounits else source.facts
    return {name: facts[name] for name in source.relation.columns if name in facts}


def kept(connection: duckdb.DuckDBPyConnection, source: Source) -> Source:
    """Return a source that can be looked at several times, and is computed once.

    What is chosen at random would otherwise be another row at each look.
    """
    if source.is_stored:
        return source
    # By a name that only this query knows: a warehouse that is read takes no view.
    source.relation.query(
        f"{_KEPT}_view",
        f"create or replace temporary table {_KEPT} as from {_KEPT}_view",
    )
    relation = connection.sql(f"from temp.main.{_KEPT}")
    return replace(source, relation=relation, is_stored=True)


def _selected(
    connection: duckdb.DuckDBPyConnection, sql: str
) -> duckdb.DuckDBPyRelation:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise WarehouseError(first_line(str(error))) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("An export takes a table or one SELECT, nothing else.")
    try:
        # Within brackets DuckDB would rename columns that are named alike.
        named = connection.sql(statements[0].query).columns
        # On a line of its own: the last one may be a comment.
        relation = connection.sql(f"from (\n{without_semicolons(sql)}\n)")
    except duckdb.Error as error:
        message = naming_missing(connection, sql, str(error))
        raise WarehouseError(first_line(message)) from None
    counted = Counter(name.lower() for name in named)
    name, count = counted.most_common(1)[0]
    if count > 1:
        raise UsageError(
            f"The SELECT gives {count} columns named '{name}'; tell them apart with AS."
        )
    return relation


def _query_facts(
    connection: duckdb.DuckDBPyConnection, sql: str, names: Sequence[str]
) -> dict[str, dict[str, str]]:
    found = query_facts(connection, without_semicolons(sql), names, vounits=False)
    return {name: facts for name, facts in zip(names, found, strict=True) if facts}


def _is_stored(connection: duckdb.DuckDBPyConnection, table: TableName) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        list(table),
    ).fetchall()
    return bool(found)


def _chosen(there: list[str], asked: Sequence[str]) -> list[str]:
    """Return the columns to keep."""

    def unknown(name: str) -> WarehouseError:
        hint = did_you_mean(name, there)
        return WarehouseError(f"There is no column '{name}' to export. {hint}")

    choice = choose(asked, there, unknown)
    kept = list(choice.kept) or [c for c in there if c not in choice.left_out]
    if not kept:
        raise UsageError("--columns leaves no column to export.")
    return kept
