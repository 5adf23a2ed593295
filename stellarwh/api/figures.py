"""The rows that a figure of the report is drawn from, as a result."""

from dataclasses import replace
from typing import Any

from stellarwh.api.asked import Query
from stellarwh.api.result import Result
from stellarwh.report.figures.figure import Asked
from stellarwh.report.figures.known import ask
from stellarwh.report.reader import Reader
from stellarwh.warehouse.freshness import require_current_build
from stellarwh.warehouse.query.statement import read_statement


def figure_of(warehouse: Any, name: str, parameters: dict[str, Any]) -> Result:
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
