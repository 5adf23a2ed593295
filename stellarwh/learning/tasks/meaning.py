"""What SQL means, whatever way it is spelt."""

import json
import re
from typing import Any

import duckdb

_NAME = r'(?:"(?:[^"]|"")*"|\w+)'
_CREATE = re.compile(
    rf"\s*create\s+(?:or\s+replace\s+)?view\s+(?:if\s+not\s+exists\s+)?"
    rf"{_NAME}(?:\s*\.\s*{_NAME})*\s*(?P<columns>\((?:{_NAME}|[\s,])*\))?\s*as\s+",
    re.IGNORECASE,
)
# Where in the text a node stood, and how long it was there.
_PLACES = ("query_location", "query_location_length")


def means_the_same(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Say whether two views read as the same tree: blanks and brackets do not count.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Whose parser reads them; nothing is run.
    one, other : str
        Their ``CREATE VIEW``.
    """
    return bool(_meaning(connection, one) == _meaning(connection, other))


def _meaning(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    created = _CREATE.match(sql)
    if created is None:
        return sql.split()
    select = sql[created.end() :].strip().rstrip(";")
    columns = re.sub(r"\s", "", created["columns"] or "").lower()
    try:
        found = connection.execute("select json_serialize_sql(?)", [select]).fetchall()
        tree = json.loads(found[0][0])
    except (duckdb.Error, ValueError):
        tree = {"error": True}
    return [columns, select.split() if tree.get("error") else _without_places(tree)]


def _without_places(tree: Any) -> Any:
    """Return a tree without where in the text its nodes stood."""
    if isinstance(tree, dict):
        return {
            name: _without_places(value)
            for name, value in tree.items()
            if name not in _PLACES
        }
    if isinstance(tree, list):
        return [_without_places(value) for value in tree]
    return tree
