"""Counts of one quantity."""

from typing import Any

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from stellarwh.report.drawing import Drawing, finish, new_axes
from stellarwh.report.formats import count, significant
from stellarwh.report.palette import ACCENT, GRID, MUTED, WARNING
from stellarwh.report.reader import Reader

_SNR_TICKS = [1, 3, 10, 30, 100, 300, 1000, 3000]


def draw_signal_to_noise(reader: Reader, name: str, survey: str) -> Drawing | None:
    """Draw S/N on a logarithmic axis, all rows and clean ones."""
    bins = 48
    parameters = {"survey": survey}
    counts = _count(reader, "signal_to_noise", bins, parameters)
    if counts is None:
        return None
    edges, everything, clean = counts
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
    return finish(figure, name, alt)


def draw_separations(
    reader: Reader, name: str, left: str, right: str, n_chance: float | None
) -> Drawing | None:
    """Draw pair separations with the level that chance alone would give.

    Chance pairs have a density that grows with separation: within the match radius R,
    a bin from a to b holds ``n_chance * (b**2 - a**2) / R**2`` of them.
    """
    parameters = {"left": left, "right": right}
    counts = _count(reader, "separation", 40, parameters, from_zero=True)
    if counts is None:
        return None
    edges, everything, by_id = counts
    radius = float(edges[-1])
    figure, axes = new_axes()
    axes.stairs(everything, edges, fill=True, color=ACCENT, label="by position")
    axes.stairs(by_id, edges, fill=True, color=MUTED, label="by Gaia id")
    if n_chance:
        chance = n_chance * np.diff(edges**2) / radius**2
        axes.stairs(
            chance, edges, color=WARNING, linewidth=1.6, baseline=None,
            label="expected by chance",
        )  # fmt: skip
        axes.set_yscale("log")
        axes.set_ylim(min(0.5, float(chance.max()) / 3), None)
    axes.set_xlabel("Separation [″]")
    axes.set_ylabel("Pairs")
    axes.set_xlim(0, radius)
    axes.legend(loc="upper right")
    alt = (
        f"Histogram of the separations of {count(everything.sum())} pairs of {left} "
        f"and {right} up to {radius:g} arcsec; the median is about "
        f"{significant(float(_weighted_median(edges, everything)), 2)} arcsec."
    )
    return finish(figure, name, alt)


def _count(
    reader: Reader,
    points: str,
    bins: int,
    parameters: dict[str, Any],
    *,
    from_zero: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    found = reader.rows("range_of_x", points=points, **parameters)[0]
    if not found["n"]:
        return None
    low, high = found["x_low"], found["x_high"]
    if from_zero:
        low, high = 0.0, float(np.ceil(max(high, 1e-3) * 10) / 10)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    rows = reader.columns(
        "histogram", points=points, **parameters, x_low=low, x_high=high, x_bins=bins
    )
    everything, selected = np.zeros(bins), np.zeros(bins)
    everything[rows["cell"].astype(int)] = rows["n"]
    selected[rows["cell"].astype(int)] = rows["n_selected"]
    return np.linspace(low, high, bins + 1), everything, selected


def _weighted_median(edges: np.ndarray, counts: np.ndarray) -> float:
    middles = (edges[:-1] + edges[1:]) / 2
    return float(middles[np.searchsorted(np.cumsum(counts), counts.sum() / 2)])
