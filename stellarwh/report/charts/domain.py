"""Where on the Kiel plane a run has labels, and where its predictions reach beyond."""

from matplotlib.colors import Normalize

from stellarwh.report.charts.cells import (
    Extent,
    add_colour_bar,
    density_norm,
    draw_cells,
    fill_grid,
    half_box,
)
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, percent
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import VALUE

_HEIGHT = 4.0
# The cells of the figure ``domain``.
_EXTENT = Extent(3000, 9000, -0.5, 5.5, 60, 48)
_WORDS = {
    "n_labelled": "labelled stars",
    "n_outside": "predictions outside",
    "n_inside": "predictions inside",
}


def draw_domain(data: FigureData | None, name: str) -> Drawing | None:
    """Draw labelled stars per cell beside the share of predictions out of the domain.

    Parameters
    ----------
    data : FigureData or None
        The figure ``domain``.
    name : str
        Unique on the page.
    """
    if not data:
        return None
    labelled = data.only(data.array("n_labelled") > 0)
    n_predicted = data.array("n_inside") + data.array("n_outside")
    if not len(labelled) or not n_predicted.any():
        return None
    figure = Figure(figsize=(FULL_WIDTH, _HEIGHT))
    left, right = (figure.add_axes(half_box(column, _HEIGHT)) for column in (0, 1))
    grid = fill_grid(labelled, _EXTENT, "n_labelled")
    mappable = draw_cells(left, grid, _EXTENT, density_norm(grid))
    add_colour_bar(figure, left, mappable, "Stars per cell")
    outside, inside = (
        fill_grid(data.only(n_predicted > 0), _EXTENT, column)
        for column in ("n_outside", "n_inside")
    )
    shares = 100 * outside / (outside + inside)
    mappable = draw_cells(right, shares, _EXTENT, Normalize(0, 100), VALUE)
    add_colour_bar(figure, right, mappable, "Predictions outside [%]")
    left.set_title("Labelled stars")
    right.set_title("Predicted stars: share outside the domain")
    for axes in (left, right):
        axes.set_xlabel("Teff [K]")
        axes.set_ylabel("log g [dex]")
        # Stars are where stars are, and both panels show the same of the plane.
        axes.set_xlim(_EXTENT.x_high, _EXTENT.x_low)
        axes.set_ylim(_EXTENT.y_high, _EXTENT.y_low)
    marks = [
        Marks(left, labelled, ("n_labelled",), cells=_EXTENT.cells, words=_WORDS),
        Marks(
            right,
            data.only(n_predicted > 0),
            ("n_outside", "n_inside"),
            cells=_EXTENT.cells,
            words=_WORDS,
        ),
    ]
    return finish(figure, name, _describe(data), marks)


def _describe(data: FigureData) -> str:
    outside, inside = data.first("all_outside"), data.first("all_inside")
    return (
        f"Kiel diagram: left {count(data.first('all_labelled'))} labelled stars, right "
        f"the share of {count(outside + inside)} predicted stars that lie outside the "
        f"domain of training, {percent(outside, outside + inside)} of all."
    )
