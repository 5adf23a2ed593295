"""Counts in cells, for print."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from stellarwh.report.charts.cells import Extent, PlainLogFormatter, fill_grid
from stellarwh.report.figures.data import FigureData
from stellarwh.report.palette import DENSITY, VALUE
from stellarwh.report.plots.style import INK, VERMILION


def show_cells(
    axes: Axes, cells: FigureData, extent: Extent, value: str = "n", **bar: Any
) -> Any:
    """Draw a value of each cell as an image, and return it.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where.
    cells : FigureData
        Rows with ``x_cell``, ``y_cell`` and the value.
    extent : Extent
        Of all cells.
    value : str
        ``n``, on a logarithmic scale, or another column.
    **bar
        Ends of the scale of another column: ``low`` and ``high``.
    """
    grid = fill_grid(cells, extent, value)
    if value == "n":
        norm: Normalize = LogNorm(1, max(float(np.nanmax(grid)), 3.0))
    else:
        norm = Normalize(bar.get("low"), bar.get("high"), clip=True)
    return axes.imshow(
        np.ma.masked_invalid(grid),
        origin="lower",
        aspect="auto",
        norm=norm,
        cmap=DENSITY if value == "n" else VALUE,
        extent=(extent.x_low, extent.x_high, extent.y_low, extent.y_high),
        zorder=1,
    )


def add_bar(figure: Figure, axes: Axes, image: Any, label: str, **place: Any) -> None:
    """Explain the colours of cells beside them."""
    bar = figure.colorbar(image, ax=axes, label=label, pad=0.02, **place)
    bar.outline.set_linewidth(0.5)
    if isinstance(image.norm, LogNorm):
        bar.ax.yaxis.set_major_formatter(PlainLogFormatter())
        bar.ax.minorticks_off()


def show_trend(axes: Axes, trend: FigureData) -> None:
    """Draw the running median and the band from the 16th to the 84th percentile."""
    x = trend.array("x")
    for edge in ("y_16", "y_84"):
        axes.plot(x, trend.array(edge), color=INK, linewidth=0.7, dashes=(4, 2))
    axes.plot(x, trend.array("y_50"), color=VERMILION, linewidth=1.2)
    axes.axhline(0, color=INK, linewidth=0.5, zorder=2)
