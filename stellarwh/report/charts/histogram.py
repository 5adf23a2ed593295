"""Counts of one quantity."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from stellarwh.report.drawing import Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, significant
from stellarwh.report.marks import Marks
from stellarwh.report.palette import ACCENT, GRID, MUTED, SERIES, WARNING

_MOST_OF_NONE = 3
_SNR_TICKS = [1, 3, 10, 30, 100, 300, 1000, 3000]


def draw_signal_to_noise(data: FigureData | None, name: str) -> Drawing | None:
    """Draw S/N on a logarithmic axis, all rows and clean ones."""
    if not data:
        return None
    edges, everything, clean = _counts(data)
    figure, axes = new_axes()
    axes.stairs(everything, edges, fill=True, color=GRID, label="all rows")
    axes.stairs(everything, edges, color=MUTED, linewidth=0.8)
    axes.stairs(clean, edges, fill=True, color=ACCENT, alpha=0.85, label="clean rows")
    axes.xaxis.set_major_locator(FixedLocator(np.log10(_SNR_TICKS).tolist()))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(10**x, 1)))
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: count(y)))
    axes.set_xlabel("S/N (logarithmic)")
    axes.set_ylabel("Rows")
    axes.set_ylim(0, None)
    axes.legend(loc="upper left")
    middle = float(10 ** _weighted_median(edges, everything))
    alt = (
        f"Histogram of S/N of {count(everything.sum())} rows, {count(clean.sum())} of "
        f"them clean; the median is about {significant(middle, 2)}."
    )
    words = {"n": "rows", "n_selected": "clean rows", "x_from": "log S/N from"}
    words["x_to"] = "to"
    return finish(figure, name, alt, [_bars(axes, data, edges, everything, words)])


def draw_separations(
    data: FigureData | None, name: str, left: str, right: str
) -> Drawing | None:
    """Draw pair separations with the level that chance alone would give.

    Chance pairs have a density that grows with separation: within the match radius R,
    a bin from a to b holds ``n_chance * (b**2 - a**2) / R**2`` of them. Pairs joined by
    their Gaia id may lie further apart than R; the axis ends at 1.5 R.
    """
    if not data:
        return None
    radius, n_chance = data.first("match_radius"), data.first("n_chance")
    edges, everything, by_id = _counts(data)
    figure, axes = new_axes()
    axes.stairs(everything, edges, fill=True, color=ACCENT, label="by position")
    if by_id.any():
        axes.stairs(by_id, edges, fill=True, color=SERIES[5], label="by Gaia id")
    within = edges[edges <= radius * (1 + 1e-9)]
    if n_chance is not None:
        # Where none was found up to 3 may be expected, at 95 %: exp(-3) is 0.05.
        chance = (n_chance or _MOST_OF_NONE) * np.diff(within**2) / radius**2
        axes.stairs(
            chance, within, color=WARNING, linewidth=1.6, baseline=None,
            label="expected by chance" if n_chance else "by chance at most",
        )  # fmt: skip
        axes.set_ylim(min(0.5, float(chance.max()) / 3), None)
    else:
        axes.set_ylim(0.5, None)
    axes.axvline(
        radius, color=MUTED, linewidth=0.9, dashes=(4, 3), label="match radius"
    )
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,g}"))
    axes.set_xlabel("Separation [″]")
    axes.set_ylabel("Pairs")
    axes.set_xlim(edges[0], edges[-1])
    axes.legend(loc="upper right")
    alt = (
        f"Histogram of the separations of {count(data.first('n_points'))} "
        f"pairs of {left.upper()} and {right.upper()} at their common epoch, "
        "on a logarithmic scale; "
        f"{count(everything.sum())} of them lie within {edges[-1]:g} arcsec, the match "
        f"radius is {radius:g} arcsec. By chance alone "
        + (
            f"{significant(n_chance, 2)} would lie within it."
            if n_chance
            else f"at most {_MOST_OF_NONE} would lie within it, at 95 percent."
        )
    )
    words = {"x_from": "from", "x_to": "to", "n": "pairs", "n_selected": "by Gaia id"}
    return finish(figure, name, alt, [_bars(axes, data, edges, everything, words)])


def _bars(
    axes: Axes,
    data: FigureData,
    edges: np.ndarray,
    heights: np.ndarray,
    words: Mapping[str, str],
) -> Marks:
    floor = axes.get_ylim()[0]
    shown = ("x_from", "x_to", "n", "n_selected")
    return Marks(
        axes, data, shown, edges[:-1], np.maximum(heights, floor), edges[1:],
        np.full(len(heights), floor), words=words,
    )  # fmt: skip


def _counts(data: FigureData) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return bin edges, counts of all and counts of the selected points."""
    edges = np.append(data.array("x_from"), data.first("x_high"))
    return edges, data.array("n").astype(float), data.array("n_selected").astype(float)


def _weighted_median(edges: np.ndarray, counts: np.ndarray) -> float:
    middles = (edges[:-1] + edges[1:]) / 2
    return float(middles[np.searchsorted(np.cumsum(counts), counts.sum() / 2)])
