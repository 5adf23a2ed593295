"""How many stars each combination of surveys has, as an UpSet plot."""

import numpy as np

from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED

_MOST = 12


def draw_overlap_sets(data: FigureData | None, name: str) -> Drawing | None:
    """Draw one bar per exact combination of surveys over a dot matrix.

    Parameters
    ----------
    data : FigureData or None
        Stars that lie in exactly these surveys, most first.
    name : str
        Unique on the page.
    """
    if not data:
        return None
    combinations = [(row["surveys"], row["n"]) for row in data.rows()]
    shown = combinations[:_MOST]
    surveys = sorted({survey for names, _ in combinations for survey in names})
    totals = {s: sum(n for names, n in combinations if s in names) for s in surveys}
    matrix_height = 0.3 * len(surveys) + 0.1
    height = 2.4 + matrix_height
    figure = Figure(figsize=(FULL_WIDTH, height))
    left, width = 2.6 / FULL_WIDTH, 1 - 2.8 / FULL_WIDTH
    upper = figure.add_axes(
        (left, (matrix_height + 0.25) / height, width, 1.9 / height)
    )
    lower = figure.add_axes((left, 0.12 / height, width, matrix_height / height))
    places = range(len(shown))
    upper.bar(places, [n for _, n in shown], width=0.55, color=ACCENT)
    for place, (_, n) in zip(places, shown, strict=True):
        upper.annotate(
            count(n), (place, n), (0, 3), textcoords="offset points", ha="center",
            fontsize=8, color=INK,
        )  # fmt: skip
    upper.set_ylabel("Stars")
    upper.set_ylim(0, max(n for _, n in shown) * 1.15)
    upper.yaxis.set_major_formatter(lambda value, _: count(value))
    upper.set_xticks([])
    upper.grid(axis="x", visible=False)
    lower.set_facecolor("none")
    for row, survey in enumerate(surveys):
        lower.scatter(places, [row] * len(shown), s=58, color=GRID, zorder=1)
        lower.text(
            -0.75, row, f"{cut(survey.upper(), 24)}  {count(totals[survey])}",
            ha="right", va="center", fontsize=8.5, color=INK,
        )  # fmt: skip
    for place, (names, _) in zip(places, shown, strict=True):
        rows = [surveys.index(survey) for survey in names]
        lower.scatter([place] * len(rows), rows, s=58, color=ACCENT, zorder=3)
        if len(rows) > 1:
            lower.plot([place, place], [min(rows), max(rows)], color=ACCENT, zorder=2)
    lower.set_ylim(len(surveys) - 0.5, -0.5)
    for axes in (upper, lower):
        axes.set_xlim(-0.6, max(len(shown), 5) - 0.4)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    upper.spines["bottom"].set_color(MUTED)
    lower.set_axis_off()
    alt = "Stars by exact combination of surveys: " + "; ".join(
        f"{' + '.join(name.upper() for name in names)} {count(n)}" for names, n in shown
    )
    first = data.only(np.arange(len(data)) < len(shown))
    at = np.arange(len(shown)) - 0.275
    heights = [n for _, n in shown]
    words = {"surveys": "seen by exactly", "n": "stars"}
    marks = Marks(
        upper, first, ("surveys", "n"), at, np.zeros(len(shown)), at + 0.55, heights,
        words=words,
    )  # fmt: skip
    return finish(figure, name, alt + ".", [marks])
