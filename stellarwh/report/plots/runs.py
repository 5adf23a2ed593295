"""How good a run is, for print."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from stellarwh.report.charts.cells import Extent, extent_of
from stellarwh.report.charts.coverage import group_of, shown_rows
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count
from stellarwh.report.plots.cells import show_cells, show_trend
from stellarwh.report.plots.style import BLUE, INK, VERMILION, label_of
from stellarwh.report.quantities import quantity

RESIDUAL_HEIGHT = 88.0  # mm, of a row of panels
LINE = 4.2  # mm, of a group of stars


def draw_residuals(figure: Figure, panels: Sequence[FigureData], columns: int) -> None:
    """Draw prediction against label, and their difference below, for each target.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        An empty one.
    panels : sequence of FigureData
        ``prediction`` of each target.
    columns : int
        How many stand beside each other.
    """
    rows = -(-len(panels) // columns)
    for place, part in enumerate(figure.subfigures(rows, columns, squeeze=False).flat):
        if place >= len(panels):
            continue
        data = panels[place]
        name = label_of(data.axis("x").quantity, data.axis("x").label)
        upper, lower = part.subplots(2, 1, sharex=True, height_ratios=(2.4, 1))
        low, high = data.first("x_low"), data.first("x_high")
        bins = data.first("x_bins")
        square = Extent(low, high, low, high, bins, bins)
        show_cells(upper, data.layer("cells"), square)
        upper.plot([low, high], [low, high], color=INK, linewidth=0.6, dashes=(4, 3))
        upper.set_xlim(low, high)
        upper.set_ylim(low, high)
        upper.set_ylabel(f"Predicted {name}")
        upper.text(
            0.03, 0.97, f"{count(data.first('n_points'))} held-out stars",
            transform=upper.transAxes, va="top", fontsize=6.5,
        )  # fmt: skip
        extent = extent_of(data, "difference")
        show_cells(lower, data.layer("differences"), extent)
        trend = data.layer("trend")
        if len(trend):
            show_trend(lower, trend)
        largest = float(np.nanmax(np.abs([extent.y_low, extent.y_high])))
        lower.set_ylim(-largest, largest)
        lower.set_xlabel(f"Label {name}")
        lower.set_ylabel("Pred. − label")


def draw_coverage(figure: Figure, panels: Sequence[FigureData], columns: int) -> None:
    """Draw the share of labels inside the intervals, of all and of groups of stars."""
    rows = -(-len(panels) // columns)
    all_axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for place, axes in enumerate(all_axes):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        data = panels[place]
        target = quantity(data.axis("value_low").quantity)
        shown = shown_rows(data)
        for promised, colour, mark in ((68, BLUE, "o"), (90, VERMILION, "s")):
            axes.axvspan(promised - 3, promised + 3, color=colour, alpha=0.15, lw=0)
            axes.axvline(promised, color=INK, linewidth=0.5, dashes=(4, 3))
            shares = [100 * row[f"coverage_{promised}"] for row in shown]
            axes.plot(
                shares, range(len(shown)), mark, color=colour, markersize=3.5,
                label=f"{promised} % interval",
            )  # fmt: skip
        axes.set_yticks(range(len(shown)), [group_of(row, target) for row in shown])
        axes.tick_params(axis="y", which="both", left=False, right=False)
        for text in axes.get_yticklabels():
            text.set_parse_math(False)
        axes.minorticks_off()
        axes.set_ylim(len(shown) - 0.5, -0.5)
        least = min(min(100 * row["coverage_68"] for row in shown), 59)
        axes.set_xlim(least - 4, 100)
        axes.set_xlabel("Labels inside the interval (%)")
        axes.set_title(label_of(target.name, target.symbol))
    figure.legend(
        *all_axes[0].get_legend_handles_labels(),
        loc="outside lower center", ncols=2, fontsize=6.5,
    )  # fmt: skip
