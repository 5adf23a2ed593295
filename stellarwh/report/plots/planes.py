"""Planes of two quantities and the sky, for print."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from stellarwh.report.charts.cells import extent_of
from stellarwh.report.charts.sky import galactic_plane, project
from stellarwh.report.figures.data import FigureData
from stellarwh.report.plots.cells import add_bar, show_cells
from stellarwh.report.plots.style import GRID, MUTED, VERMILION, label_of

_EDGES = 2 * np.sqrt(2), np.sqrt(2)


def draw_plane(
    figure: Figure, data: FigureData, what: str = "stars", *, colour: str | None = None
) -> None:
    """Draw how many are in each cell of a plane, or the mean of its third quantity.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        An empty one.
    data : FigureData
        ``kiel``, ``chemistry`` or another plane.
    what : str
        What is counted.
    colour : str, optional
        ``mean``: the mean of the third quantity instead.
    """
    x, y, z = (data.axis(name) for name in "xyz")
    axes = figure.add_subplot()
    extent = extent_of(data)
    is_mean = colour == "mean" and data.first("z_low") is not None
    image = show_cells(
        axes,
        data,
        extent,
        "z" if is_mean else "n",
        low=data.first("z_low"),
        high=data.first("z_high"),
    )
    mean = f"Mean {label_of(z.quantity, z.label)}"
    add_bar(figure, axes, image, mean if is_mean else f"{what.capitalize()} per cell")
    axes.set_xlabel(label_of(x.quantity, x.label))
    axes.set_ylabel(label_of(y.quantity, y.label))
    axes.set_xlim(extent.x_low, extent.x_high)
    axes.set_ylim(extent.y_low, extent.y_high)
    if x.is_reversed:
        axes.invert_xaxis()
    if y.is_reversed:
        axes.invert_yaxis()


def draw_sky(figure: Figure, data: FigureData, what: str = "stars") -> None:
    """Draw how many are in each equal-area cell of the sky, in Hammer's projection."""
    axes = figure.add_subplot()
    edge = Ellipse((0, 0), 2 * _EDGES[0], 2 * _EDGES[1], facecolor="none", zorder=3)
    edge.set_edgecolor(MUTED)
    axes.add_patch(edge)
    image = show_cells(axes, data, extent_of(data))
    image.set_clip_path(edge)
    grid: dict[str, Any] = {"color": GRID, "linewidth": 0.4, "zorder": 0.5}
    for ra in range(0, 361, 30):
        axes.plot(*project(np.full(91, ra + 1e-9), np.linspace(-90, 90, 91)), **grid)
    for dec in range(-60, 61, 30):
        axes.plot(*project(np.linspace(0, 360, 181), np.full(181, dec)), **grid)
    small: dict[str, Any] = {
        "fontsize": 6,
        "color": MUTED,
        "ha": "center",
        "va": "center",
    }
    for ra in range(60, 301, 60):
        place = project(np.array([ra]), np.array([-0.0]))
        axes.text(place[0][0], place[1][0], f"{ra}°", zorder=4, **small)
    axes.plot(*project(*galactic_plane()), color=VERMILION, linewidth=0.8, zorder=3)
    axes.set_aspect("equal")
    axes.set_xlim(-_EDGES[0] * 1.02, _EDGES[0] * 1.02)
    axes.set_ylim(-_EDGES[1] * 1.02, _EDGES[1] * 1.02)
    axes.set_axis_off()
    add_bar(figure, axes, image, f"{what.capitalize()} per cell", shrink=0.8)
