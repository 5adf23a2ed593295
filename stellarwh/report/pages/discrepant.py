"""The stars that two surveys disagree on most."""

from collections.abc import Mapping
from typing import Any

from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import number, signed
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table, table

Row = dict[str, Any]


def discrepant_table(
    what: str, data: FigureData | None, left: str, right: str
) -> Table | None:
    """Return one line a star: its rows, their flags, both values, the difference.

    Parameters
    ----------
    what : str
        What the surveys differ in.
    data : FigureData or None
        The figure ``discrepant_stars``.
    left, right : str
        The surveys.
    """
    if not data:
        return None
    rows = data.rows()
    shown = quantity(what)
    digits = shown.digits + (1 if shown.digits == 0 else 0)
    unit = f" [{shown.unit}]" if shown.unit else ""
    is_fitted = any(row["calibrated"] is not None for row in rows)
    sides = {"left": left.upper(), "right": right.upper()}
    headings = (
        "Star",
        "In errors",
        f"Difference{unit}",
        *(["Calibrated"] if is_fitted else []),
        "± error",
        *sides.values(),
        *(f"S/N of {name}" for name in sides.values()),
        "Flags",
        "Catalogue rows",
    )
    return table(
        headings,
        (
            (
                str(row["star_id"]),
                number(row["n_sigma"], 1),
                signed(row["difference"], shown.digits),
                *([signed(row["calibrated"], shown.digits)] if is_fitted else []),
                number(row["err"], digits),
                *(number(row[f"value_{side}"], shown.digits) for side in sides),
                *(number(row[f"snr_{side}"], 0) for side in sides),
                _flags(row, sides),
                ", ".join(
                    f"{sides[side]} {row[f'source_id_{side}']}" for side in sides
                ),
            )
            for row in rows
        ),
        words_from=len(headings) - 2,
    )


def _flags(row: Row, sides: Mapping[str, str]) -> str:
    """Return the flags of both rows, each with its survey."""
    told = [
        f"{name} {', '.join(flags)}"
        for side, name in sides.items()
        if (flags := row[f"flags_{side}"]) is not None and len(flags)
    ]
    return "; ".join(told) or "none"
