"""Axes that draw all ticks with one draw what those of matplotlib draw."""

import io
import re
from collections.abc import Callable

import pytest
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure as FigureOfMatplotlib
from matplotlib.ticker import MaxNLocator

from stellarwh.report.charts.cells import Extent, add_colour_bar, draw_cells
from stellarwh.report.light_axes import Figure
from stellarwh.report.palette import STYLE
from stellarwh.report.svg import for_page


def _plain(axes: Axes) -> None:
    axes.plot([0.1, 1.3], [3, -2])
    axes.set_xlabel("x")
    axes.set_ylabel("a longer label")
    axes.set_title("A title")


def _logarithmic(axes: Axes) -> None:
    axes.plot([1, 3000], [0.1, 20])
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylabel("y")


def _large(axes: Axes) -> None:
    # Its power of ten stands above the axis, where the title is.
    axes.plot([0, 1], [1e8, 3e8])
    axes.set_title("Above")


def _turned(axes: Axes) -> None:
    axes.set_xlim(5, -1)
    axes.set_ylim(2, 2.0001)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.tick_params(length=0)


def _named(axes: Axes) -> None:
    axes.barh([0, 1, 2], [3, 1, 2])
    axes.set_yticks([0, 1, 2, 7], ["one", "two <2>", "three", "seven"])
    axes.set_ylim(-1, 3)
    axes.grid(visible=False)
    axes.tick_params(labelbottom=False)
    axes.set_xlabel("n")


def _above(axes: Axes) -> None:
    axes.xaxis.tick_top()
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_ylabel("right")
    axes.minorticks_on()


def _cells(axes: Axes) -> None:
    norm = LogNorm(1, 1000)
    grid = [[1.0, 10.0], [100.0, 1000.0]]
    shown = draw_cells(axes, grid, Extent(0, 2, 0, 2, 2, 2), norm)
    add_colour_bar(axes.figure, axes, shown, "Stars per cell")


def drawn(kind: type, dress: Callable[[Axes], None]) -> str:
    with rc_context(STYLE):
        figure = kind(figsize=(4, 3))
        dress(figure.add_axes((0.2, 0.2, 0.6, 0.6)))
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
    # Groups of nothing stand where a text is empty.
    return re.sub(r"<g/>|<g>|</g>", "", for_page(buffer.getvalue(), "own", "own"))


@pytest.mark.parametrize(
    "dress", [_plain, _logarithmic, _large, _turned, _named, _above, _cells]
)
def test_they_draw_the_same(dress: Callable[[Axes], None]) -> None:
    own = drawn(Figure, dress)
    assert own == drawn(FigureOfMatplotlib, dress)
    assert own.count("<text") >= 3


def test_no_more_ticks_are_made_for_more_places(monkeypatch) -> None:
    made = []
    begin = Tick.__init__

    def counted(self: Tick, *args: object, **kwargs: object) -> None:
        made.append(self)
        begin(self, *args, **kwargs)

    monkeypatch.setattr(Tick, "__init__", counted)
    numbers = []
    for places in (2, 20):
        made.clear()
        svg = drawn(
            Figure, lambda axes, n=places: axes.xaxis.set_major_locator(MaxNLocator(n))
        )
        numbers.append((len(made), svg.count("<text")))
    (few, some), (more, many) = numbers
    assert more == few
    assert many > some + 5
