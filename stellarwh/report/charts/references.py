"""Stars whose values are known: differences from the reference, survey by survey."""

from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED, PANEL

_COLUMNS = 4
_COMBINED = "main.parameters"


def scale_name(scale: str, survey: str) -> str:
    """Return what values of a survey on a scale are called on a page."""
    if scale == "combined":
        return _COMBINED
    return f"{survey.upper()} calibrated" if scale == "calibrated" else survey.upper()


def draw_references(
    data: FigureData | None, name: str, of: str, whose: str
) -> Drawing | None:
    """Draw differences against x, one panel for each survey and scale.

    Parameters
    ----------
    data : FigureData or None
        Rows of scale, survey, is_clean, x, y and, where known, y_err, sorted by the
        first two.
    name : str
        Unique on the page.
    of : str
        What the vertical axis says.
    whose : str
        What the points are, in words: ``benchmark stars``.
    """
    if not data:
        return None
    rows = data.rows()
    panels = [
        (scale_name(*key), list(own))
        for key, own in groupby(rows, lambda row: (row["scale"], row["survey"]))
    ]
    columns = min(_COLUMNS, len(panels))
    lines = -(-len(panels) // columns)
    height = 0.55 + 2.35 * lines
    figure = Figure(figsize=(FULL_WIDTH, height))
    left, gap = 0.75, 0.15
    width = (FULL_WIDTH - left - 0.15 - gap * (columns - 1)) / columns
    reach = _reach([row["y"] for row in rows])
    x = [row["x"] for row in rows]
    of_rows = list(zip(data.columns["scale"], data.columns["survey"], strict=True))
    told = [name for name in data.columns if name not in ("scale", "survey")]
    marks: list[Marks] = []
    margin = 0.05 * (max(x) - min(x)) or 1.0
    for place, (title, own) in enumerate(panels):
        line, column = divmod(place, columns)
        axes = figure.add_axes(
            (
                (left + column * (width + gap)) / FULL_WIDTH,
                (height - 2.35 * (line + 1) + 0.1) / height,
                width / FULL_WIDTH,
                1.95 / height,
            )
        )
        _draw_panel(axes, own, reach)
        whose_rows = (own[0]["scale"], own[0]["survey"])
        inside = data.only(np.array([key == whose_rows for key in of_rows]))
        y = np.clip([row["y"] for row in own], -reach, reach)
        marks.append(Marks(axes, inside, told, [row["x"] for row in own], y))
        axes.set_title(f"{cut(title, 24)}: {count(len(own))}", loc="left")
        axes.set_xlim(min(x) - margin, max(x) + margin)
        if column == 0:
            axes.set_ylabel(of)
        else:
            axes.tick_params(labelleft=False)
        if place + columns >= len(panels):
            axes.set_xlabel(data.axis("x").label)
        else:
            axes.tick_params(labelbottom=False)
    stars = ", ".join(f"{title} {count(len(own))}" for title, own in panels)
    alt = f"{of} of {whose} against {data.axis('x').label}: {stars}."
    return finish(figure, name, alt, marks)


def _draw_panel(axes: Axes, rows: list[dict[str, Any]], reach: float) -> None:
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=1)
    for is_clean, colour in ((True, ACCENT), (False, MUTED)):
        own = [row for row in rows if row["is_clean"] is is_clean]
        if not own:
            continue
        x = [row["x"] for row in own]
        y = np.clip([row["y"] for row in own], -reach, reach)
        errors = [row.get("y_err") or 0.0 for row in own]
        if any(errors):
            axes.errorbar(
                x, y, yerr=errors, fmt="none", ecolor=MUTED, elinewidth=0.7, zorder=2
            )
        axes.scatter(
            x, y, s=14, zorder=3, c=colour if is_clean else PANEL,
            edgecolors=colour, linewidths=0.9,
        )  # fmt: skip
    if clean := [row["y"] for row in rows if row["is_clean"]]:
        middle = float(np.clip(np.median(clean), -reach, reach))
        axes.axhline(middle, color=INK, linewidth=0.9, dashes=(4, 3), zorder=4)
    axes.set_ylim(-1.06 * reach, 1.06 * reach)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _reach(values: list[float]) -> float:
    """Return how far the axis of differences goes: to all but one in twenty."""
    size = np.abs(np.asarray(values, dtype=float))
    return float(np.quantile(size, 0.95) * 1.2) or 1.0
