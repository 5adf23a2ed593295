"""Surveys beside the scale that they were brought to: differences, and pulls."""

from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number, signed
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED, PANEL, SERIES
from stellarwh.report.quantities import quantity

_SCALES = {"measured": (MUTED, "s"), "calibrated": (ACCENT, "o")}
_TOLD = ("scale", "x_low", "x_high", "n", "y_16", "y_50", "y_84")
_WORDS = {
    "scale": "values", "x_low": "from", "x_high": "to", "n": "stars", "y_50": "median",
    "y_16": "16th percentile", "y_84": "84th percentile",
}  # fmt: skip
_AXES = ("teff", "logg", "fe_h", "snr")


def draw_scale_difference(
    data: FigureData | None, name: str, survey: str, reference: str
) -> Drawing | None:
    """Draw survey − reference in bins: open squares as measured, filled calibrated.

    Parameters
    ----------
    data : FigureData or None
        The figure ``scale_difference``.
    name : str
        Unique on the page.
    survey, reference : str
        Of what the differences are.
    """
    if not data:
        return None
    shown = quantity(data.axis("y_50").quantity)
    rows = data.rows()
    panels = {axis: [row for row in rows if row["axis"] == axis] for axis in _AXES}
    panels = {axis: own for axis, own in panels.items() if own}
    reach = _reach(rows)
    height = 2.5
    figure = Figure(figsize=(FULL_WIDTH, height))
    left, gap = 0.85, 0.12
    width = (FULL_WIDTH - left - 0.15 - gap * (len(panels) - 1)) / len(panels)
    marks: list[Marks] = []
    for column, (axis, own) in enumerate(panels.items()):
        axes = figure.add_axes(
            (
                (left + column * (width + gap)) / FULL_WIDTH,
                0.55 / height,
                width / FULL_WIDTH,
                1 - 0.9 / height,
            )
        )
        places = _draw_bins(axes, own)
        inside = data.only(data.columns["axis"] == axis)
        marks.append(Marks(axes, inside, _TOLD, *places, words=_WORDS))
        axes.set_ylim(-reach, reach)
        axes.set_xlabel(quantity(axis).label)
        if column == 0:
            axes.set_ylabel(f"Δ {shown.label}")
            axes.set_title(
                f"{cut(survey.upper(), 24)} − {cut(reference.upper(), 24)}", loc="left"
            )
        else:
            axes.tick_params(labelleft=False)
    alt = _describe(shown.label, rows, survey, reference)
    return finish(figure, name, alt, marks)


def _draw_bins(
    axes: Axes, rows: list[dict[str, Any]]
) -> tuple[list[float], list[float]]:
    """Draw the bins of one axis; return where each of them is."""
    across = [np.nan] * len(rows)
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=1)
    of_snr = rows[0]["axis"] == "snr"
    # Bins of S/N are of unequal width: one after the other.
    places = {low: i for i, low in enumerate(sorted({row["x_low"] for row in rows}))}
    step = 1.0 if of_snr else rows[0]["x_high"] - rows[0]["x_low"]
    for scale, (colour, marker) in _SCALES.items():
        inside = [i for i, row in enumerate(rows) if row["scale"] == scale]
        own = [rows[i] for i in inside]
        aside = 0.08 * step * (1 if scale == "calibrated" else -1)
        x = [
            aside + (places[r["x_low"]] if of_snr else (r["x_low"] + r["x_high"]) / 2)
            for r in own
        ]
        for row, place in zip(inside, x, strict=True):
            across[row] = place
        y = np.array([row["y_50"] for row in own])
        errors = [y - [r["y_16"] for r in own], [r["y_84"] for r in own] - y]
        axes.errorbar(
            x, y, yerr=errors, color=colour, ecolor=colour, linewidth=0.9,
            elinewidth=0.6, zorder=3,
        )  # fmt: skip
        axes.scatter(
            x, y, s=16, marker=marker, c=PANEL if scale == "measured" else colour,
            edgecolors=colour, linewidths=1.1, zorder=4,
        )  # fmt: skip
    if of_snr:
        axes.set_xticks(list(places.values()), [f"{low:g}+" for low in places])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return across, [row["y_50"] for row in rows]


def _reach(rows: list[dict[str, Any]]) -> float:
    """Return how far the axis goes: to all medians, and most of the bars."""
    ends = np.abs([row[end] for row in rows for end in ("y_16", "y_84")])
    medians = max(abs(row["y_50"]) for row in rows)
    return 1.15 * max(float(np.quantile(ends, 0.9)), medians) or 1.0


def _describe(
    label: str, rows: list[dict[str, Any]], survey: str, reference: str
) -> str:
    worst = {
        scale: max((abs(r["y_50"]) for r in rows if r["scale"] == scale), default=None)
        for scale in _SCALES
    }
    digits = 0 if max(w or 0.0 for w in worst.values()) > 5 else 3
    return (
        f"Median {survey.upper()} minus {reference.upper()} {label} in bins of Teff, "
        "log g, [Fe/H] and S/N, with the central 68 percent of the stars; the largest "
        f"is {number(worst['measured'], digits)} as measured and "
        f"{number(worst['calibrated'], digits)} calibrated."
    )


def draw_pulls(data: FigureData | None, name: str, symbol: str) -> Drawing | None:
    """Draw how differences of surveys spread in units of their errors.

    Parameters
    ----------
    data : FigureData or None
        The figure ``scale_pulls``.
    name : str
        Unique on the page.
    symbol : str
        Of what the surveys differ in.
    """
    if not data:
        return None
    figure, axes = new_axes()
    told = []
    pairs: dict[tuple[str, str], str] = {}
    rows = data.rows()
    for (left, right, scale), bins in groupby(
        rows, lambda row: (row["survey_left"], row["survey_right"], row["scale"])
    ):
        own = list(bins)
        colour = pairs.setdefault((left, right), SERIES[len(pairs) % len(SERIES)])
        edges = [row["x_from"] for row in own] + [own[-1]["x_to"]]
        density = [row["n"] / row["n_points"] / 0.25 for row in own]
        is_last = scale == "calibrated"
        names = f"{cut(left.upper(), 16)} − {cut(right.upper(), 16)}"
        axes.stairs(
            density, edges, color=colour, linewidth=1.5 if is_last else 0.8,
            linestyle="-" if is_last else (0, (2, 2)),
            label=names if is_last else None,
        )  # fmt: skip
        told.append(
            f"{names} {scale} {number(own[0]['spread'], 2)} about "
            f"{signed(own[0]['middle'], 2)} ({count(own[0]['n_points'])} pairs)"
        )
    marks = Marks(
        axes,
        data,
        ("survey_left", "survey_right", "scale", "x_from", "x_to", "n"),
        (data.array("x_from") + data.array("x_to")) / 2,
        data.array("n") / data.array("n_points") / 0.25,
        words={"x_from": "from", "x_to": "to", "n": "pairs"},
    )
    draw_normal(axes)
    axes.set_title(symbol, loc="left")
    axes.legend(loc="upper right")
    alt = f"Differences of surveys in {symbol} in units of their errors: spread of "
    return finish(figure, name, alt + ", ".join(told) + ".", [marks])


def draw_normal(axes: Axes) -> None:
    """Draw what differences in units of their errors are to be, and its axes."""
    x = np.linspace(-5, 5, 201)
    normal = np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
    axes.plot(x, normal, color=INK, linewidth=1.0, label="normal, spread 1")
    axes.set_xlim(-5, 5)
    axes.set_ylim(0, None)
    axes.set_xlabel("Difference / its error")
    axes.set_ylabel("Density")
