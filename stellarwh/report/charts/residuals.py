"""Predictions beside their labels."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from stellarwh.report.charts.cells import (
    Extent,
    density_norm,
    draw_cells,
    extent_of,
    fill_grid,
)
from stellarwh.report.drawing import HALF_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number, signed
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import GRID, INK, PANEL, WARNING
from stellarwh.report.quantities import Quantity, quantity

# Lines stay visible on cells of their own brightness.
HALO = [Stroke(linewidth=2.8, foreground=PANEL, alpha=0.7), Normal()]
# A bin is marked where its median is off by more than a tenth of its scatter, the bin
# holds stars enough for that to matter, and the median is off by more than chance: of a
# hundred bins of 500 stars seven would be beyond a tenth with nothing wrong.
BIAS_SHARE = 0.1
BIAS_STARS = 500
_BAND = ("y_16", "y_50", "y_84")
_BIAS_ERRORS = 3.0
# A quarter of the page, in inches.
_NARROW = 2.62


def is_off(share: npt.ArrayLike, n: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return whether medians are off on the whole.

    Parameters
    ----------
    share : array-like
        Median in units of the scatter.
    n : array-like
        Stars in the bin; the error of a median is sqrt(pi / 2 n) of the scatter.
    """
    stars = np.maximum(np.asarray(n, dtype=float), 1.0)
    chance = _BIAS_ERRORS * np.sqrt(np.pi / 2.0 / stars)
    size = np.abs(np.asarray(share, dtype=float))
    return np.asarray((stars >= BIAS_STARS) & (size > np.maximum(BIAS_SHARE, chance)))


def draw_prediction(
    data: FigureData | None, name: str, *, is_narrow: bool = False
) -> Drawing | None:
    """Draw prediction against label above prediction minus label.

    Parameters
    ----------
    data : FigureData or None
        The figure ``prediction``.
    name : str
        Unique on the page.
    is_narrow : bool
        Whether four are to stand side by side.
    """
    if not data:
        return None
    shown = quantity(data.axis("x").quantity)
    low, high = data.first("x_low"), data.first("x_high")
    bins = data.first("x_bins")
    square = Extent(low, high, low, high, bins, bins)
    across, height = (_NARROW, 3.7) if is_narrow else (HALF_WIDTH, 5.6)
    figure = Figure(figsize=(across, height))
    below = 0.9 if is_narrow else 1.4
    left, width = 0.7 / across, 1 - (0.75 if is_narrow else 0.9) / across
    upper = figure.add_axes(
        (left, (0.6 + below) / height, width, 1 - (0.9 + below) / height)
    )
    lower = figure.add_axes((left, 0.5 / height, width, below / height))
    grid = fill_grid(data.layer("cells"), square, "n")
    draw_cells(upper, grid, square, density_norm(grid))
    upper.plot([low, high], [low, high], color=INK, linewidth=0.8, dashes=(4, 3))
    upper.set_xlim(low, high)
    upper.set_ylim(low, high)
    upper.set_ylabel(f"Predicted {shown.label}")
    upper.set_title(
        f"{shown.symbol}: {count(data.first('n_points'))} held-out stars",
        fontsize="small" if is_narrow else None,
    )
    upper.tick_params(labelbottom=False)
    marks = _draw_difference(
        lower,
        data.layer("differences"),
        data.layer("trend"),
        extent_of(data, "difference"),
        (f"Label {shown.label}", f"Prediction − label {shown.label}"),
    )
    lower.set_xlim(low, high)
    lower.set_xlabel(f"Label {shown.label}")
    lower.set_ylabel("Pred. − label")
    marks = [
        Marks(
            upper,
            data.layer("cells"),
            ("n",),
            cells=square.cells,
            words={"n": "stars"},
            labels=(f"Label {shown.label}", f"Predicted {shown.label}"),
        ),
        *marks,
    ]
    return finish(figure, name, _describe(shown, data), marks)


def n_outside(data: FigureData) -> int:
    """Return how many stars of the figure ``prediction`` lie beyond its axes."""
    cells = data.layer("cells")
    return int(data.first("n_points") - cells.array("n").sum())


def _draw_difference(
    axes: Axes,
    cells: FigureData,
    trend: FigureData,
    extent: Extent,
    labels: tuple[str, str],
) -> list[Marks]:
    grid = fill_grid(cells, extent, "n")
    draw_cells(axes, grid, extent, density_norm(grid))
    x, y_50 = trend.array("x"), trend.array("y_50")
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=3)
    for edge in ("y_16", "y_84"):
        axes.plot(
            x,
            trend.array(edge),
            color=INK,
            linewidth=0.8,
            zorder=4,
            path_effects=HALO,
        )
    axes.plot(x, y_50, color=INK, linewidth=1.4, zorder=5, path_effects=HALO)
    biased = is_biased(trend)
    axes.scatter(
        x, y_50, s=20, zorder=6, edgecolors=PANEL, linewidths=0.5,
        c=[WARNING if marked else INK for marked in biased],
    )  # fmt: skip
    axes.set_xlim(extent.x_low, extent.x_high)
    # A bin of few stars may lie beyond the bulk.
    largest = np.nanmax(np.abs([extent.y_low, extent.y_high, *y_50]))
    axes.set_ylim(-largest, largest)
    words = {
        "n": "stars", "y_50": "running median", "y_16": "16th percentile",
        "y_84": "84th percentile",
    }  # fmt: skip
    return [
        Marks(axes, cells, ("n",), cells=extent.cells, words=words, labels=labels),
        Marks(axes, trend, ("x", "n", *_BAND), x, y_50, words=words),
    ]


def is_biased(trend: FigureData) -> np.ndarray:
    """Return which bins are off by more than a tenth of their own scatter and chance.

    Parameters
    ----------
    trend : FigureData
        Bins with n, y_16, y_50 and y_84.
    """
    scatter = (trend.array("y_84") - trend.array("y_16")) / 2
    share = np.abs(trend.array("y_50")) / np.maximum(scatter, np.finfo(float).tiny)
    return is_off(share, trend.array("n"))


def _describe(shown: Quantity, data: FigureData) -> str:
    digits = max(shown.digits - 1, 0)
    return (
        f"Predicted against label {shown.label} of {count(data.first('n_points'))} "
        f"held-out stars between {number(data.first('x_first'), digits)} and "
        f"{number(data.first('x_last'), digits)}; the differences below run from "
        f"{signed(data.first('difference_first'), digits)} to "
        f"{signed(data.first('difference_last'), digits)}."
    )
