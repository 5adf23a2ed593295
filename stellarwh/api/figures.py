"""Figures of the report: which there are, and the rows that one is drawn from."""

from dataclasses import replace
from typing import Any

from stellarwh.api.asked import Given, Open, Query
from stellarwh.api.columns import Column
from stellarwh.api.result import Result
from stellarwh.report.figures.figure import Asked, Parameter
from stellarwh.report.figures.known import FIGURES, ask
from stellarwh.report.reader import Reader
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.query.statement import read_statement


def known_figures() -> Result:
    """Return a row of each figure."""
    import pyarrow as pa

    columns = (
        Column("name", "VARCHAR", description="what it is asked by"),
        Column("title", "VARCHAR", description="what it is called on a page"),
        Column(
            "parameters",
            "VARCHAR[]",
            description="what it is asked for; with =None what may be left out",
        ),
        Column(
            "needs", "VARCHAR[]", description="tables and views that it is made from"
        ),
    )
    rows = [
        (
            figure.name,
            figure.title,
            list(map(_meaning, figure.parameters)),
            list(figure.needs),
        )
        for figure in FIGURES.values()
    ]
    names = [column.name for column in columns]
    types = [pa.string(), pa.string(), pa.list_(pa.string()), pa.list_(pa.string())]
    arrays = map(pa.array, zip(*rows, strict=True), types)
    return Result(Given(pa.table(list(arrays), names=names), columns))


def _meaning(parameter: Parameter) -> str:
    default = "" if parameter.is_required else "=None"
    choices = " or ".join(map(repr, parameter.choices))
    known = f" ({choices})" if choices else ""
    return f"{parameter.name}{default}: {parameter.description}{known}"


def figure_of(warehouse: Open, name: str, parameters: dict[str, Any]) -> Result:
    """Return the rows of a figure, with units and descriptions.

    Parameters
    ----------
    warehouse : Warehouse
        Open; its lock is held.
    name : str
        The figure.
    parameters : dict
        What it is asked with.
    """
    asked = ask(name, **parameters)
    require_current_build(warehouse.connection)
    sql = Reader(warehouse.connection).pasteable(asked)
    query = Query(warehouse, read_statement(sql), ())
    query.columns = tuple(
        replace(column, **_told(asked, column.name)) for column in query.columns
    )
    return Result(query)


def _told(asked: Asked, name: str) -> dict[str, str]:
    known = asked.column(name)
    return {"unit": known.unit, "ucd": "", "description": known.description}
