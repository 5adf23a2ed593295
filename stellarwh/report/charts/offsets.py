"""Offsets of two surveys, before and after calibration, quantity by quantity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from stellarwh.report.drawing import Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import signed
from stellarwh.report.marks import Marks
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED, PANEL
from stellarwh.report.quantities import quantity

GROUPS = {"giant": "giants", "dwarf": "dwarfs"}
_SHOWN = ("quantity", "stage_group", "n", "offset_value", "offset_err", "scatter")
_WORDS = {
    "quantity": "quantity", "stage_group": "stars", "n": "stars in common",
    "offset_value": "offset", "offset_err": "± its error", "scatter": "scatter",
}  # fmt: skip
_LINE = 0.2  # inches of a line


@dataclass(frozen=True)
class _Look:
    """How offsets of one scale are drawn."""

    label: str
    colour: str
    face: str
    marker: str


_BEFORE = _Look("as measured", MUTED, PANEL, "s")
_AFTER = _Look("on the one scale", ACCENT, ACCENT, "o")


def draw_offsets(
    before: FigureData | None,
    after: FigureData | None,
    order: Sequence[str],
    name: str,
    left: str,
    right: str,
) -> Drawing | None:
    """Draw offsets in units of the scatter as measured, with their errors.

    Parameters
    ----------
    before, after : FigureData or None
        The figures ``offsets`` and ``calibrated_offsets``.
    order : sequence of str
        Quantities from the top.
    name : str
        Unique on the page.
    left, right : str
        The surveys.
    """
    if not before:
        return None
    scatter = {
        (row["quantity"], row["stage_group"]): row["scatter"] for row in before.rows()
    }
    lines = [
        (what, group)
        for what in order
        for group in GROUPS
        if scatter.get((what, group))
    ]
    if not lines:
        return None
    figure, axes = new_axes(height=1.15 + _LINE * len(lines), margins="labels")
    axes.axvline(0, color=INK, linewidth=0.8, zorder=2)
    for place, (_, group) in enumerate(lines):
        if place and group == next(iter(GROUPS)):
            axes.axhline(place - 0.5, color=GRID, linewidth=0.8)
    marks = [
        _draw_scale(axes, data, look, lines, scatter)
        for data, look in ((before, _BEFORE), (after, _AFTER))
        if data
    ]
    axes.set_yticks(
        range(len(lines)),
        [f"{quantity(what).symbol}, {GROUPS[group]}" for what, group in lines],
    )
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    most = max(abs(end) for end in axes.get_xlim())
    axes.set_xlim(-most, most)
    axes.set_xlabel("Offset / scatter of single stars, as measured")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return finish(figure, name, _describe(before, after, left, right), marks)


def _draw_scale(
    axes: Axes,
    data: FigureData,
    look: _Look,
    lines: Sequence[tuple[str, str]],
    scatter: dict[tuple[str, str], float | None],
) -> Marks:
    """Draw the offsets of one scale; return where each of them is."""
    rows = data.rows()
    aside = 0.17 if look is _AFTER else -0.17
    x, y, errors = np.full((3, len(rows)), np.nan)
    for i, row in enumerate(rows):
        key = row["quantity"], row["stage_group"]
        unit = scatter.get(key)
        if unit and key in lines:
            x[i] = row["offset_value"] / unit
            errors[i] = (row["offset_err"] or 0.0) / unit
            y[i] = lines.index(key) + aside
    axes.errorbar(
        x, y, xerr=errors, fmt="none", ecolor=look.colour, elinewidth=1.1, zorder=3
    )
    axes.scatter(
        x, y, s=22, marker=look.marker, c=look.face, edgecolors=look.colour,
        linewidths=1.1, zorder=4, label=look.label,
    )  # fmt: skip
    words = {**_WORDS, "offset_value": f"offset {look.label}"}
    return Marks(axes, data, _SHOWN, x, y, words=words)


def _describe(
    before: FigureData, after: FigureData | None, left: str, right: str
) -> str:
    told = []
    for data, look in ((before, _BEFORE), (after, _AFTER)):
        offsets = [
            f"{quantity(row['quantity']).symbol} {GROUPS[row['stage_group']]} "
            + signed(row["offset_value"], _digits(row["quantity"]))
            for row in (data.rows() if data else [])
            if row["stage_group"] in GROUPS
        ]
        if offsets:
            told.append(f"{look.label}: {', '.join(offsets)}")
    return (
        f"Offsets of {left.upper()} minus {right.upper()} with their errors, in units "
        f"of the scatter of single stars, of giants and dwarfs. {'; '.join(told)}."
    ).replace(". as", ". As")


def _digits(name: str) -> int:
    return min(quantity(name).digits + 1, 3) if quantity(name).digits == 0 else 3
