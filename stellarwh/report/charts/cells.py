"""Counts in a grid of cells: the shared part of every map of many stars."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, LogLocator

from stellarwh.report.drawing import FULL_WIDTH
from stellarwh.report.figures.data import FigureData
from stellarwh.report.palette import DENSITY, MUTED


@dataclass(frozen=True)
class Extent:
    """Bounds of a plane and how finely it is divided."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    x_bins: int
    y_bins: int

    @property
    def cells(self) -> tuple[float, float, int, float, float, int]:
        """The same as marks take it."""
        return (
            *(self.x_low, self.x_high, self.x_bins),
            *(self.y_low, self.y_high, self.y_bins),
        )


def extent_of(data: FigureData, y: str = "y") -> Extent:
    """Return the axes of the cells of a figure."""
    return Extent(
        x_low=data.first("x_low"),
        x_high=data.first("x_high"),
        y_low=data.first(f"{y}_low"),
        y_high=data.first(f"{y}_high"),
        x_bins=data.first("x_bins"),
        y_bins=data.first(f"{y}_bins"),
    )


def fill_grid(cells: FigureData, extent: Extent, value: str) -> np.ndarray:
    """Return an array of shape (y_bins, x_bins); empty cells are NaN."""
    grid = np.full((extent.y_bins, extent.x_bins), np.nan)
    places = (cells.array(name).astype(int) for name in ("y_cell", "x_cell"))
    grid[tuple(places)] = cells.array(value)
    return grid


def draw_cells(
    axes: Axes,
    grid: np.ndarray,
    extent: Extent,
    norm: Normalize,
    colours: Colormap = DENSITY,
) -> ScalarMappable:
    """Draw the grid as one image, one pixel a cell, empty cells transparent."""
    rgba = colours(norm(np.nan_to_num(grid, nan=norm.vmin or 0.0)))
    rgba[np.isnan(grid)] = 0.0
    axes.imshow(
        rgba,
        origin="lower",
        aspect="auto",
        extent=(extent.x_low, extent.x_high, extent.y_low, extent.y_high),
        zorder=2,
    )
    return ScalarMappable(norm, colours)


def density_norm(grid: np.ndarray) -> Normalize:
    """Return a logarithmic scale from one point to the fullest cell."""
    return LogNorm(1.0, max(float(np.nanmax(grid)), 3.0))


def add_colour_bar(
    figure: Figure, axes: Axes, mappable: ScalarMappable, label: str
) -> None:
    """Put a slim colour bar right of the axes."""
    box = axes.get_position()
    width = figure.get_figwidth()
    place = figure.add_axes((box.x1 + 0.09 / width, box.y0, 0.11 / width, box.height))
    bar = figure.colorbar(mappable, cax=place, label=label)
    bar.outline.set_edgecolor(MUTED)
    bar.outline.set_linewidth(0.5)
    place.grid(visible=False)
    if isinstance(mappable.norm, LogNorm):
        bar.ax.yaxis.set_major_formatter(PlainLogFormatter())
        few = (mappable.norm.vmax or 1) < 50
        bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
        # Minor ticks of a slim bar cost more time to draw than they tell.
        bar.ax.minorticks_off()


def half_box(column: int, height: float) -> tuple[float, float, float, float]:
    """Return where one of two axes with colour bars stands on a wide figure.

    Parameters
    ----------
    column : int
        0 is left, 1 right.
    height : float
        Of the figure, in inches.
    """
    panel = FULL_WIDTH / 2
    return (
        (column * panel + 0.62) / FULL_WIDTH,
        0.5 / height,
        (panel - 0.62 - 0.85) / FULL_WIDTH,
        (height - 0.8) / height,
    )


class PlainLogFormatter(LogFormatter):
    """Decades as 1, 10, 100, 1,000."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick at `x`."""
        return f"{x:,.0f}" if x >= 1 else f"{x:g}"
