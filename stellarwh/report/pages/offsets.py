"""Tables of what two surveys differ by, before and after calibration."""

from collections.abc import Sequence
from typing import Any

from stellarwh.report.charts.offsets import GROUPS
from stellarwh.report.figures.data import FigureData
from stellarwh.report.figures.of_scale import COMPARED
from stellarwh.report.formats import MISSING, count, number, signed
from stellarwh.report.quantities import quantity
from stellarwh.report.tables import Table, table

Row = dict[str, Any]
_Key = tuple[str, str]
# Giants and dwarfs first: what is said of all stars depends on how many are which.
_ALL = {**GROUPS, "all": "all stars"}


def compared_quantities(data: FigureData | None) -> list[str]:
    """Return the quantities of the figure ``offsets``, parameters before abundances."""
    found = {row["quantity"] for row in data.rows() if row["n"]} if data else set()
    order = {name: place for place, name in enumerate(COMPARED)}
    return sorted(found, key=lambda name: (order.get(name, len(order)), name))


def offset_matrix(
    before: FigureData | None, after: FigureData | None, order: Sequence[str]
) -> Table | None:
    """Return a line a quantity: offsets of giants, dwarfs and all, before and after.

    Parameters
    ----------
    before, after : FigureData or None
        The figures ``offsets`` and ``calibrated_offsets``; without the latter a line
        has what was measured alone.
    order : sequence of str
        Quantities from the top.
    """
    if not order:
        return None
    scales = [_of(data) for data in (before, after) if data]
    words = ("", ", calibrated")
    return table(
        (
            "Quantity",
            *(
                f"{group.capitalize()}{words[i]}"
                for group in _ALL.values()
                for i in range(len(scales))
            ),
        ),
        (
            (
                _name(what),
                *(
                    _offset(scale.get((what, group)))
                    for group in _ALL
                    for scale in scales
                ),
            )
            for what in order
        ),
    )


def scatter_table(
    before: FigureData | None, after: FigureData | None, order: Sequence[str]
) -> Table:
    """Return a line a quantity and group: scatter and number of stars.

    Parameters
    ----------
    before, after : FigureData or None
        As of `offset_matrix`.
    order : sequence of str
        Quantities from the top.
    """
    scales = [_of(data) for data in (before, after) if data]
    words = ("", ", calibrated")
    return table(
        (
            "Quantity",
            "Stars",
            *(
                f"{heading}{words[i]}"
                for i in range(len(scales))
                for heading in ("Scatter", "n")
            ),
        ),
        (
            (
                _name(what),
                _ALL[group],
                *(
                    cell
                    for scale in scales
                    for cell in _scatter(scale.get((what, group)))
                ),
            )
            for what in order
            for group in _ALL
            if any((what, group) in scale for scale in scales)
        ),
        text_columns=2,
    )


def n_sampled(
    before: FigureData | None, after: FigureData | None
) -> tuple[int, int] | None:
    """Return how many stars were looked at calibrated, of how many, where not at all.

    Parameters
    ----------
    before, after : FigureData or None
        As of `offset_matrix`.
    """
    if not before or not after:
        return None
    whole, part = (
        max(row["n"] for row in data.rows() if row["stage_group"] == "all")
        for data in (before, after)
    )
    return (part, whole) if part < 0.9 * whole else None


def _of(data: FigureData) -> dict[_Key, Row]:
    return {
        (row["quantity"], row["stage_group"]): row for row in data.rows() if row["n"]
    }


def _name(what: str) -> str:
    shown = quantity(what)
    return f"{shown.symbol} [{shown.unit}]" if shown.unit else shown.symbol


def _digits(what: str) -> int:
    # One decimal more than the glossary's: an offset's error is small.
    digits = quantity(what).digits
    return min(digits + 1, 3)


def _offset(row: Row | None) -> str:
    if row is None:
        return MISSING
    digits = _digits(row["quantity"])
    return (
        f"{signed(row['offset_value'], digits)} ± {number(row['offset_err'], digits)}"
    )


def _scatter(row: Row | None) -> tuple[str, str]:
    if row is None:
        return MISSING, MISSING
    return number(row["scatter"], _digits(row["quantity"])), count(row["n"])
