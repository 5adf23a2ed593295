"""Horizontal bars with names on the left and figures on the right."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.ticker import MaxNLocator

from stellarwh.report.drawing import HALF_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import ACCENT, INK, MUTED


def draw_bars(
    name: str,
    alt: str,
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    *,
    axis_label: str,
    colours: Sequence[str] | str = ACCENT,
    width: float = HALF_WIDTH,
    errors: Sequence[float] | None = None,
    starts: Sequence[float] | None = None,
    data: FigureData | None = None,
    shown: Sequence[str] = (),
    first: int = 0,
    words: Mapping[str, str] | None = None,
) -> Drawing | None:
    """Draw one bar per label, first on top; None without values.

    Bars begin at zero, or at their `starts`. The rows of `data` are those of the bars
    from the one numbered `first` on; `shown` of it is told of each, as `words` call it.
    """
    if not values:
        return None
    rows = len(values)
    labels = [cut(label) for label in labels]
    height = 0.75 + 0.225 * rows
    longest = max(len(label) for label in labels)
    left = min(0.3 + 0.075 * longest, width * 0.48)
    right = 0.25 + 0.07 * max(len(text) for text in texts)
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes(
        (left / width, 0.5 / height, (width - left - right) / width, 1 - 0.6 / height)
    )
    places = range(rows)
    begin = np.zeros(rows) if starts is None else np.asarray(starts, dtype=float)
    ends = begin + np.asarray(values, dtype=float)
    axes.barh(
        places, values, height=0.68, left=begin, color=colours, xerr=errors,
        ecolor=MUTED,
    )  # fmt: skip
    axes.set_yticks(places, labels)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(0, max(ends) * 1.02 if max(ends) > 0 else 1)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(axis_label)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    for place, text in zip(places, texts, strict=True):
        axes.annotate(
            text, (1, place), (4, 0), xycoords=axes.get_yaxis_transform(),
            textcoords="offset points", va="center", fontsize=7.8, color=INK,
        )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    marks = []
    if data:
        own = data.only(np.arange(len(data)) < rows - first)
        inside = slice(first, first + len(own))
        low = np.arange(rows)[inside] - 0.34
        marks.append(
            Marks(
                axes, own, shown, begin[inside], low, ends[inside], low + 0.68,
                words=words or {},
            )
        )  # fmt: skip
    return finish(figure, name, alt, marks)
