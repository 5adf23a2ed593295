"""The sky in an equal-area projection."""

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from stellarwh.report.charts.cells import (
    add_colour_bar,
    density_norm,
    draw_cells,
    extent_of,
    fill_grid,
)
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import GRID, MUTED, PANEL, WARNING

_HEIGHT = 5.0
_CENTRE = 180.0
_SMALL: dict[str, Any] = {"fontsize": 7.8, "color": MUTED}
# Labels that stand on the map get a ground of their own.
_BACKED: dict[str, Any] = {
    "boxstyle": "round,pad=0.15",
    "facecolor": PANEL,
    "edgecolor": "none",
    "alpha": 0.85,
}
_X_EDGE = 2 * np.sqrt(2)
_Y_EDGE = np.sqrt(2)
# Rotation from Galactic to ICRS as the Hipparcos catalogue defines it (ESA SP-1200,
# vol. 1, eq. 1.5.11): the rows are x, y, z of ICRS.
_GALACTIC_TO_ICRS = np.array(
    [
        [-0.0548755604, 0.4941094279, -0.8676661490],
        [-0.8734370902, -0.4448296300, -0.1980763734],
        [-0.4838350155, 0.7469822445, 0.4559837762],
    ]
)


def project(ra: np.ndarray, dec: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Hammer coordinates of positions in degrees; RA increases to the left."""
    half = np.radians((np.asarray(ra) - _CENTRE) / 2)
    latitude = np.radians(dec)
    scale = np.sqrt(1 + np.cos(latitude) * np.cos(half))
    return (
        -_X_EDGE * np.cos(latitude) * np.sin(half) / scale,
        _Y_EDGE * np.sin(latitude) / scale,
    )


def galactic_plane() -> tuple[np.ndarray, np.ndarray]:
    """Return RA and Dec in degrees along b = 0, in order of RA."""
    longitude = np.radians(np.linspace(0, 360, 721))
    x, y, z = _GALACTIC_TO_ICRS @ np.stack(
        [np.cos(longitude), np.sin(longitude), np.zeros_like(longitude)]
    )
    ra = np.degrees(np.arctan2(y, x)) % 360
    order = np.argsort(ra)
    return ra[order], np.degrees(np.arcsin(z))[order]


def draw_sky(
    data: FigureData | None, name: str, what: str, *, unit: str = "Stars"
) -> Drawing | None:
    """Draw star counts per equal-area cell of the whole sky; None without stars.

    Parameters
    ----------
    data : FigureData or None
        Cells of one of the figures of the sky.
    name : str
        Unique on the page.
    what : str
        What was counted, in words.
    unit : str
        What one of them is.
    """
    if not data:
        return None
    extent = extent_of(data)
    grid = fill_grid(data, extent, "n")
    figure = Figure(figsize=(FULL_WIDTH, _HEIGHT))
    box = (0.35 / FULL_WIDTH, 0.15 / _HEIGHT, (FULL_WIDTH - 1.35) / FULL_WIDTH, 0.94)
    axes = figure.add_axes(box)
    edge = Ellipse((0, 0), 2 * _X_EDGE, 2 * _Y_EDGE, facecolor=PANEL, edgecolor=MUTED)
    axes.add_patch(edge)
    mappable = draw_cells(axes, grid, extent, density_norm(grid))
    axes.images[-1].set_clip_path(edge)
    _draw_graticule(axes)
    axes.set_aspect("equal")
    axes.set_xlim(-_X_EDGE * 1.06, _X_EDGE * 1.06)
    axes.set_ylim(-_Y_EDGE * 1.08, _Y_EDGE * 1.08)
    axes.set_axis_off()
    add_colour_bar(figure, axes, mappable, f"{unit} per cell")
    square_degrees = 41252.96 / (np.pi / 4 * extent.x_bins * extent.y_bins)
    alt = (
        f"Sky map of {count(data.first('n_points'))} {what} in equatorial coordinates, "
        "Hammer equal-area projection with RA 180° in the middle and increasing to the "
        f"left; a cell is {square_degrees:.1f} square degrees, the fullest holds "
        f"{count(float(np.nanmax(grid)))}. A line marks the Galactic plane."
    )
    marks = Marks(
        axes, data, ("n",), cells=extent.cells, words={"n": unit.lower()},
        projection="hammer",
    )  # fmt: skip
    return replace(finish(figure, name, alt, [marks]), fits=True)


def _draw_graticule(axes: Axes) -> None:
    declinations = np.linspace(-90, 90, 91)
    for ra in range(0, 361, 30):
        x, y = project(np.full(91, ra + 1e-9), declinations)
        axes.plot(x, y, color=GRID, linewidth=0.6, zorder=1)
    for dec in range(-60, 61, 30):
        x, y = project(np.linspace(0, 360, 181), np.full(181, dec))
        axes.plot(x, y, color=GRID, linewidth=0.6, zorder=1)
        label = f"{dec:+d}°".replace("-", "−").replace("+0", "0")
        axes.text(x[-1] - 0.06, y[-1], label, ha="right", va="center", **_SMALL)
    labelled = np.arange(60.0, 360.0, 60.0)
    for ra_label, x_label in zip(
        labelled, project(labelled, np.zeros(5))[0], strict=True
    ):
        axes.text(
            x_label, 0, f"{ra_label:.0f}°", ha="center", va="center", zorder=4,
            bbox=_BACKED, **_SMALL,
        )  # fmt: skip
    x, y = project(*galactic_plane())
    axes.plot(x, y, color=WARNING, linewidth=1.2, zorder=3)
    # In a corner, where no star can be: beside the line it would hide some.
    axes.text(
        0.01, 0.02, "— Galactic plane", transform=axes.transAxes, fontsize=7.8,
        color=WARNING,
    )  # fmt: skip
