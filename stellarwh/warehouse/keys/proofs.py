"""Which declared keys follow from others by the SQL of a view, whatever the rows are.

A view that groups by its key has one row of each value; one that joins to a table by
that table's key has no more rows than before. Where that is so, counting 7 million
values tells nothing new. What follows is told by the SQL that stands in the warehouse,
as DuckDB itself parses it; whatever is not understood here proves nothing, and is
counted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from stellarwh.warehouse.assertions import Assertion
from stellarwh.warehouse.keys.expressions import Node, calls, conjuncts, has_column
from stellarwh.warehouse.keys.rules import (
    Claim,
    claimed,
    firsts,
    multiplied,
    parse,
    read_claims,
)
from stellarwh.warehouse.keys.scope import (
    Column,
    Keys,
    Output,
    Rows,
    Scope,
    kept_keys,
    literal_type,
)
from stellarwh.warehouse.sql_files import SqlFile

_NOTHING = Rows(None, {}, frozenset())
# As DuckDB shows how a view was made; not where it gives the columns other names.
_VIEW = re.compile(r"create view [^\s(]+ as ", re.IGNORECASE)


def proofs(
    connection: duckdb.DuckDBPyConnection,
    files: Iterable[SqlFile],
    assertions: Iterable[Assertion] = (),
) -> dict[str, frozenset[str]]:
    """Return the views whose declared key follows from the keys of other objects.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    files : iterable of SqlFile
        The objects that have keys, in dependency order.
    assertions : iterable of Assertion
        Checks, of which some say that some rows of an object have a key.

    Returns
    -------
    dict
        By name of a view the objects whose declared keys it takes for unique, and the
        checks that it takes for passed; none where it needs no other.
    """
    keyed = [file for file in files if file.kind in ("view", "table")]
    texts = dict(
        connection.execute(
            "select schema_name || '.' || view_name, sql from duckdb_views() "
            "where not internal and database_name = current_database()"
        ).fetchall()
    )
    found = {}
    # How DuckDB writes what it parsed goes by the storage version of a file: by none.
    with duckdb.connect() as parser:  # noqa: TID251 - opens nothing
        prover = _Prover(connection, keyed, read_claims(parser, assertions))
        for file in keyed:
            view = _VIEW.match(texts.get(file.qualified_name, ""))
            if view is None:
                continue
            parsed = parse(parser, view.string[view.end() :])
            premises = None if parsed is None else prover.premises(file, parsed)
            if premises is not None:
                found[file.qualified_name] = premises
    return found


class _Prover:
    """What is known of the objects of a warehouse, to prove keys with.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    files : iterable of SqlFile
        The objects that have keys.
    claims : sequence of Claim
        Keys of some rows of them.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Iterable[SqlFile],
        claims: Sequence[Claim],
    ) -> None:
        self._claims = claims
        self._keys = {f.qualified_name: frozenset(f.key) for f in files}
        self._columns: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select lower(schema_name || '.' || table_name), lower(column_name), "
            "data_type from duckdb_columns() where not internal "
            "and database_name = current_database() order by column_index"
        ).fetchall():
            self._columns.setdefault(table, {})[column] = kind
        kinds: dict[str, set[str]] = {}
        texts: dict[str, str] = {}
        for name, kind, text in connection.execute(
            "select lower(function_name), function_type, macro_definition "
            "from duckdb_functions()"
        ).fetchall():
            kinds.setdefault(name, set()).add(kind)
            texts[name] = f"{texts.get(name, '')} {text or ''}".lower()
        self._aggregates = {n for n, kind in kinds.items() if kind == {"aggregate"}}
        macros = {n for n, kind in kinds.items() if "macro" in kind}
        self._multiplies = {"unnest", "unlist", "generate_subscripts"}
        # A macro may come to it through others.
        for _ in macros:
            more = {n for n in macros if any(m in texts[n] for m in self._multiplies)}
            if more <= self._multiplies:
                break
            self._multiplies |= more

    def premises(self, file: SqlFile, node: Node) -> frozenset[str] | None:
        """Return what the key of a view needs; None where it is not proved."""
        rows = self._query(node, {})
        shown = self._columns.get(file.qualified_name, {})
        if rows.columns is None or list(rows.columns) != list(shown):
            return None
        known = {column.lower() for column in file.key} | rows.fixed
        proved = [needs for key, needs in rows.keys.items() if key <= known]
        return min(proved, key=len) if proved else None

    def _query(self, node: Node, outer: Mapping[str, Rows]) -> Rows:
        known = dict(outer)
        for entry in (node.get("cte_map") or {}).get("map", ()):
            # Each may read those before it; the keys of a recursive one are not known.
            name = entry["key"].lower()
            known[name] = _NOTHING
            if not entry["value"].get("aliases"):
                known[name] = self._query(entry["value"]["query_node"], known)
        if node["type"] == "SELECT_NODE":
            return self._select(node, known)
        if node["type"] == "SET_OPERATION_NODE":
            first = self._query(node["children"][0], known)
            if first.columns is None or node["setop_type"] != "UNION":
                return _NOTHING
            columns = dict.fromkeys(first.columns, "")  # perhaps of another's type
            keys: Keys = {}
            if not node.get("setop_all"):
                keys = {frozenset(columns): frozenset()}
            return Rows(columns, keys, frozenset())
        return _NOTHING

    def _from(self, node: Node, known: Mapping[str, Rows]) -> Scope:
        kind = node["type"]
        if kind == "BASE_TABLE" and not node.get("column_name_alias"):
            name = node["qualified_name"]["path"][-1]
            alias = (node.get("alias") or name).lower()
            return Scope.of(alias, self._table(node, known))
        if kind == "SUBQUERY" and not node.get("column_name_alias"):
            rows = self._query(node["subquery"]["node"], known)
            return Scope.of((node.get("alias") or "").lower(), rows)
        if kind == "JOIN":
            left = self._from(node["left"], known)
            right = self._from(node["right"], known)
            return self._joined(node, left, right)
        return Scope.of((node.get("alias") or "").lower(), _NOTHING)

    def _name(self, node: Node, known: Mapping[str, Rows]) -> str | None:
        """Return the name of a table with its schema; None of a query's own."""
        path = [part.lower() for part in node["qualified_name"]["path"]]
        if len(path) == 1:
            return None if path[0] in known else f"main.{path[0]}"
        return ".".join(path)

    def _table(self, node: Node, known: Mapping[str, Rows]) -> Rows:
        name = self._name(node, known)
        if name is None:
            return known[node["qualified_name"]["path"][0].lower()]
        columns = self._columns.get(name)
        if columns is None:  # or of another database
            return _NOTHING
        keys = {self._keys[name]: frozenset([name])} if name in self._keys else {}
        return Rows(columns, keys, frozenset())

    def _joined(self, node: Node, left: Scope, right: Scope) -> Scope:
        kind = node["join_type"]
        if node["ref_type"] not in ("REGULAR", "CROSS") or left.shares(right):
            return left.beside(right).without_keys()
        pairs, fixed = [], set[Column]()
        both = left.beside(right)
        for one in conjuncts(node.get("condition")):
            equal, constant = self._equalities(one, both)
            pairs += equal
            fixed |= constant
        for name in node.get("using_columns") or ():
            found = (left.find([name]), right.find([name]))
            if found[0] is None or found[1] is None:
                return both.without_keys()
            if both.types(found[0]) == both.types(found[1]) != "":
                pairs.append((found[0], found[1]))
        return left.joined(right, kind, pairs, fixed, node.get("using_columns") or ())

    def _equalities(
        self, node: Node, scope: Scope
    ) -> tuple[list[tuple[Column, Column]], set[Column]]:
        """Return which columns are alike, or constant, where a condition is true.

        Only of one type: compared as another one, unlike values may be alike.
        """
        if node.get("type") != "COMPARE_EQUAL" or node.get("class") != "COMPARISON":
            return [], set()
        sides = [
            scope.find(side["column_names"]) if side["class"] == "COLUMN_REF" else None
            for side in (node["left"], node["right"])
        ]
        if sides[0] is not None and sides[1] is not None:
            kind = scope.types(sides[0])
            alike = kind != "" and kind == scope.types(sides[1])
            return ([(sides[0], sides[1])] if alike else []), set()
        for column, other in ((sides[0], node["right"]), (sides[1], node["left"])):
            if column is not None and literal_type(other) == scope.types(column) != "":
                return [], {column}
        return [], set()

    def _select(self, node: Node, known: Mapping[str, Rows]) -> Rows:
        scope = self._from(node["from_table"], known)
        for one in conjuncts(node.get("where_clause")):
            scope = scope.where(*self._equalities(one, scope))
        scope = self._claimed(node, known, scope)
        outputs = scope.outputs(node["select_list"])
        if outputs is None:
            return _NOTHING
        names = [name for name, _, _ in outputs]
        columns = {name: kind for name, kind, _ in outputs}
        if len(columns) != len(names):  # two alike: which is meant is not told
            return _NOTHING
        fixed = frozenset(n for n, _, source in outputs if source in scope.fixed)
        keys: Keys = {}
        if node.get("group_expressions") or node.get("group_sets"):
            group = self._group(node, scope, outputs)
            keys = {} if group is None else {group: frozenset()}
        elif node.get("aggregate_handling") == "FORCE_AGGREGATES":
            group = self._group_of_all(node["select_list"], names)
            keys = {} if group is None else {group: frozenset()}
        else:
            for one in conjuncts(node.get("qualify")):
                scope = scope.with_key(firsts(one, scope, outputs))
            keys = kept_keys(scope, outputs)
        for modifier in node.get("modifiers") or ():
            if modifier["type"] == "DISTINCT_MODIFIER" and not modifier.get(
                "distinct_on_targets"
            ):
                keys = keys | {frozenset(names): frozenset()}
        keys = multiplied(node["select_list"], names, keys, self._multiplies)
        return Rows(columns, keys, fixed)

    def _claimed(self, node: Node, known: Mapping[str, Rows], scope: Scope) -> Scope:
        """Return the scope of a SELECT with the keys that checks look at."""
        table = node["from_table"]
        if table["type"] != "BASE_TABLE" or table.get("column_name_alias"):
            return scope
        name = self._name(table, known) or ""
        for key, needs in claimed(node, name, self._claims).items():
            (alias,) = scope.tables
            scope = scope.with_key(frozenset((alias, c) for c in key), needs)
        return scope

    def _group_of_all(
        self, items: list[Node], names: list[str]
    ) -> frozenset[str] | None:
        """Return the columns that a query with GROUP BY ALL groups by."""
        found = set()
        if any(item["class"] == "STAR" for item in items):
            return None
        for name, item in zip(names, items, strict=True):
            if not calls(item, self._aggregates):
                found.add(name)
            elif has_column(item, self._aggregates):
                return None  # it groups by what is not shown as it is
        return frozenset(found)

    def _group(
        self, node: Node, scope: Scope, outputs: list[Output]
    ) -> frozenset[str] | None:
        """Return the columns that a query with GROUP BY groups by, as it shows them."""
        groups = node.get("group_expressions") or []
        if node.get("group_sets") not in ([], None, [list(range(len(groups)))]):
            return None
        found = set()
        for expression in groups:
            if expression["class"] != "COLUMN_REF":
                return None
            source = scope.find(expression["column_names"])
            shown = [name for name, _, of in outputs if of is not None and of == source]
            if not shown:
                return None
            found.add(shown[0])
        return frozenset(found)
