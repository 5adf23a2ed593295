"""Two quantities against each other: density, and the mean of a third."""

from dataclasses import dataclass
from typing import Any

from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from stellarwh.report.charts.cells import (
    Extent,
    add_colour_bar,
    density_norm,
    draw_cells,
    fill_grid,
    find_extent,
)
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.formats import count, number
from stellarwh.report.palette import VALUE
from stellarwh.report.reader import Reader

_HEIGHT = 4.3


@dataclass(frozen=True)
class Plane:
    """What a plane shows and how its axes run.

    Parameters
    ----------
    title : str
        Name of the diagram.
    points : str
        File of ``queries/planes`` that yields x, y and the third quantity z.
    x_label, y_label, z_label : str
        Axis labels with units.
    digits : tuple of int
        Decimals of x and y in the text alternative.
    reverse_x, reverse_y : bool
        Whether larger values stand left or at the bottom.
    """

    title: str
    points: str
    x_label: str
    y_label: str
    z_label: str
    digits: tuple[int, int] = (2, 2)
    reverse_x: bool = False
    reverse_y: bool = False


def draw_plane(
    reader: Reader, plane: Plane, name: str, **parameters: Any
) -> Drawing | None:
    """Draw counts per cell beside the mean of z per cell; None without points."""
    found = find_extent(reader, plane.points, **parameters)
    if found is None:
        return None
    extent, bounds = found
    cells = reader.columns(
        "density", points=plane.points, **parameters, **extent.parameters()
    )
    counts = fill_grid(cells, extent, "n")
    figure = Figure(figsize=(FULL_WIDTH, _HEIGHT))
    left, right = figure.add_axes(_box(0)), figure.add_axes(_box(1))
    mappable = draw_cells(left, counts, extent, density_norm(counts))
    add_colour_bar(figure, left, mappable, "Stars per cell")
    if bounds["z_low"] is not None:
        norm = Normalize(bounds["z_low"], bounds["z_high"], clip=True)
        means = fill_grid(cells, extent, "z")
        mappable = draw_cells(right, means, extent, norm, VALUE)
        add_colour_bar(figure, right, mappable, f"Mean {plane.z_label}")
    for axes in (left, right):
        _dress(axes, plane, extent)
    left.set_title("Density")
    right.set_title(f"Mean {plane.z_label}")
    return finish(figure, name, _describe(plane, bounds))


def _box(column: int) -> tuple[float, float, float, float]:
    panel = FULL_WIDTH / 2
    return (
        (column * panel + 0.62) / FULL_WIDTH,
        0.5 / _HEIGHT,
        (panel - 0.62 - 0.85) / FULL_WIDTH,
        (_HEIGHT - 0.8) / _HEIGHT,
    )


def _dress(axes: Any, plane: Plane, extent: Extent) -> None:
    axes.set_xlabel(plane.x_label)
    axes.set_ylabel(plane.y_label)
    axes.set_xlim(extent.x_low, extent.x_high)
    axes.set_ylim(extent.y_low, extent.y_high)
    if plane.reverse_x:
        axes.invert_xaxis()
    if plane.reverse_y:
        axes.invert_yaxis()


def _describe(plane: Plane, bounds: dict[str, Any]) -> str:
    x_digits, y_digits = plane.digits
    return (
        f"{plane.title} of {count(bounds['n'])} stars: {plane.x_label} from "
        f"{number(bounds['x_low'], x_digits)} to {number(bounds['x_high'], x_digits)}, "
        f"{plane.y_label} from {number(bounds['y_low'], y_digits)} to "
        f"{number(bounds['y_high'], y_digits)}; left the number of stars per cell, "
        f"right the mean {plane.z_label} per cell."
    )
