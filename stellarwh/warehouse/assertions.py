"""The assertions under ``sql/checks``: each a query of the rows that break it.

Those that say something of every row of one table name it in their header
(``-- of: staging.all_surveys``) and are looked for together, in one scan of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import SqlError
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.sql_files import read_header

_COMMENT = re.compile(r"--[^\n]*")
# As every file of ours is laid out: clauses begin a line, all else is indented.
_SHAPE = re.compile(
    r"select\b(?P<items>.*)\nfrom (?P<table>\S+)\nwhere\b(?P<condition>.*?)\s*;?\s*",
    re.DOTALL,
)
_CLAUSE = re.compile(r"^(?:group by|having|qualify|order by|limit|union)\b", re.M)
_NAMED = re.compile(r".*\bas\s+\w+", re.DOTALL)


@dataclass(frozen=True)
class Assertion:
    """What holds of the data, and the query of the rows of which it does not."""

    name: str
    text: str
    severity: str  # 'fail' or 'warn'
    sql: str
    path: Path
    table: str | None = None  # of which it says something of every row
    condition: str = ""  # of the rows that break it
    named: tuple[str, ...] = ()  # what the condition may call by name: 'x + y as z'


def read_assertions(folder: Path | None = None) -> list[Assertion]:
    """Read every check, sorted by name.

    Parameters
    ----------
    folder : Path, optional
        Where they are, if not in ``sql/checks``.

    Raises
    ------
    SqlError
        If one that is of every row of a table is no plain query of that table.
    """
    folder = folder or content_dir("sql") / "checks"
    return [_read(path) for path in sorted(folder.glob("*.sql"))]


def _read(path: Path) -> Assertion:
    sql = path.read_text(encoding="utf-8")
    text, fields = read_header(sql)
    severity = fields.get("severity", "fail")
    if "of" not in fields:
        return Assertion(path.stem, text, severity, sql, path)
    shape = _SHAPE.fullmatch(_COMMENT.sub("", sql).strip())
    if not shape or shape["table"] != fields["of"] or _CLAUSE.search(shape[0]):
        raise SqlError(
            f"{path}: with '-- of: {fields['of']}' in its header a check is "
            f"'select …', 'from {fields['of']}' and 'where …', and nothing else."
        )
    named = [i.strip() for i in _items(shape["items"]) if _NAMED.fullmatch(i.strip())]
    return Assertion(
        path.stem,
        text,
        severity,
        sql,
        path,
        shape["table"],
        shape["condition"].strip(),
        tuple(named),
    )


def _items(text: str) -> list[str]:
    """Return what a list of SQL consists of, parted at commas outside brackets."""
    items, depth = [""], 0
    for part in re.split(r"([(),\[\]])", text):
        depth += (part in ("(", "[")) - (part in (")", "]"))
        if part == "," and not depth:
            items.append("")
        else:
            items[-1] += part
    return items


def count_breaking_rows(
    connection: duckdb.DuckDBPyConnection, assertions: Sequence[Assertion]
) -> list[int]:
    """Return for each assertion about rows of one table how many rows break it.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    assertions : sequence of Assertion
        All of one table, which is read once.

    Raises
    ------
    SqlError
        If DuckDB refuses one, by its file.
    """
    named = ", ".join(["*", *(item for a in assertions for item in a.named)])
    counts = ", ".join(f"count(*) filter (where {a.condition})" for a in assertions)
    # Who breaks nothing is passed over, and all conditions are looked at no further
    # than they need to be.
    broken = " or ".join(f"({a.condition})" for a in assertions)
    try:
        (found,) = connection.execute(
            f"with looked_at as (select {named} from {assertions[0].table}) "  # noqa: S608 - from our files
            f"select {counts} from looked_at where {broken}"
        ).fetchall()
    except duckdb.Error as error:
        if len(assertions) == 1:
            path = assertions[0].path
            raise SqlError(f"{path}: {first_line(str(error))}") from None
        return [n for one in assertions for n in count_breaking_rows(connection, [one])]
    return [int(n) for n in found]
