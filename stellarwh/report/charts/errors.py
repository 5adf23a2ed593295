"""Errors that a survey states: against S/N, and against repeated observations."""

from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from stellarwh.report.charts.scales import draw_normal
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number, significant
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import ACCENT, INK, SERIES
from stellarwh.report.quantities import quantity

_SNR_TICKS = (1, 3, 10, 30, 100, 300, 1000, 3000)
_STATED_WORDS = {
    "x_low": "S/N from", "x_high": "to", "n": "rows", "y_50": "median",
    "y_16": "16th percentile", "y_84": "84th percentile",
}  # fmt: skip
_REPEAT_WORDS = {
    "x_low": "S/N from", "x_high": "to", "n": "pairs", "factor": "scatter / error",
    "factor_err": "±", "scatter": "scatter", "stated": "stated error",
}  # fmt: skip


def draw_stated_errors(data: FigureData | None, name: str) -> Drawing | None:
    """Draw the median error of each quantity against S/N, with its 16–84 % band.

    Parameters
    ----------
    data : FigureData or None
        The figure ``stated_errors``.
    name : str
        Unique on the page.
    """
    if not data:
        return None
    names = list(dict.fromkeys(row["quantity"] for row in data.rows()))
    height = 2.5
    figure = Figure(figsize=(FULL_WIDTH, height))
    width = FULL_WIDTH / max(len(names), 3)
    marks: list[Marks] = []
    told = []
    for place, own in enumerate(names):
        axes = figure.add_axes(
            (
                (place * width + 0.55) / FULL_WIDTH,
                0.55 / height,
                (width - 0.68) / FULL_WIDTH,
                1 - 0.9 / height,
            )
        )
        inside = data.only(data.columns["quantity"] == own)
        x = np.sqrt(inside.array("x_low") * inside.array("x_high"))
        y = inside.array("y_50")
        axes.fill_between(
            x, inside.array("y_16"), inside.array("y_84"), color=ACCENT, alpha=0.22,
            linewidth=0,
        )  # fmt: skip
        axes.plot(x, y, color=ACCENT, linewidth=1.3, marker="o", markersize=2.6)
        shown = tuple(_STATED_WORDS)
        marks.append(Marks(axes, inside, shown, x, y, words=_STATED_WORDS))
        _along_snr(axes)
        axes.set_ylim(0, None)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,g}"))
        of = quantity(own)
        bare = of.label == of.symbol and of.unit
        axes.set_title(f"{of.label} [{of.unit}]" if bare else of.label, loc="left")
        told.append(
            f"{of.symbol} {significant(y[0], 2)} at S/N {significant(x[0], 2)} and "
            f"{significant(y[-1], 2)} at {significant(x[-1], 2)}"
        )
    alt = (
        "Median stated error of clean rows against S/N, with the central 68 percent: "
        + "; ".join(told)
    )
    return finish(figure, name, alt + ".", marks)


def draw_repeat_pulls(data: FigureData | None, name: str) -> Drawing | None:
    """Draw how repeated observations differ in units of their errors.

    Parameters
    ----------
    data : FigureData or None
        The figure ``repeat_pulls``.
    name : str
        Unique on the page.
    """
    if not data:
        return None
    figure, axes = new_axes()
    told = []
    for number_of, (own, bins) in enumerate(
        groupby(data.rows(), lambda row: row["quantity"])
    ):
        rows = list(bins)
        edges = [row["x_from"] for row in rows] + [rows[-1]["x_to"]]
        density = [row["n"] / row["n_points"] / 0.25 for row in rows]
        symbol = quantity(own).symbol
        axes.stairs(
            density, edges, color=SERIES[number_of % len(SERIES)], linewidth=1.3,
            label=symbol,
        )  # fmt: skip
        told.append(
            f"{symbol} {number(rows[0]['spread'], 2)} ({count(rows[0]['n_points'])} "
            "pairs)"
        )
    marks = Marks(
        axes,
        data,
        ("quantity", "x_from", "x_to", "n", "n_points"),
        (data.array("x_from") + data.array("x_to")) / 2,
        data.array("n") / data.array("n_points") / 0.25,
        words={"x_from": "from", "x_to": "to", "n": "pairs", "n_points": "of"},
    )
    draw_normal(axes)
    axes.legend(loc="upper right")
    alt = "Differences of repeated observations in units of their errors: spread of "
    return finish(figure, name, alt + ", ".join(told) + ".", [marks])


def draw_repeat_scatter(data: FigureData | None, name: str) -> Drawing | None:
    """Draw by what factor stated errors are off against S/N.

    Parameters
    ----------
    data : FigureData or None
        The figure ``repeat_scatter``.
    name : str
        Unique on the page.
    """
    if not data:
        return None
    binned = data.only(np.isfinite(data.array("x_low")))
    if not binned:
        return None
    figure, axes = new_axes()
    axes.axhline(1, color=INK, linewidth=1.0, label="errors hold")
    names = list(dict.fromkeys(row["quantity"] for row in data.rows()))
    told = []
    for place, own in enumerate(names):
        inside = binned.only(binned.columns["quantity"] == own)
        if not inside:
            continue
        x = np.sqrt(inside.array("x_low") * inside.array("x_high"))
        y, colour = inside.array("factor"), SERIES[place % len(SERIES)]
        axes.errorbar(
            x * 1.015**place, y, yerr=inside.array("factor_err"), color=colour,
            linewidth=1.1, elinewidth=0.8, marker="o", markersize=3.2,
            label=quantity(own).symbol,
        )  # fmt: skip
        told.append(
            f"{quantity(own).symbol} {number(y.min(), 2)} to {number(y.max(), 2)}"
        )
    x = np.sqrt(binned.array("x_low") * binned.array("x_high"))
    places = np.array([names.index(own) for own in binned.columns["quantity"]])
    shown = ("quantity", *_REPEAT_WORDS)
    y = binned.array("factor")
    marks = Marks(axes, binned, shown, x * 1.015**places, y, words=_REPEAT_WORDS)
    _along_snr(axes)
    axes.set_ylim(0, None)
    axes.set_ylabel("Scatter / stated error")
    axes.legend(loc="best")
    alt = "Scatter of repeated observations over the stated error in bins of S/N: "
    return finish(figure, name, alt + "; ".join(told) + ".", [marks])


def _along_snr(axes: Axes) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(_SNR_TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlabel("S/N")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
