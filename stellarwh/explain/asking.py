"""Queries that a person can read and run again, and what they give."""

import math
import re
from collections.abc import Sequence
from typing import Any

import duckdb

from stellarwh.explain.explanation import Step
from stellarwh.quoting import quote_identifier, quote_text

Row = dict[str, Any]
WIDTH = 92
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """Return what a query gives, a dict each row, without NaN and infinities."""
    found = connection.execute(sql)
    names = [about[0] for about in found.description or ()]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in found.fetchall()
    ]


def _plain(value: Any) -> Any:
    """Return a value that JSON has."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def step(connection: duckdb.DuckDBPyConnection, sql: str, *lines: str) -> Step:
    """Return a step of a query that is run now."""
    return Step(lines, sql, tuple(rows_of(connection, sql)))


def select(
    items: Sequence[str],
    source: str,
    where: Sequence[str] = (),
    order: Sequence[str] = (),
) -> str:
    """Return a query as a statement to be pasted, on one line if it is short.

    Parameters
    ----------
    items : sequence of str
        What is selected.
    source : str
        A table, or joined tables.
    where : sequence of str
        Conditions, all of which hold.
    order : sequence of str
        What the rows are ordered by.
    """
    return f"{subquery(items, source, where, order)};"


def subquery(
    items: Sequence[str],
    source: str,
    where: Sequence[str] = (),
    order: Sequence[str] = (),
) -> str:
    """Return what `select` does, to stand within another query."""
    parts = [f"select {', '.join(items)}", f"from {source}"]
    if where:
        parts.append(f"where {' and '.join(where)}")
    if order:
        parts.append(f"order by {', '.join(order)}")
    line = " ".join(parts)
    if len(line) <= WIDTH and "\n" not in line:
        return line
    lines = filled("select", listed(items))
    lines += [f"from {source}"]
    together = f"where {' and '.join(where)}"
    if where and len(together) <= WIDTH and "\n" not in together:
        lines.append(together)
    elif where:
        lines += ["where", f"    {where[0]}", *(f"    and {one}" for one in where[1:])]
    if order:
        lines += [f"order by {', '.join(order)}"]
    return "\n".join(lines)


def filled(begin: str, items: Sequence[str], width: int = WIDTH) -> list[str]:
    """Return lines that hold all items, as many each as there is room for."""
    lines = [begin]
    for item in items:
        is_full = len(lines[-1]) + 1 + len(item) > width
        if is_full and lines[-1].strip() != begin.strip():
            lines.append(" " * len(begin))
        lines[-1] += f" {item}"
    return lines


def listed(items: Sequence[str]) -> list[str]:
    """Return items with a comma behind each but the last."""
    return [*(f"{item}," for item in items[:-1]), *items[-1:]]


def identifier(name: str) -> str:
    """Return a name as SQL, in quotes only where it needs them."""
    plain = _PLAIN.fullmatch(name) and name not in _RESERVED
    return name if plain else quote_identifier(name)


# Words that are names of columns here or there, and mean something to SQL.
_RESERVED = {"dec", "value", "values", "all", "order", "group", "table", "offset"}


def literal(value: Any) -> str:
    """Return a value as SQL.

    Raises
    ------
    TypeError
        If it is of a kind that compares by chance only, as a float, or has no plain
        spelling.
    """
    if value is None or isinstance(value, bool | int):
        return str(value).lower() if value is not None else "null"
    if isinstance(value, str):
        return quote_text(value)
    raise TypeError(type(value).__name__)


def number(value: float | None, digits: int = 7) -> str:
    """Return a number in few digits; NULL where there is none."""
    return "NULL" if value is None else shown(value, digits)


def shown(value: Any, digits: int = 7) -> str:
    """Return a cell as a person reads it."""
    if value is None:
        return "NULL"
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, list):
        return f"[{', '.join(shown(one) for one in value)}]"
    return str(value)
