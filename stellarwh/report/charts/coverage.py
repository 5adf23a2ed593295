"""Whether intervals hold the share of labels that they promise."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stellarwh.report.drawing import HALF_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import number, percent
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, INK, MUTED, SERIES, WARNING
from stellarwh.report.quantities import Quantity, quantity
from stellarwh.report.strata import group_words

_WORDS = {
    "stratum": "stars",
    "value_low": "predicted from",
    "value_high": "to",
    "n": "number",
    "coverage_68": "inside the 68 % interval",
    "coverage_90": "inside the 90 % interval",
}


@dataclass(frozen=True)
class _Line:
    """Share of labels inside the 68 % and 90 % intervals of one group of stars."""

    stratum: str
    inside_68: float
    inside_90: float


def draw_coverage(data: FigureData | None, name: str) -> Drawing | None:
    """Draw one row per fifth and group of stars, the promised shares as lines."""
    if not data:
        return None
    target = quantity(data.axis("value_low").quantity)
    title = target.symbol
    both = [
        row["coverage_68"] is not None and row["coverage_90"] is not None
        for row in data.rows()
    ]
    data = data.only(np.array(both, dtype=bool))
    shown = [
        _Line(group_of(row, target), row["coverage_68"], row["coverage_90"])
        for row in shown_rows(data)
    ]
    if not shown:
        return None
    height = 1.1 + 0.26 * len(shown)
    left = 0.35 + 0.072 * max(len(cut(s.stratum)) for s in shown)
    figure = Figure(figsize=(HALF_WIDTH, height))
    axes = figure.add_axes(
        (
            left / HALF_WIDTH,
            0.5 / height,
            1 - (left + 0.2) / HALF_WIDTH,
            1 - 0.85 / height,
        )
    )
    rows = range(len(shown))
    marks: list[Marks] = []
    for promised, colour, values in (
        (68, ACCENT, [s.inside_68 for s in shown]),
        (90, SERIES[0], [s.inside_90 for s in shown]),
    ):
        axes.axvline(promised, color=INK, linewidth=0.8, dashes=(4, 3))
        axes.axvspan(promised - 3, promised + 3, color=colour, alpha=0.12, linewidth=0)
        shares = [100 * value for value in values]
        told = ("stratum", "value_low", "value_high", "n", f"coverage_{promised}")
        marks.append(Marks(axes, data, told, shares, list(rows), words=_WORDS))
        axes.scatter(
            shares, rows, s=30, zorder=3, color=colour,
            label=f"{promised} % interval",
            edgecolors=[
                WARNING if abs(share - promised) > 3 else colour for share in shares
            ],
            linewidths=1.5,
        )  # fmt: skip
    axes.set_yticks(rows, [cut(s.stratum) for s in shown])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    low = min(100 * s.inside_68 for s in shown)
    axes.set_xlim(min(55, low - 4), 100)
    axes.set_xlabel("Labels inside the interval [%]")
    axes.tick_params(axis="y", length=0)
    # Beside the legend, which begins where the axes do.
    axes.set_title(title, x=0.15 - left / (HALF_WIDTH - left - 0.2))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1,
        handletextpad=0.2, columnspacing=1.0,
    )  # fmt: skip
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    alt = f"{title}, share of held-out labels inside the intervals: " + "; ".join(
        f"{s.stratum} {percent(s.inside_68)} of 68 % and {percent(s.inside_90)} of 90 %"
        for s in shown
    )
    return finish(figure, name, alt + ".", marks)


def shown_rows(data: FigureData) -> list[dict[str, Any]]:
    """Return the rows of the figure that have both shares."""
    return [
        row
        for row in data.rows()
        if row["coverage_68"] is not None and row["coverage_90"] is not None
    ]


def group_of(row: dict[str, Any], target: Quantity) -> str:
    """Return of which stars a row is, in words."""
    if row["stratum"] is not None:
        return group_words(row)
    if row["fifth"] is None:
        return "all held-out stars"
    digits = max(0, target.digits - 1)
    low, high = number(row["value_low"], digits), number(row["value_high"], digits)
    return f"predicted {low} to {high}"
