"""Drawings take little room, and show the same as matplotlib's own."""

import base64
import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.image import imread, imsave

from stellarwh.report.drawing import finish, new_axes
from stellarwh.report.figures.data import of_rows
from stellarwh.report.figures.figure import Column
from stellarwh.report.indexed_png import with_palettes
from stellarwh.report.marks import Marks
from stellarwh.report.merged_paths import merged
from stellarwh.report.palette import STYLE

# One worker makes the report once.
pytestmark = pytest.mark.xdist_group("report")

_PICTURE = re.compile(r"data:image/png;base64,([^\"]+)")


def pixels(written: bytes) -> np.ndarray:
    return np.round(imread(io.BytesIO(written), format="png") * 255).astype(int)


def as_address(picture: np.ndarray) -> str:
    buffer = io.BytesIO()
    imsave(buffer, picture, format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def palette_of(n: int) -> np.ndarray:
    return np.array([[i % 256, 7 * i % 256, i // 256, 255] for i in range(n)])


@pytest.mark.parametrize(("colours", "kind"), [(1, 3), (255, 3), (256, 6)])
def test_a_picture_of_few_colours_has_a_palette_and_the_same_pixels(colours, kind):
    places = np.random.default_rng(1).permutation(80 * 60).reshape(60, 80) % colours
    picture = palette_of(colours)[places].astype(np.uint8)
    picture[3, 5:9] = 0  # and one that is clear
    written = with_palettes(f'<image href="{as_address(picture)}"/>')
    (found,) = _PICTURE.findall(written)
    png = base64.b64decode(found)
    assert png[25] == kind  # the colour type of its first chunk
    shown = pixels(png)
    if shown.shape[2] == 3:
        shown = np.dstack([shown, np.full(shown.shape[:2], 255)])
    assert np.array_equal(shown, picture)


def lines_of(path: str) -> list[list[float]]:
    return [[float(n) for n in own.split()] for own in path.split("M")[1:]]


def test_the_grid_of_an_axis_is_one_path_and_its_ticks_another():
    with rc_context(STYLE):
        figure, axes = new_axes()
        axes.set_xlim(0, 4)
        axes.set_xticks([0.5, 1, 2, 3])
        svg = finish(figure, "grid", "a grid").svg
        box = axes.get_position()
        width, height = (72 * size for size in figure.get_size_inches())
    axis = svg.split("<g data-axis>")[1].partition("</g>")[0]
    grid, ticks = re.findall(r'<path d="([^"]*)"', axis)
    assert "<use" not in axis
    assert re.findall(r">([^<>]+)</text>", axis) == ["0.5", "1.0", "2.0", "3.0"]
    top, low = (1 - box.y1) * height, (1 - box.y0) * height
    for line, tick, x in zip(
        lines_of(grid), lines_of(ticks), (0.5, 1, 2, 3), strict=True
    ):
        at = (box.x0 + x / 4 * box.width) * width
        assert line == pytest.approx([at, low, at, top], abs=0.06)
        assert tick == pytest.approx([at, low, at, low + 3], abs=0.06)


@pytest.mark.parametrize(("alpha", "paths"), [(None, 1), (0.3, 3)])
def test_lines_that_one_sees_through_are_not_put_together(alpha, paths):
    with rc_context(STYLE | {"axes.grid": False}):
        figure, axes = new_axes()
        for place in range(3):
            axes.plot([0, 1], [place, 1 + place], color="#112233", alpha=alpha)
        svg = finish(figure, "lines", "lines").svg
    found = re.findall(r'<path d="(M[^"]*)" clip-path', svg)
    assert len(found) == paths
    assert sum(own.count("M") for own in found) == 3


def test_what_stands_after_an_axis_with_an_empty_group_stays_behind_it():
    line = '<path d="M{0} 0 {0} 1" class="sa"/>'
    axis = "<g/>" + line.format(1) + "<text>1</text>" + line.format(2)
    after = "<text>after</text>" + line.format(3)
    told = merged(
        f"<svg><g data-axis>{axis}</g>{after}</svg>", {"sa": "fill:none;stroke:red"}
    )
    assert told == (
        '<svg><g data-axis><path d="M1 0 1 1M2 0 2 1" class="sa"/><g/><text>1</text>'
        f"</g>{after}</svg>"
    )


def test_a_layer_is_told_in_steps_and_cells_as_they_are_shown():
    rows = [
        {"layer": "ab"[i % 2], "x_cell": i, "y_cell": 0, "n": 3, "z": 0.123456 + i}
        for i in range(6)
    ]
    columns = [
        Column(name, name, quantity="fe_h" if name == "z" else "") for name in rows[0]
    ]
    data = of_rows("own", "Own", rows, columns)
    with rc_context(STYLE):
        figure, axes = new_axes()
        marks = Marks(axes, data.layer("b"), ("z",), cells=(0, 6, 6, 0, 1, 1))
        packed = finish(figure, "layer", "a layer", [marks]).packed
    told = json.loads(zlib.decompress(base64.b64decode(packed)))
    steps = told["panels"][0]["marks"][0]["rows"]
    assert np.cumsum(steps).tolist() == [1, 3, 5]
    assert steps == [1, 2, 2]
    digits = told["tables"][0]["columns"][4]["digits"]
    assert told["tables"][0]["rows"][4] == [
        round(0.123456 + i, digits) for i in range(6)
    ]


def test_no_drawing_of_a_report_is_out_of_proportion(full_report: Path) -> None:
    drawings = pictures = 0
    for page in sorted(full_report.glob("*.html")):
        for svg in re.findall(r"<svg viewBox.*?</svg>", page.read_text(), re.DOTALL):
            drawings += 1
            for found in _PICTURE.findall(svg):
                shown = pixels(base64.b64decode(found))
                cells = max((shown[..., 3] > 0).sum(), 1) if shown.shape[2] == 4 else 1
                pictures += 1
                # A heading and a palette, and little more than a byte of each cell.
                assert len(found) < 1400 + 2 * cells + shown[..., 0].size / 10
            # Of each axis its grid and its ticks, large and small.
            for axis in svg.split("<g data-axis>")[1:]:
                inner = axis.partition("</g>")[0]
                assert inner.count("<path") <= 4
                assert "<use" not in inner
    assert drawings > 50
    assert pictures > 10
