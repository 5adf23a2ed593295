"""Bias in bins, in units of the scatter."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from stellarwh.report.charts.residuals import BIAS_SHARE, BIAS_STARS
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED, PANEL, WARNING
from stellarwh.report.quantities import quantity

_MOST = 60.0  # per cent; what lies beyond is drawn at the edge


def draw_bias(name: str, title: str, bins: Sequence[Any], alt: str) -> Drawing | None:
    """Draw one panel per axis: filled by prediction or S/N, open squares by label.

    Parameters
    ----------
    name : str
        Name of the drawing.
    title : str
        Symbol of what was predicted.
    bins : sequence of BiasBin
        In the order of their axes.
    alt : str
        What the drawing shows, in words.
    """
    panels = [(axis, list(own)) for axis, own in groupby(bins, lambda b: b.axis)]
    if not panels:
        return None
    height = 2.5
    figure = Figure(figsize=(FULL_WIDTH, height))
    left, gap = 0.75, 0.12
    width = (FULL_WIDTH - left - 0.15 - gap * (len(panels) - 1)) / len(panels)
    for column, (axis, own) in enumerate(panels):
        axes = figure.add_axes(
            (
                (left + column * (width + gap)) / FULL_WIDTH,
                0.55 / height,
                width / FULL_WIDTH,
                1 - 0.9 / height,
            )
        )
        _draw_panel(axes, own)
        shown = quantity(axis)
        axes.set_xlabel(shown.label)
        if column == 0:
            axes.set_ylabel("Bias / scatter [%]")
            axes.set_title(title, loc="left")
        else:
            axes.tick_params(labelleft=False)
    return finish(figure, name, alt)


def _draw_panel(axes: Axes, bins: Sequence[Any]) -> None:
    axes.axhspan(-100 * BIAS_SHARE, 100 * BIAS_SHARE, color=GRID, alpha=0.5, lw=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    of_snr = bins[0].axis == "snr"
    for by_label, marker, colour in ((False, "o", ACCENT), (True, "s", MUTED)):
        own = [b for b in bins if b.by_label is by_label]
        if not own:
            continue
        # Bins of S/N are of unequal width: one after the other.
        x = [i if of_snr else (b.low + b.high) / 2 for i, b in enumerate(own)]
        y = [min(max(100 * b.share, -_MOST), _MOST) for b in own]
        colours = [WARNING if b.is_off else colour for b in own]
        axes.plot(x, y, color=colour, linewidth=0.8, zorder=3)
        axes.scatter(
            x, y, s=[26 if b.n >= BIAS_STARS else 9 for b in own], marker=marker,
            c=[PANEL] * len(own) if by_label else colours, edgecolors=colours,
            linewidths=1.3, zorder=4,
        )  # fmt: skip
        if of_snr:
            axes.set_xticks(x, [f"{b.low:g}+" for b in own])
    axes.set_ylim(-_MOST - 4, _MOST + 4)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
