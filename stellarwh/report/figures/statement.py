"""The SQL of a figure: its steps put together, to run or to paste into the shell."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stellarwh.quoting import quote_text
from stellarwh.report.figures.figure import Asked, Figure

_QUERIES = Path(__file__).resolve().parent / "queries"
_COMMENTS = re.compile(r"^--.*\n", re.MULTILINE)
_PARAMETER = re.compile(r"\$(\w+)")
# What others read more than once and takes little room; else a look at all rows would
# be kept in memory so that a second one need not be taken.
_KEPT = {"frame", "pair_places", "pair_rows"}


def read_step(step: str) -> str:
    """Return the SQL of a step, without the comments above it."""
    return _COMMENTS.sub("", _text(step)).strip()


def statement(
    figure: Figure,
    without: Collection[str] = (),
    given: Mapping[str, str] | None = None,
) -> str:
    """Return the query of a figure, with ``$name`` for its parameters.

    Parameters
    ----------
    figure : Figure
        What is asked for.
    without : collection of str
        Sources that are left out, as tables of these names are there.
    given : mapping of str to str
        The SQL of sources that have no file.
    """
    given = given or {}
    parts = []
    for step in figure.steps:
        name = _name_of(step)
        if step is figure.steps[-1] or name in without:
            continue
        how = "" if name in _KEPT else "not "
        sql = given.get(name) or read_step(step)
        parts.append(f"{name} as {how}materialized (\n{sql}\n)")
    # Its own name: `with` within `with` may use those of the steps.
    parts.append(f"figure as (\n{read_step(figure.steps[-1])}\n)")
    return "with " + ",\n".join(parts) + "\nfrom figure"


def parameters_of(sql: str) -> set[str]:
    """Return the names of the parameters of a query."""
    return set(_PARAMETER.findall(sql))


def pasteable(asked: Asked, given: Mapping[str, str] | None = None) -> str:
    """Return the query of a figure with the values that it is asked with.

    It runs in any DuckDB shell that has the warehouse open.
    """
    sql = filled(statement(asked.figure, given=given), asked.parameters)
    comment = _text(asked.figure.steps[-1])
    heading = "".join(_COMMENTS.findall(comment))
    return f"-- {asked.figure.title}.\n{heading}{sql};\n"


def filled(sql: str, parameters: Mapping[str, Any]) -> str:
    """Return a query with values in place of its parameters."""
    return _PARAMETER.sub(lambda m: _literal(parameters[m[1]]), sql)


def _literal(value: object) -> str:
    return "null" if value is None else quote_text(str(value))


def _name_of(step: str) -> str:
    folder, _, name = step.rpartition("/")
    called = {"places": "places", "points": "points", "frames": "frame"}
    return called.get(folder, name)


@cache
def _text(step: str) -> str:
    text = (_QUERIES / f"{step}.sql").read_text(encoding="utf-8")
    return text.strip().removesuffix(";") + "\n"
