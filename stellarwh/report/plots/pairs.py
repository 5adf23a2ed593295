"""What two surveys differ by, for print."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from stellarwh.report.charts.cells import extent_of
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count
from stellarwh.report.plots.cells import add_bar, show_cells, show_trend
from stellarwh.report.plots.style import label_of

PANEL = 40.0  # mm, the height of each


def draw_offsets(
    figure: Figure, panels: Sequence[FigureData], left: str, right: str
) -> None:
    """Draw left − right of each quantity against one of the left survey.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        An empty one.
    panels : sequence of FigureData
        ``pair_residual`` of each quantity that has rows.
    left, right : str
        The surveys.
    """
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, data in zip(all_axes, panels, strict=True):
        extent = extent_of(data)
        image = show_cells(axes, data.layer("cells"), extent)
        trend = data.layer("trend")
        if len(trend):
            show_trend(axes, trend)
        largest = float(np.nanmax(np.abs([extent.y_low, extent.y_high])))
        axes.set_ylim(-largest, largest)
        axes.set_xlim(
            min(extent_of(d).x_low for d in panels),
            max(extent_of(d).x_high for d in panels),
        )
        y = data.axis("y")
        axes.set_ylabel(rf"$\Delta$ {label_of(y.quantity, y.label)}")
        axes.text(
            0.02, 0.96, f"{count(data.first('n_points'))} stars",
            transform=axes.transAxes, va="top", fontsize=6.5,
        )  # fmt: skip
        add_bar(figure, axes, image, "Stars per cell")
    x = panels[-1].axis("x")
    all_axes[-1].set_xlabel(f"{label_of(x.quantity, x.label)} of {left.upper()}")
    all_axes[0].set_title(f"{left.upper()} − {right.upper()}", parse_math=False)
