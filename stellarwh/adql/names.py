"""The tables that a query names, looked up among those that it may read."""

from collections.abc import Iterator

from sqlglot import exp

from stellarwh.adql.tables import DEFAULT_SCHEMA, Table, Tables
from stellarwh.errors import AdqlError, did_you_mean, nearest_name

__all__ = ["find_table", "named_tables", "tables_read"]


def tables_read(tree: exp.Query, tables: Tables) -> tuple[Table, ...]:
    """Return the tables that a query reads, each once, in the order of their names.

    Parameters
    ----------
    tree : Query
        As `stellarwh.adql.parse.parse` gives it.
    tables : Tables
        All that it may read.

    Raises
    ------
    AdqlError
        If it names one that is not there.
    """
    found = {find_table(node, tables) for node in named_tables(tree)}
    return tuple(sorted(found, key=lambda table: (table.schema, table.name)))


def named_tables(tree: exp.Query) -> Iterator[exp.Table]:
    """Give what stands behind FROM and JOIN, but for what WITH has named before.

    A query of WITH sees those before it, and the main query all of them.
    """
    named: set[str] = set()
    parts: list[exp.Expr] = [tree]
    if (with_ := tree.args.get("with_")) is not None:
        parts = [*with_.expressions, tree]
    for part in parts:
        # The main query has WITH as a child; what is in there is done.
        for node in part.walk(prune=lambda child: isinstance(child, exp.With)):
            if isinstance(node, exp.Table) and not _is_one_of(node, named):
                yield node
        if isinstance(part, exp.CTE):
            named.add(part.alias.lower())


def _is_one_of(table: exp.Table, named: set[str]) -> bool:
    return not table.args.get("db") and table.name.lower() in named


def find_table(node: exp.Table, tables: Tables) -> Table:
    """Return the table that a node names.

    Raises
    ------
    AdqlError
        If there is none, with the nearest name that there is.
    """
    found = None
    if not node.args.get("catalog"):
        found = tables.find(node.db, node.name)
    if found is not None:
        return found
    asked = ".".join(part.name for part in node.parts)
    shown = "".join(c if c.isprintable() else " " for c in asked)
    shown = shown if len(shown) <= 60 else shown[:59] + "…"
    known = [_name(table) for table in tables.tables]
    bare = {table.name: _name(table) for table in tables.tables}
    hint = did_you_mean(asked, known)
    # A name without its schema, or in another one, is nearest to the name alone.
    if (nearest := nearest_name(node.name, bare)) is not None:
        hint = f"Did you mean '{bare[nearest]}'?"
    message = f"There is no table {shown} that a query can read. {hint}"
    raise AdqlError(message)


def _name(table: Table) -> str:
    if table.schema == DEFAULT_SCHEMA:
        return table.name
    return f"{table.schema}.{table.name}"
