"""Expressions of SQL, as DuckDB's parser gives them as JSON."""

from typing import Any

Node = dict[str, Any]


def conjuncts(node: Node | None) -> list[Node]:
    """Return the conditions of which all must be true."""
    if not node:
        return []
    if node.get("type") == "CONJUNCTION_AND":
        return [one for child in node["children"] for one in conjuncts(child)]
    return [node]


def calls(node: Any, names: set[str]) -> bool:
    """Say whether an expression calls a function, but for its subqueries."""
    if isinstance(node, list):
        return any(calls(one, names) for one in node)
    if not isinstance(node, dict) or node.get("class") == "SUBQUERY":
        return False
    if str(node.get("function_name", "")).lower() in names:
        return True
    return any(calls(one, names) for one in node.values())


def has_column(node: Any, aggregates: set[str]) -> bool:
    """Say whether an expression has a column that is not within an aggregate."""
    if isinstance(node, list):
        return any(has_column(one, aggregates) for one in node)
    if not isinstance(node, dict):
        return False
    if str(node.get("function_name", "")).lower() in aggregates:
        return False
    if node.get("class") in ("COLUMN_REF", "SUBQUERY", "WINDOW"):
        return True
    return any(has_column(one, aggregates) for one in node.values())
