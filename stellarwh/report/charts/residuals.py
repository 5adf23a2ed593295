"""Differences: of two surveys, and of prediction and label."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke

from stellarwh.report.charts.cells import (
    Extent,
    density_norm,
    draw_cells,
    fill_grid,
    find_extent,
)
from stellarwh.report.drawing import FULL_WIDTH, HALF_WIDTH, Drawing, finish
from stellarwh.report.formats import count, number, signed
from stellarwh.report.names import cut
from stellarwh.report.palette import GRID, INK, PANEL, WARNING
from stellarwh.report.quantities import Quantity, quantity
from stellarwh.report.reader import Reader

TREND_BINS = 14
# Lines stay visible on cells of their own brightness.
_HALO = [Stroke(linewidth=2.8, foreground=PANEL, alpha=0.7), Normal()]
# A bin is marked where its median is off by more than a tenth of its scatter, the bin
# holds stars enough for that to matter, and the median is off by more than chance: of a
# hundred bins of 500 stars seven would be beyond a tenth with nothing wrong.
BIAS_SHARE = 0.1
BIAS_STARS = 500
_BIAS_ERRORS = 3.0


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


def draw_pair_residuals(
    reader: Reader, name: str, left: str, right: str, of: str
) -> Drawing | None:
    """Draw left − right of a quantity against Teff and [Fe/H] of the left survey."""
    shown = quantity(of)
    height = 3.2
    figure = Figure(figsize=(FULL_WIDTH, height))
    panel = FULL_WIDTH / 2
    n_stars = 0
    for column, against in enumerate(("teff", "fe_h")):
        parameters = {"quantity": of, "against": against}
        found = find_extent(reader, "pair_residual", 90, **parameters)
        if found is None:
            return None
        extent, bounds = found
        n_stars = bounds["n"]
        extent = replace(extent, y_bins=extent.x_bins * 11 // 20)
        box = (
            (column * panel + 0.72) / FULL_WIDTH,
            0.5 / height,
            (panel - 0.72 - 0.2) / FULL_WIDTH,
            1 - 0.65 / height,
        )
        axes = figure.add_axes(box)
        _draw_difference(reader, axes, extent, "pair_residual", parameters)
        axes.set_xlabel(f"{quantity(against).label} of {cut(left.upper(), 24)}")
        if column == 0:
            axes.set_ylabel(f"Δ {shown.label}")
    alt = (
        f"{left.upper()} minus {right.upper()} {shown.label} of {count(n_stars)} clean "
        "stars in common, left against Teff and right against [Fe/H], with the "
        "running median and the band from the 16th to the 84th percentile."
    )
    return finish(figure, name, alt)


def draw_prediction(
    reader: Reader, name: str, run_id: str, target: str
) -> Drawing | None:
    """Draw prediction against label above prediction minus label."""
    shown = quantity(target)
    parameters = {"run_id": run_id, "target": target}
    found = find_extent(reader, "prediction", 110, **parameters)
    residuals = find_extent(reader, "prediction_residual", 110, **parameters)
    if found is None or residuals is None:
        return None
    extent, bounds = found
    low, high = min(extent.x_low, extent.y_low), max(extent.x_high, extent.y_high)
    square = Extent(low, high, low, high, extent.x_bins, extent.y_bins)
    below = Extent(
        low, high, residuals[0].y_low, residuals[0].y_high, extent.x_bins, 60
    )
    height = 5.6
    figure = Figure(figsize=(HALF_WIDTH, height))
    width = 1 - 0.9 / HALF_WIDTH
    upper = figure.add_axes((0.7 / HALF_WIDTH, 2.0 / height, width, 1 - 2.3 / height))
    lower = figure.add_axes((0.7 / HALF_WIDTH, 0.5 / height, width, 1.4 / height))
    cells = reader.columns(
        "density", points="prediction", **parameters, **square.parameters()
    )
    grid = fill_grid(cells, square, "n")
    draw_cells(upper, grid, square, density_norm(grid))
    upper.plot([low, high], [low, high], color=INK, linewidth=0.8, dashes=(4, 3))
    upper.set_xlim(low, high)
    upper.set_ylim(low, high)
    upper.set_ylabel(f"Predicted {shown.label}")
    upper.set_title(f"{shown.symbol}: {count(bounds['n'])} held-out stars")
    upper.tick_params(labelbottom=False)
    _draw_difference(reader, lower, below, "prediction_residual", parameters)
    lower.set_xlim(low, high)
    lower.set_xlabel(f"Label {shown.label}")
    lower.set_ylabel("Pred. − label")
    return finish(figure, name, _describe(shown, bounds, residuals[1]))


def _draw_difference(
    reader: Reader,
    axes: Axes,
    extent: Extent,
    points: str,
    parameters: dict[str, Any],
) -> None:
    cells = reader.columns(
        "density", points=points, **parameters, **extent.parameters()
    )
    grid = fill_grid(cells, extent, "n")
    draw_cells(axes, grid, extent, density_norm(grid))
    trend = reader.columns(
        "trend", points=points, **parameters, **extent.x_parameters, x_bins=TREND_BINS
    )
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=3)
    for edge in ("y_16", "y_84"):
        axes.plot(
            trend["x"],
            trend[edge],
            color=INK,
            linewidth=0.8,
            zorder=4,
            path_effects=_HALO,
        )
    axes.plot(
        trend["x"],
        trend["y_50"],
        color=INK,
        linewidth=1.4,
        zorder=5,
        path_effects=_HALO,
    )
    biased = is_biased(trend)
    axes.scatter(
        trend["x"], trend["y_50"], s=20, zorder=6, edgecolors=PANEL, linewidths=0.5,
        c=[WARNING if marked else INK for marked in biased],
    )  # fmt: skip
    axes.set_xlim(extent.x_low, extent.x_high)
    largest = np.nanmax(np.abs([extent.y_low, extent.y_high]))
    axes.set_ylim(-largest, largest)


def is_biased(trend: dict[str, Any]) -> np.ndarray:
    """Return which bins are off by more than a tenth of their own scatter and chance.

    Parameters
    ----------
    trend : dict
        Columns of ``queries/trend.sql``: n, y_16, y_50, y_84.
    """
    scatter = (trend["y_84"] - trend["y_16"]) / 2
    share = np.abs(trend["y_50"]) / np.maximum(scatter, np.finfo(float).tiny)
    return is_off(share, trend["n"])


def _describe(
    shown: Quantity, bounds: dict[str, Any], residuals: dict[str, Any]
) -> str:
    digits = max(shown.digits - 1, 0)
    return (
        f"Predicted against label {shown.label} of {count(bounds['n'])} held-out stars "
        f"between {number(bounds['x_low'], digits)} and "
        f"{number(bounds['x_high'], digits)}; the differences below run from "
        f"{signed(residuals['y_low'], digits)} to "
        f"{signed(residuals['y_high'], digits)}."
    )
