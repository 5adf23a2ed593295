"""Counts in a grid of cells: the shared part of every map of many stars."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, LogLocator

from stellarwh.report.palette import DENSITY, MUTED
from stellarwh.report.reader import Columns, Reader


@dataclass(frozen=True)
class Extent:
    """Bounds of a plane and how finely it is divided."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    x_bins: int
    y_bins: int

    def parameters(self) -> dict[str, float]:
        """Return what ``queries/density.sql`` needs."""
        return dict(vars(self))

    @property
    def x_parameters(self) -> dict[str, float]:
        """Return what ``queries/trend.sql`` needs, apart from the number of bins."""
        return {"x_low": self.x_low, "x_high": self.x_high}


def bin_count(n_points: int, finest: int = 150) -> int:
    """Return bins along an axis: few points get cells large enough to be seen."""
    return int(np.clip(1.2 * np.sqrt(n_points), 36, finest))


def padded(low: float, high: float, share: float = 0.04) -> tuple[float, float]:
    """Return the bounds with a margin; equal bounds get one of their own."""
    margin = (high - low) * share or max(abs(high) * share, 0.5)
    return low - margin, high + margin


def find_extent(
    reader: Reader, points: str, finest: int = 150, **parameters: Any
) -> tuple[Extent, dict[str, Any]] | None:
    """Return the extent of a plane and its range row, or None without points."""
    found = reader.rows("range", points=points, **parameters)[0]
    if not found["n"]:
        return None
    bins = bin_count(found["n"], finest)
    x_low, x_high = padded(found["x_low"], found["x_high"])
    y_low, y_high = padded(found["y_low"], found["y_high"])
    return Extent(x_low, x_high, y_low, y_high, bins, bins), found


def fill_grid(cells: Columns, extent: Extent, value: str) -> np.ndarray:
    """Return an array of shape (y_bins, x_bins); empty cells are NaN."""
    grid = np.full((extent.y_bins, extent.x_bins), np.nan)
    grid[cells["y_cell"].astype(int), cells["x_cell"].astype(int)] = cells[value]
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


class PlainLogFormatter(LogFormatter):
    """Decades as 1, 10, 100, 1,000."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of a tick at `x`."""
        return f"{x:,.0f}" if x >= 1 else f"{x:g}"
