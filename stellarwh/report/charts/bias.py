"""Bias in bins, in units of the scatter."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes

from stellarwh.report.charts.residuals import BIAS_SHARE, BIAS_STARS, is_off
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import signed
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import ACCENT, GRID, INK, MUTED, PANEL, WARNING
from stellarwh.report.quantities import quantity

_TOLD = ("x_low", "x_high", "by_label", "n", "bias", "sigma", "share")
_WORDS = {
    "x_low": "from", "x_high": "to", "by_label": "bin of the label", "n": "stars",
    "bias": "bias", "sigma": "scatter", "share": "bias / scatter",
}  # fmt: skip
_MOST = 60.0  # per cent; what lies beyond is an arrow at the edge, with its value


@dataclass(frozen=True)
class BiasBin:
    """Bias of one target in one bin: a row of the figure ``bias``.

    Attributes
    ----------
    axis : str
        What is binned: teff, logg, fe_h or snr.
    by_label : bool
        Whether by the label; else by the predicted value (or by the S/N).
    low, high : float
        Ends of the bin; the last one of S/N has none (infinity).
    n : int
        Held-out stars in it.
    bias, sigma, share : float
        Median of prediction minus label, its robust scatter, and one in units of the
        other.
    """

    axis: str
    by_label: bool
    low: float
    high: float
    n: int
    bias: float
    sigma: float
    share: float

    @property
    def is_off(self) -> bool:
        """Whether enough stars are off by more than a tenth of their scatter."""
        return bool(is_off(self.share, self.n))


def bias_bins(data: FigureData | None) -> list[BiasBin]:
    """Return the bins of a target that were measured, in the order of their axes."""
    if not data:
        return []
    return [
        BiasBin(
            axis=row["axis"],
            by_label=row["by_label"],
            low=row["x_low"],
            high=row["x_high"],
            n=row["n"],
            bias=row["bias"],
            sigma=row["sigma"],
            share=row["share"],
        )
        for row in data.rows()
    ]


def draw_bias(
    name: str,
    title: str,
    bins: Sequence[BiasBin],
    alt: str,
    data: FigureData | None = None,
) -> Drawing | None:
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
    data : FigureData or None
        The rows that the bins are of.
    """
    panels = [(axis, list(own)) for axis, own in groupby(bins, lambda b: b.axis)]
    if not panels:
        return None
    height = 2.5
    figure = Figure(figsize=(FULL_WIDTH, height))
    left, gap = 0.75, 0.12
    width = (FULL_WIDTH - left - 0.15 - gap * (len(panels) - 1)) / len(panels)
    marks: list[Marks] = []
    for column, (axis, own) in enumerate(panels):
        axes = figure.add_axes(
            (
                (left + column * (width + gap)) / FULL_WIDTH,
                0.55 / height,
                width / FULL_WIDTH,
                1 - 0.9 / height,
            )
        )
        places = _draw_panel(axes, own)
        if data:
            inside = data.columns["axis"] == axis
            marks.append(Marks(axes, data.only(inside), _TOLD, *places, words=_WORDS))
        shown = quantity(axis)
        axes.set_xlabel(shown.label)
        if column == 0:
            axes.set_ylabel("Bias / scatter [%]")
            axes.set_title(title, loc="left")
        else:
            axes.tick_params(labelleft=False)
    return finish(figure, name, alt, marks)


def _draw_panel(axes: Axes, bins: Sequence[BiasBin]) -> tuple[list[float], list[float]]:
    """Draw the bins of one axis; return where each of them is."""
    axes.axhspan(-100 * BIAS_SHARE, 100 * BIAS_SHARE, color=GRID, alpha=0.5, lw=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    of_snr = bins[0].axis == "snr"
    across = [np.nan] * len(bins)
    down = [np.nan] * len(bins)
    for by_label, marker, colour in ((False, "o", ACCENT), (True, "s", MUTED)):
        rows = [i for i, b in enumerate(bins) if b.by_label is by_label]
        own = [bins[i] for i in rows]
        if not own:
            continue
        # Bins of S/N are of unequal width: one after the other.
        x = [i if of_snr else (b.low + b.high) / 2 for i, b in enumerate(own)]
        y = [min(max(100 * b.share, -_MOST), _MOST) for b in own]
        for row, *place in zip(rows, x, y, strict=True):
            across[row], down[row] = place
        colours = [WARNING if b.is_off else colour for b in own]
        axes.plot(x, y, color=colour, linewidth=0.8, zorder=3)
        faces = [PANEL] * len(own) if by_label else colours
        _draw_bins(axes, x, y, own, marker, faces, colours)
        if of_snr:
            axes.set_xticks(x, [f"{b.low:g}+" for b in own])
    axes.set_ylim(-_MOST - 8, _MOST + 8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return across, down


def _draw_bins(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    bins: Sequence[BiasBin],
    marker: str,
    faces: Sequence[str],
    edges: Sequence[str],
) -> None:
    """Draw bins; those off the scale are arrows with their values."""
    markers: dict[str, list[int]] = {}
    for i, found in enumerate(bins):
        value = 100 * found.share
        if abs(value) <= _MOST:
            markers.setdefault(marker, []).append(i)
            continue
        markers.setdefault("^" if value > 0 else "v", []).append(i)
        axes.annotate(
            f"{signed(value, 0)} %", (x[i], y[i]), xytext=(0, -7 if value > 0 else 7),
            textcoords="offset points", ha="center", fontsize="x-small", color=INK,
            va="top" if value > 0 else "bottom", zorder=5,
        )  # fmt: skip
    # One call for all alike: each takes milliseconds, and there are hundreds of bins.
    for own_marker, inside in markers.items():
        axes.scatter(
            [x[i] for i in inside], [y[i] for i in inside],
            s=[26 if bins[i].n >= BIAS_STARS else 9 for i in inside],
            marker=own_marker, c=[faces[i] for i in inside],
            edgecolors=[edges[i] for i in inside], linewidths=1.3, zorder=4,
        )  # fmt: skip


def n_beyond(bins: Sequence[BiasBin]) -> int:
    """Return how many bins lie off the scale of `draw_bias`."""
    return sum(abs(100 * found.share) > _MOST for found in bins)
