"""How the columns of a survey's staging view are made of its raw columns.

What the view itself says is followed, as DuckDB parses it, so that no second list of
columns can differ from it.
"""

import copy
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from stellarwh.explain.declared import VIEW, declared_view
from stellarwh.quoting import quote_text
from stellarwh.warehouse.keys.expressions import Node
from stellarwh.warehouse.keys.rules import parse

_VIEW = re.compile(r"create view [^\s(]+ as ", re.IGNORECASE)
_ROW = "stellarwh_row"
# Where the flags of a value stand among the arguments of the rules that read them.
_FLAGS_AT = {"abundance": 1, "abundance_err": 2}


@dataclass(frozen=True)
class Rule:
    """What makes a column of staging.

    Attributes
    ----------
    sql : str
        An expression in raw columns alone.
    columns : tuple of str
        These raw columns, as the file spells them, in the order of the expression.
    flags : Flags or None
        What it looks at to reject a value.
    """

    sql: str
    columns: tuple[str, ...]
    flags: "Flags | None"


@dataclass(frozen=True)
class Flags:
    """Flags that may reject a value.

    Attributes
    ----------
    of : str
        SQL of the survey and the column, as `flag_names` takes them.
    rejecting : str
        SQL of the bits that are set and reject.
    """

    of: str
    rejecting: str


class Staged:
    """A survey's staging view.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse.
    survey : str
        Its name.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, survey: str) -> None:
        self._connection = connection
        self.survey = survey
        self._columns = {
            name.lower(): name
            for (name,) in connection.execute(
                "select column_name from duckdb_columns() where schema_name = 'raw' "
                "and table_name = $1 and database_name = current_database()",
                [survey],
            ).fetchall()
        }
        # DuckDB writes what it parsed as a version before did, where a file is of one.
        self._parser = duckdb.connect()  # noqa: TID251 - opens no file
        self._template = parse(self._parser, "select 1") or {}
        of_all = self._parsed(VIEW)
        self._node = (
            None
            if of_all is None
            else declared_view(connection, self._parser, survey, of_all)
        ) or self._parsed(survey)
        self._aliases = {} if self._node is None else _aliases(self._node)
        items = [] if self._node is None else self._node["select_list"]
        self._items = {_name(item): item for item in items}
        self._rules: dict[str, Rule | None] = {}

    def close(self) -> None:
        """Give back what parses."""
        self._parser.close()

    def has(self, column: str) -> bool:
        """Say whether the view has a column; also where nothing can be told of it."""
        return self._node is None or column in self._items

    def rule(self, column: str) -> Rule | None:
        """Return what makes a column; None where that cannot be told."""
        if column not in self._rules:
            self._rules[column] = self._rule(column)
        return self._rules[column]

    def _rule(self, column: str) -> Rule | None:
        item = self._items.get(column)
        if item is None:
            return None
        found: dict[str, None] = {}
        try:
            if item.get("function_name") == "error_beside":
                # An error is what the rule is about, the value what it looks at.
                self._spelled(item["arguments"][1], found)
            spelled = self._spelled(item, found)
        except LookupError:
            return None
        flags = next(self._flags(spelled), None)
        return Rule(self._sql(spelled), tuple(found), flags)

    def places(
        self, source_ids: Collection[str], healpix: Collection[int]
    ) -> dict[str, int]:
        """Return which rows of the raw table have some ids of the survey.

        Parameters
        ----------
        source_ids : collection of str
            ``source_id`` of the rows.
        healpix : collection of int
            Where they lie on the sky, which makes it quick.
        """
        if self._node is None or "source_id" not in self._items:
            return {}
        node = copy.deepcopy(self._node)
        readers = list(self._readers(node))
        if len(readers) != 1:
            return {}
        reader, alias = readers[0]
        near = f"{alias}.healpix in ({', '.join(map(str, healpix)) or 'null'})"
        template = parse(self._parser, f"select {alias}.rowid as {_ROW} where {near}")
        assert template is not None
        kept = reader["where_clause"]
        reader["where_clause"] = template["where_clause"]
        if kept is not None:
            reader["where_clause"] = {
                "class": "CONJUNCTION",
                "type": "CONJUNCTION_AND",
                "alias": "",
                "children": [kept, template["where_clause"]],
            }
        reader["select_list"] = [*reader["select_list"], *template["select_list"]]
        if reader is not node:
            outer = parse(self._parser, f"select {_ROW}")
            assert outer is not None
            row = outer["select_list"]
        else:
            row = template["select_list"]
        node["select_list"] = [self._items["source_id"], *row]
        wanted = ", ".join(map(quote_text, source_ids))
        return dict(
            self._connection.execute(
                f"select * from ({self._text(node)}) where source_id in ({wanted})"  # noqa: S608 - the view's own query, quoted texts
            ).fetchall()
        )

    def id_columns(self) -> list[str]:
        """Return the raw columns that a row's id is made of."""
        found: dict[str, None] = {}
        if "source_id" in self._items:
            self._spelled(self._items["source_id"], found, partly=True)
        return list(found)

    def _parsed(self, name: str) -> Node | None:
        ((text,),) = self._connection.execute(
            "select max(sql) from duckdb_views() where schema_name = 'staging' "
            "and view_name = $1 and database_name = current_database()",
            [name],
        ).fetchall()
        view = _VIEW.match(text or "")
        node = None if view is None else parse(self._parser, text[view.end() :])
        # Views are kept with arrows, which a query may not have any more.
        for function in _lambdas(node):
            function["syntax_type"] = "LAMBDA_KEYWORD"
        return node if node is not None and node["type"] == "SELECT_NODE" else None

    def _readers(self, node: Node) -> Iterator[tuple[Node, str]]:
        """Give each SELECT of the view that reads the raw table, and its name there."""
        for one in _selects(node):
            for table in _tables(one["from_table"]):
                path = [part.lower() for part in table["qualified_name"]["path"]]
                if path[-2:] == ["raw", self.survey.lower()]:
                    yield one, table.get("alias") or path[-1]

    def _spelled(
        self,
        node: Any,
        found: dict[str, None],
        within: tuple[str, ...] = (),
        *,
        partly: bool = False,
    ) -> Any:
        """Return an expression in raw columns, in place of names that the view gives.

        Raises
        ------
        LookupError
            If it holds anything else, unless it need be told partly only.
        """
        if isinstance(node, list):
            return [self._spelled(one, found, within, partly=partly) for one in node]
        if not isinstance(node, dict):
            return node
        if node.get("class") in ("SUBQUERY", "LAMBDA") and not partly:
            raise LookupError
        if node.get("class") != "COLUMN_REF":
            return {
                key: self._spelled(one, found, within, partly=partly)
                for key, one in node.items()
            }
        name = node["column_names"][-1].lower()
        if name in self._columns:
            found[self._columns[name]] = None
            return {**node, "column_names": [name]}
        if name in self._aliases and name not in within:
            inner = self._aliases[name]
            spelled = self._spelled(inner, found, (*within, name), partly=partly)
            return {**spelled, "alias": node["alias"]}
        if partly or name == "rowid":
            return node
        raise LookupError(name)

    def _flags(self, node: Any) -> Iterator[Flags]:
        """Give the flags that the rules in an expression reject by."""
        if isinstance(node, list):
            for one in node:
                yield from self._flags(one)
        elif isinstance(node, dict):
            at = _FLAGS_AT.get(node.get("function_name", ""))
            if at is not None:
                arguments = [one["expression"] for one in node["arguments"]]
                flags, masks = arguments[at], arguments[at + 1]
                if flags["class"] != "CONSTANT" and masks["class"] == "FUNCTION":
                    of = [self._sql(a["expression"]) for a in masks["arguments"]]
                    bits = f"flag_word({self._sql(flags)}) & {self._sql(masks)}"
                    yield Flags(", ".join(of), bits)
            for one in node.values():
                yield from self._flags(one)

    def _sql(self, expression: Node) -> str:
        """Return an expression as SQL, without the name that it gets."""
        template = {**self._template, "select_list": [{**expression, "alias": ""}]}
        return self._text(template).removeprefix("SELECT ")

    def _text(self, node: Node) -> str:
        whole = json.dumps({"error": False, "statements": [{"node": node}]})
        ((text,),) = self._parser.execute(
            "select json_deserialize_sql($1::json)", [whole]
        ).fetchall()
        return str(text)


def _name(item: Node) -> str:
    """Return what a selected expression is called."""
    called = item.get("alias") or (item.get("column_names") or [""])[-1]
    return str(called).lower()


def _ctes(node: Node) -> Iterator[Node]:
    for entry in (node.get("cte_map") or {}).get("map", ()):
        yield entry["value"].get("query_node") or entry["value"]["query"]["node"]


def _selects(node: Node) -> Iterator[Node]:
    """Give the SELECTs of a query that stand side by side or above each other."""
    if node["type"] == "SELECT_NODE":
        yield node
    for inner in _ctes(node):
        yield from _selects(inner)


def _lambdas(node: Any) -> Iterator[Node]:
    """Give the functions that stand within a query."""
    if isinstance(node, dict):
        if node.get("class") == "LAMBDA":
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _lambdas(inner)


def _tables(node: Node) -> Iterator[Node]:
    """Give the tables that a FROM reads."""
    if node["type"] == "BASE_TABLE":
        yield node
    elif node["type"] == "JOIN":
        yield from _tables(node["left"])
        yield from _tables(node["right"])


def _aliases(node: Node) -> dict[str, Node]:
    """Return the expressions that the CTEs of a view give names, if it is one each."""
    found: dict[str, list[Node]] = {}
    for inner in _ctes(node):
        for one in _selects(inner):
            for item in one["select_list"]:
                if item.get("alias"):
                    found.setdefault(item["alias"].lower(), []).append(item)
    return {name: items[0] for name, items in found.items() if len(items) == 1}
