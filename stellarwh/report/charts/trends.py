"""Differences of two surveys against what they may hang on, and the fitted curve."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from stellarwh.report.charts.cells import (
    Extent,
    density_norm,
    draw_cells,
    extent_of,
    fill_grid,
)
from stellarwh.report.charts.residuals import HALO, is_biased
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number, significant
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.names import cut
from stellarwh.report.palette import GRID, INK, PANEL, SERIES, WARNING
from stellarwh.report.quantities import quantity

_AXES = ("teff", "logg", "fe_h", "snr")
_SNR_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_FITTED = SERIES[0]
_SHOWN = ("n", "y_16", "y_50", "y_84", "fitted", "fitted_err", "calibrated")
_WORDS = {
    "n": "stars", "y_50": "running median", "y_16": "16th percentile",
    "y_84": "84th percentile", "fitted": "fitted", "fitted_err": "± its error",
    "calibrated": "median left after calibration",
}  # fmt: skip


def draw_pair_trends(
    data: FigureData | None, name: str, left: str, right: str, other: str
) -> Drawing | None:
    """Draw left − right of a quantity, one panel for each that it may hang on.

    Parameters
    ----------
    data : FigureData or None
        The figure ``pair_trend``.
    name : str
        Unique on the page.
    left, right : str
        The surveys.
    other : str
        The survey whose S/N it is.
    """
    if not data:
        return None
    shown = data.axis("y_50")
    panels = [
        (axis, data.only(data.columns["axis"] == axis))
        for axis in _AXES
        if (data.columns["axis"] == axis).any()
    ]
    core = data.array("core").tolist()[0]
    core = float(core) if np.isfinite(core) else None
    height, left_edge, gap = 2.9, 0.85, 0.12
    width = (FULL_WIDTH - left_edge - 0.15 - gap * (len(panels) - 1)) / len(panels)
    figure = Figure(figsize=(FULL_WIDTH, height))
    reach = max(
        data.first("y_high"),
        float(np.abs(to_axis(data.layer("trend").array("y_50"), core)).max(initial=0)),
    )
    marks: list[Marks] = []
    for column, (axis, own) in enumerate(panels):
        axes = figure.add_axes(
            (
                (left_edge + column * (width + gap)) / FULL_WIDTH,
                0.55 / height,
                width / FULL_WIDTH,
                1 - 0.8 / height,
            )
        )
        label = "S/N" if axis == "snr" else quantity(axis).label
        marks += _draw_panel(
            axes, own, core, ("log S/N" if axis == "snr" else label, shown.label)
        )
        axes.set_ylim(-reach, reach)
        axes.set_xlabel(
            f"{label} of {cut(other.upper(), 20)}" if axis == "snr" else label
        )
        if axis == "snr":
            _show_powers(axes)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))
        if core is not None:
            _show_core(axes, core, reach)
        if column == 0:
            axes.set_ylabel(f"Δ {shown.label}")
        else:
            axes.tick_params(labelleft=False)
    if figure.axes[0].get_legend_handles_labels()[1]:
        figure.axes[0].legend(
            loc="lower left", bbox_to_anchor=(-0.03, 1), ncols=2, borderaxespad=0.1
        )
    return finish(figure, name, _describe(data, shown.label, core, left, right), marks)


def to_axis(values: npt.ArrayLike, core: float | None) -> npt.NDArray[np.float64]:
    """Return where differences stand on an axis that is logarithmic beyond a core.

    Parameters
    ----------
    values : array-like
        Differences.
    core : float or None
        Up to there the axis is linear, from 0 to 1; each factor of ten beyond is one
        more. None where it is linear all over, in units of the differences.
    """
    values = np.asarray(values, dtype=float)
    if core is None:
        return values
    size = np.abs(values) / core
    beyond = 1.0 + np.log10(np.maximum(size, 1.0))
    return np.asarray(np.where(size <= 1.0, size, beyond) * np.sign(values))


def _draw_panel(
    axes: Axes, data: FigureData, core: float | None, labels: tuple[str, str]
) -> list[Marks]:
    """Draw cells, running median, its band and the fitted curve of one panel."""
    cells, trend = data.layer("cells"), data.layer("trend")
    extent: Extent = extent_of(data)
    grid = fill_grid(cells, extent, "n")
    draw_cells(axes, grid, extent, density_norm(grid))
    # Cells hide a grid, and its lines are a tenth of the drawing.
    axes.grid(visible=False)
    axes.axhline(0, color=GRID, linewidth=1.2, zorder=3)
    axes.set_xlim(extent.x_low, extent.x_high)
    marks = [
        Marks(
            axes, cells, ("n",), cells=extent.cells, words=_WORDS, core=core,
            labels=(labels[0], f"Δ {labels[1]}"),
        ),
    ]  # fmt: skip
    if not len(trend):
        return marks
    x = trend.array("x")
    y = {name: to_axis(trend.array(name), core) for name in ("y_16", "y_50", "y_84")}
    for edge in ("y_16", "y_84"):
        axes.plot(x, y[edge], color=INK, linewidth=0.8, zorder=4, path_effects=HALO)
    axes.plot(
        x, y["y_50"], color=INK, linewidth=1.2, zorder=5, path_effects=HALO,
        label="running median",
    )  # fmt: skip
    axes.scatter(
        x, y["y_50"], s=15, zorder=7, edgecolors=PANEL, linewidths=0.5,
        c=[WARNING if marked else INK for marked in is_biased(trend)],
    )  # fmt: skip
    _draw_fitted(axes, trend, core)
    shown = [
        name
        for name in ("x", *_SHOWN)
        if np.isfinite(trend.array(name).astype(float)).any()
    ]
    words = {**_WORDS, "x": labels[0]}
    marks.append(Marks(axes, trend, shown, x, y["y_50"], words=words))
    return marks


def _draw_fitted(axes: Axes, trend: FigureData, core: float | None) -> None:
    fitted, error = trend.array("fitted"), trend.array("fitted_err")
    if not np.isfinite(fitted).any():
        return
    x = trend.array("x")
    axes.fill_between(
        x, to_axis(fitted - error, core), to_axis(fitted + error, core),
        color=_FITTED, alpha=0.45, linewidth=0, zorder=5.5,
    )  # fmt: skip
    axes.plot(
        x, to_axis(fitted, core), color=_FITTED, linewidth=1.6, zorder=6,
        path_effects=HALO, label="fitted, ± its error",
    )  # fmt: skip


def _show_powers(axes: Axes) -> None:
    """Write S/N on an axis of its logarithm."""
    axes.xaxis.set_major_locator(FixedLocator(np.log10(_SNR_TICKS).tolist()))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: significant(10**x, 1)))


def _show_core(axes: Axes, core: float, reach: float) -> None:
    """Write the differences on an axis that is logarithmic beyond a core."""
    most = core * 10.0 ** (reach - 1)
    steps = (1, 2, 5) if most < 10 * core else (1,)
    powers = [
        power
        for decade in range(int(reach))
        for step in steps
        if (power := step * core * 10.0**decade) <= most
    ]
    powers.insert(0, core / 2)
    ticks = [-power for power in reversed(powers)] + [0.0, *powers]
    axes.yaxis.set_major_locator(FixedLocator(to_axis(ticks, core).tolist()))
    labels = [significant(tick, 1).replace("-", "−") for tick in ticks]
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda _, place: labels[place] if place is not None else "")
    )
    for edge in (-1.0, 1.0):
        axes.axhline(edge, color=GRID, linewidth=0.9, dashes=(4, 3), zorder=3)


def _describe(
    data: FigureData, label: str, core: float | None, left: str, right: str
) -> str:
    trend = data.layer("trend")
    told = [
        f"{left.upper()} minus {right.upper()} {label} of "
        f"{count(data.first('n_points'))} clean stars in common against Teff, log g, "
        "[Fe/H] and S/N, with the running median and the band from the 16th to the "
        "84th percentile"
    ]
    if core is not None:
        told.append(
            f"; the vertical axis is linear within {significant(core, 1)} km/s and "
            "logarithmic beyond"
        )
    if len(trend):
        most = float(np.abs(trend.array("y_50")).max())
        digits = 0 if most > 5 else 3
        told.append(f". The largest median of a bin is {number(most, digits)}")
        left_over = np.abs(trend.array("calibrated"))
        if np.isfinite(left_over).any():
            told.append(
                " as measured and "
                f"{number(np.nanmax(left_over), digits)} calibrated; the curve of what "
                "the calibration takes away has the error of the fit as its band"
            )
    return "".join(told) + "."
