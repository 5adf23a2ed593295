"""Two quantities against each other: density, and the mean of a third."""

from typing import Any

from matplotlib.colors import Normalize

from stellarwh.report.charts.cells import (
    Extent,
    add_colour_bar,
    density_norm,
    draw_cells,
    extent_of,
    fill_grid,
    half_box,
)
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import VALUE

_HEIGHT = 4.3


def draw_plane(data: FigureData | None, name: str) -> Drawing | None:
    """Draw counts per cell beside the mean of z per cell; None without points."""
    if not data:
        return None
    extent = extent_of(data)
    mean = f"Mean {data.axis('z').label}"
    counts = fill_grid(data, extent, "n")
    figure = Figure(figsize=(FULL_WIDTH, _HEIGHT))
    left, right = (figure.add_axes(half_box(column, _HEIGHT)) for column in (0, 1))
    mappable = draw_cells(left, counts, extent, density_norm(counts))
    add_colour_bar(figure, left, mappable, "Stars per cell")
    if data.first("z_low") is not None:
        norm = Normalize(data.first("z_low"), data.first("z_high"), clip=True)
        means = fill_grid(data, extent, "z")
        mappable = draw_cells(right, means, extent, norm, VALUE)
        add_colour_bar(figure, right, mappable, mean)
    for axes in (left, right):
        _dress(axes, data, extent)
    left.set_title("Density")
    right.set_title(mean)
    marks = [
        Marks(
            axes,
            data,
            ("n", "z") if data.first("z_low") is not None else ("n",),
            cells=extent.cells,
            words={"n": "stars", "z": mean},
        )
        for axes in (left, right)
    ]
    n = count_beyond(data)
    beyond = f"{count(n)} {'lies' if n == 1 else 'lie'} beyond the axes." if n else ""
    return finish(figure, name, _describe(data), marks, note=beyond)


def count_beyond(data: FigureData) -> int:
    """Return how many points the axes leave out: they end near the last per mille."""
    return int(data.first("n_points") - data.array("n").sum())


def _dress(axes: Any, data: FigureData, extent: Extent) -> None:
    x, y = data.axis("x"), data.axis("y")
    axes.set_xlabel(x.label)
    axes.set_ylabel(y.label)
    axes.set_xlim(extent.x_low, extent.x_high)
    axes.set_ylim(extent.y_low, extent.y_high)
    if x.is_reversed:
        axes.invert_xaxis()
    if y.is_reversed:
        axes.invert_yaxis()


def _describe(data: FigureData) -> str:
    ranges = []
    for axis in (data.axis("x"), data.axis("y")):
        first, last = (
            number(data.first(f"{axis.name}_{end}"), axis.digits)
            for end in ("first", "last")
        )
        ranges.append(f"{axis.label} from {first} to {last}")
    return (
        f"{data.title} of {count(data.first('n_points'))} stars: {', '.join(ranges)}; "
        "left the number of stars per cell, "
        f"right the mean {data.axis('z').label} per cell."
    )
