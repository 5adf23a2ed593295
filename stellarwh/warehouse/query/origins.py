"""Which column of which table stands, as it is, in a column of a query.

What is computed has no origin, and neither has what cannot be told for certain: a unit
that is not known does no harm, a wrong one does.
"""

from collections.abc import Mapping, Sequence

import duckdb

from stellarwh.warehouse.keys.expressions import Node
from stellarwh.warehouse.keys.rules import parse
from stellarwh.warehouse.keys.scope import Rows, Scope

# Schema, table and column, as the warehouse writes them.
Origin = tuple[str, str, str]
_UNKNOWN = Rows(None, {}, frozenset())
# Between the parts of what stands here for a type; no name holds it.
_BETWEEN = "\0"
# A column that the query gives no name.
_UNNAMED = "\0"


def origins_of(
    connection: duckdb.DuckDBPyConnection, sql: str, names: Sequence[str]
) -> list[Origin | None]:
    """Return the origin of each column of a query.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sql : str
        One statement.
    names : sequence of str
        What DuckDB calls its columns.

    Returns
    -------
    list
        In the order of the columns; None for a column that is computed, or of which
        it cannot be told.
    """
    # One that writes serialises as an earlier version did.
    with duckdb.connect() as parser:  # noqa: TID251 - opens no file
        node = parse(parser, sql)
    outputs = None if node is None else _Reader(connection).outputs(node, {})
    told = [name for name, _ in outputs or ()]
    if len(told) != len(names) or any(
        one not in (other.lower(), _UNNAMED)
        for one, other in zip(told, names, strict=True)
    ):
        return [None] * len(names)
    return [_origin(label) for _, label in outputs or ()]


def _origin(label: str) -> Origin | None:
    schema, found, rest = label.partition(_BETWEEN)
    if not found:  # a type that was told from a literal
        return None
    table, _, column = rest.partition(_BETWEEN)
    return schema, table, column


class _Reader:
    """Follows columns through a query; their origins stand where types would.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._tables: dict[str, dict[str, str]] = {}
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal and database_name = current_database() "
            "order by column_index"
        ).fetchall():
            columns = self._tables.setdefault(f"{schema}.{table}".lower(), {})
            columns[column.lower()] = _BETWEEN.join((schema, table, column))

    def outputs(
        self, node: Node, outer: Mapping[str, Rows]
    ) -> list[tuple[str, str]] | None:
        """Return name and origin of each column; None where they are unknown."""
        known = dict(outer)
        for entry in (node.get("cte_map") or {}).get("map", ()):
            name = entry["key"].lower()
            known[name] = _UNKNOWN
            if not entry["value"].get("aliases"):
                query = entry["value"].get("query_node")
                query = query or entry["value"]["query"]["node"]
                known[name] = self._rows(query, known)
        if node["type"] == "SET_OPERATION_NODE":
            return self._united(node, known)
        if node["type"] != "SELECT_NODE":
            return None
        items = [
            item
            if item["class"] == "STAR" or item.get("alias") or item.get("column_names")
            else {**item, "alias": _UNNAMED}
            for item in node["select_list"]
        ]
        found = self._from(node["from_table"], known).outputs(items)
        return None if found is None else [(name, label) for name, label, _ in found]

    def _united(
        self, node: Node, known: Mapping[str, Rows]
    ) -> list[tuple[str, str]] | None:
        """Return what a UNION has: of one origin only what all its sides have of it."""
        if node["setop_type"] == "UNION_BY_NAME":
            return None
        sides: list[list[tuple[str, str]]] = []
        for child in node["children"]:
            side = self.outputs(child, known)
            if side is None or (sides and len(side) != len(sides[0])):
                return None
            sides.append(side)
        found = []
        for column in zip(*sides, strict=True):
            labels = {label for _, label in column}
            found.append((column[0][0], labels.pop() if len(labels) == 1 else ""))
        return found

    def _rows(self, node: Node, known: Mapping[str, Rows]) -> Rows:
        found = self.outputs(node, known)
        if found is None or len(dict(found)) != len(found):
            return _UNKNOWN
        return Rows(dict(found), {}, frozenset())

    def _from(self, node: Node, known: Mapping[str, Rows]) -> Scope:
        kind = node["type"]
        alias = (node.get("alias") or "").lower()
        if node.get("column_name_alias"):
            return Scope.of(alias, _UNKNOWN)
        if kind == "BASE_TABLE":
            path = [part.lower() for part in node["qualified_name"]["path"]]
            return Scope.of(alias or path[-1], self._table(path, known))
        if kind == "SUBQUERY":
            return Scope.of(alias, self._rows(node["subquery"]["node"], known))
        if kind == "JOIN":
            left = self._from(node["left"], known)
            right = self._from(node["right"], known)
            if left.shares(right) or node["ref_type"] not in ("REGULAR", "CROSS"):
                return Scope.of("", _UNKNOWN)
            return left.joined(
                right, node["join_type"], [], set(), node.get("using_columns") or ()
            )
        return Scope.of(alias, _UNKNOWN)

    def _table(self, path: list[str], known: Mapping[str, Rows]) -> Rows:
        if len(path) == 1 and path[0] in known:
            return known[path[0]]
        columns = self._tables.get(".".join(path if len(path) > 1 else ["main", *path]))
        return _UNKNOWN if columns is None else Rows(columns, {}, frozenset())
