"""The stars of a run whose predictions lie farthest from their labels."""

from typing import Any

from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import MISSING, number, percent, signed
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table, table

Row = dict[str, Any]


def worst_table(target: str, data: FigureData | None) -> Table | None:
    """Return one line a star: its label, its prediction, its rows and their flags.

    Parameters
    ----------
    target : str
        What was predicted.
    data : FigureData or None
        The figure ``worst_stars``.
    """
    if not data:
        return None
    rows = data.rows()
    cells = _classes if rows[0]["label_class"] is not None else _numbers
    shown = quantity(target)
    unit = f" [{shown.unit}]" if shown.unit else ""
    headings = (
        ("Label", "Predicted", "Probability")
        if cells is _classes
        else (
            f"Label{unit}",
            "Label’s error",
            "Predicted",
            "Difference",
            "Half intervals off",
        )
    )
    return table(
        ("Star", "Catalogue rows", "Flags", *headings),
        ((*_star(row), *cells(target, row)) for row in rows),
        text_columns=3,
    )


def _numbers(target: str, row: Row) -> tuple[str, ...]:
    shown = quantity(target)
    digits = shown.digits + (1 if shown.digits == 0 else 0)
    return (
        number(row["label"], digits),
        number(row["label_err"], digits),
        number(row["value"], digits),
        signed(row["difference"], digits),
        number(row["pull"], 1),
    )


def _classes(target: str, row: Row) -> tuple[str, ...]:
    return (
        str(row["label_class"]),
        str(row["class"]),
        percent(row["probability"]),
    )


def _star(row: Row) -> tuple[str, str, str]:
    return (
        str(row["star_id"]),
        ", ".join(row["rows"]) or MISSING,
        ", ".join(row["flags"]) or "none",
    )
