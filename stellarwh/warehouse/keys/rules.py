"""What gives rows a key of their own: conditions that keep one row, checks, lists.

See `stellarwh.warehouse.keys.proofs`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from stellarwh.warehouse.assertions import Assertion
from stellarwh.warehouse.keys.expressions import Node, calls, conjuncts
from stellarwh.warehouse.keys.scope import Column, Keys, Output, Scope

_PLACES = {"query_location", "query_location_length"}


@dataclass(frozen=True)
class Claim:
    """That some rows of a table have a key, which a check looks at.

    Parameters
    ----------
    check : str
        Its name.
    table : str
        Whose rows, ``schema.table``.
    key : frozenset of str
        Columns of which no two rows have the same values.
    conditions : list
        What all of these rows meet.
    """

    check: str
    table: str
    key: frozenset[str]
    conditions: list[Node]


def parse(parser: duckdb.DuckDBPyConnection, sql: str) -> Node | None:
    """Return the one query that SQL is, as DuckDB parses it; None of anything else."""
    ((text,),) = parser.execute("select json_serialize_sql(?)", [sql]).fetchall()
    parsed = json.loads(text)
    if parsed.get("error") or len(parsed.get("statements", ())) != 1:
        return None
    node: Node = parsed["statements"][0]["node"]
    return node


def read_claims(
    parser: duckdb.DuckDBPyConnection, assertions: Iterable[Assertion]
) -> list[Claim]:
    """Return the keys that checks are of.

    A check that shows those groups of the rows of one table that have more than one
    row finds nothing where what it groups by is their key.

    Parameters
    ----------
    parser : duckdb.DuckDBPyConnection
        Any connection.
    assertions : iterable of Assertion
        All checks.
    """
    found = (_claim(a.name, parse(parser, a.sql)) for a in assertions)
    return [claim for claim in found if claim is not None]


def _claim(name: str, node: Node | None) -> Claim | None:
    if (
        node is None
        or node["type"] != "SELECT_NODE"
        or node["modifiers"]
        or node["cte_map"]["map"]
        or node["sample"]
        or node["qualify"]
        or node["from_table"]["type"] != "BASE_TABLE"
        or node["from_table"]["sample"]
        or not _is_more_than_one(node["having"] or {})
    ):
        return None
    columns = [
        item["column_names"]
        for item in node["select_list"]
        if item["class"] == "COLUMN_REF" and not item["alias"]
    ]
    groups = node["group_expressions"]
    if node["group_sets"] != [list(range(len(groups)))] or not all(
        group["class"] == "COLUMN_REF"
        and len(group["column_names"]) == 1
        and group["column_names"] in columns
        for group in groups
    ):
        return None
    path = node["from_table"]["qualified_name"]["path"]
    conditions = _conditions(node)
    if len(path) != 2 or _computes(conditions):
        return None
    key = frozenset(group["column_names"][0].lower() for group in groups)
    return Claim(name, ".".join(path).lower(), key, conditions)


def _is_more_than_one(having: Node) -> bool:
    literal = (having.get("right") or {}).get("literal") or {}
    counted = having.get("left") or {}
    return (
        having.get("type") == "COMPARE_GREATERTHAN"
        and counted.get("function_name") == "count_star"
        and not counted.get("filter")
        and literal == {"kind": "INTEGER", "text": "1"}
    )


def _conditions(node: Node) -> list[Node]:
    """Return the conditions on the rows of one table, whatever it is called there."""
    table = node["from_table"]
    alias = (table["alias"] or table["qualified_name"]["path"][-1]).lower()
    return [_plain(one, alias) for one in conjuncts(node["where_clause"])]


def _plain(node: Any, alias: str) -> Any:
    if isinstance(node, list):
        return [_plain(one, alias) for one in node]
    if not isinstance(node, dict):
        return node
    plain = {k: _plain(v, alias) for k, v in node.items() if k not in _PLACES}
    if node.get("class") == "COLUMN_REF":
        names = [name.lower() for name in node["column_names"]]
        is_qualified = len(names) == 2 and names[0] == alias
        plain["column_names"] = names[1:] if is_qualified else names
    return plain


def _computes(node: Any) -> bool:
    """Say whether it is more than columns and constants that are compared."""
    if isinstance(node, list):
        return any(_computes(one) for one in node)
    if not isinstance(node, dict):
        return False
    if node.get("class") in ("FUNCTION", "SUBQUERY", "WINDOW"):
        return True
    return any(_computes(one) for one in node.values())


def claimed(node: Node, name: str, claims: Iterable[Claim]) -> Keys:
    """Return the keys that a query of one table has by the claims.

    Parameters
    ----------
    node : dict
        A SELECT.
    name : str
        The table that it reads, ``schema.table``.
    claims : iterable of Claim
        All.
    """
    of_it = [claim for claim in claims if claim.table == name]
    if not of_it:
        return {}
    met = _conditions(node)
    return {
        claim.key: frozenset([claim.check])
        for claim in of_it
        if all(condition in met for condition in claim.conditions)
    }


def firsts(node: Node, scope: Scope, outputs: list[Output]) -> frozenset[Column] | None:
    """Return the columns of each value of which a condition keeps the first row."""
    window, number = node.get("left") or {}, node.get("right") or {}
    if (
        node.get("type") != "COMPARE_EQUAL"
        or window.get("type") != "WINDOW_ROW_NUMBER"
        or (number.get("literal") or {}) != {"kind": "INTEGER", "text": "1"}
    ):
        return None
    named = {name: source for name, _, source in outputs}
    found = set()
    for one in window.get("partitions") or ():
        column = scope.find(one["column_names"]) if "column_names" in one else None
        # What a column is called that is shown may be meant by its name alone.
        if column is None or named.get(column[1], column) != column:
            return None
        found.add(column)
    return frozenset(found)


def multiplied(
    items: Sequence[Node], names: Sequence[str], keys: Keys, multiplies: set[str]
) -> Keys:
    """Return the keys of rows of which a SELECT may make several.

    Parameters
    ----------
    items : sequence of dict
        What it shows.
    names : sequence of str
        What that is called.
    keys : Keys
        Of the rows before.
    multiplies : set of str
        Functions that make several rows of one.
    """
    several = [place for place, i in enumerate(items) if calls(i, multiplies)]
    if not several:
        return keys
    if len(several) > 1 or len(items) != len(names):
        return {}
    # Of a list without doubled items, each makes one row.
    (place,) = several
    inner = _only_argument(items[place], "unnest")
    values = _only_argument(inner or {}, "list_distinct")
    if values is None or calls(values, multiplies):
        return {}
    return {key | {names[place]}: needs for key, needs in keys.items()}


def _only_argument(node: Node, function: str) -> Node | None:
    if node.get("class") != "FUNCTION" or node.get("function_name") != function:
        return None
    if len(node["arguments"]) != 1 or node["arguments"][0]["name"]:
        return None
    argument: Node = node["arguments"][0]["expression"]
    return argument
