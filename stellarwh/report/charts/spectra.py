"""Spectral indices against parameters of the stars, and spectra with their bands."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish
from stellarwh.report.figures.data import FigureData, of_rows
from stellarwh.report.figures.figure import Column
from stellarwh.report.formats import number, signed
from stellarwh.report.light_axes import Figure
from stellarwh.report.marks import Marks
from stellarwh.report.palette import ACCENT, INK, MUTED
from stellarwh.report.quantities import quantity

_AXES = ("teff", "fe_h")
_UNITS = {"A": "Å", "mag": "mag", "ratio": ""}

Floats = npt.NDArray[np.float64]
Bands = Sequence[tuple[float, float]]


_TREND = (
    Column("axis", "what is binned: teff or fe_h"),
    Column("x", "middle of the bin"),
    Column("n", "stars"),
    Column("y_16", "16th percentile"),
    Column("y_50", "median"),
    Column("y_84", "84th percentile"),
)
_SPECTRUM = (
    Column("wavelength", "wavelength at rest", unit="Angstrom"),
    Column("flux", "flux / median"),
)


def draw_trends(
    rows: list[dict[str, Any]], name: str, unit: str, sql: str = ""
) -> Drawing | None:
    """Draw an index against Teff and [Fe/H]: medians, and the central 68 %.

    Parameters
    ----------
    rows : list of dict
        Of ``queries/spectra_trends.sql``.
    name, unit : str
        Of the index.
    sql : str
        What gives the rows.
    """
    if not rows:
        return None
    figure = Figure(figsize=(FULL_WIDTH, 2.7))
    label = f"{name} [{_UNITS[unit]}]".replace(" []", "")
    data = of_rows(f"trends_{name}", name, rows, _TREND, sql)
    marks: list[Marks] = []
    for place, axis in enumerate(_AXES):
        own = [row for row in rows if row["axis"] == axis]
        axes = figure.add_axes((0.07 + place * 0.49, 0.2, 0.42, 0.72))
        y = np.array([row["y_50"] for row in own])
        errors = [y - [row["y_16"] for row in own], [row["y_84"] for row in own] - y]
        if own:
            axes.errorbar(
                [row["x"] for row in own], y, yerr=errors, fmt="o-", color=ACCENT,
                ecolor=MUTED, markersize=3, linewidth=0.9, elinewidth=0.7,
            )  # fmt: skip
            inside = data.only(data.columns["axis"] == axis)
            told = ("x", "n", "y_16", "y_50", "y_84")
            words = {"x": quantity(axis).symbol}
            marks.append(
                Marks(axes, inside, told, [row["x"] for row in own], y, words=words)
            )
        _dress(axes, quantity(axis).label, label if place == 0 else "")
    shown = [row["y_50"] for row in rows]
    alt = (
        f"Median {name} in bins of Teff and of [Fe/H], with the central 68 "
        f"percent of the stars: {number(min(shown), 2)} to {number(max(shown), 2)}."
    )
    return finish(figure, f"trends-{name}", alt, marks)


def draw_spectrum(
    waves: Floats,
    flux: Floats,
    row: dict[str, Any],
    medium: str,
    feature: Bands,
    continuum: Bands,
    sql: str = "",
) -> Drawing:
    """Draw a spectrum at rest about an index, its bands marked.

    Parameters
    ----------
    waves, flux : ndarray of shape (n,)
        Å at rest, and flux.
    row : dict
        Of ``queries/spectra_residuals.sql``.
    medium : str
        What the wavelengths are in.
    feature, continuum : sequence of (low, high)
        Bands of the index, in Å.
    sql : str
        What finds the spectrum.
    """
    figure = Figure(figsize=(FULL_WIDTH, 2.5))
    axes = figure.add_axes((0.07, 0.2, 0.91, 0.68))
    relative = flux / np.median(flux)
    axes.plot(waves, relative, color=INK, linewidth=0.8)
    for low, high in continuum:
        axes.axvspan(low, high, color=MUTED, alpha=0.2, linewidth=0)
    for low, high in feature:
        axes.axvspan(low, high, color=ACCENT, alpha=0.25, linewidth=0)
    name = row["index_name"]
    axes.set_title(f"{name}: {signed(row['residual'], 1)} σ", loc="left")
    _dress(axes, f"Wavelength at rest, in {medium} [Å]", "Flux / median")
    alt = (
        f"Spectrum {row['spectrum_id']} about {name}, the band of the feature "
        f"and those of its continuum marked: {number(row['value'], 2)} where like "
        f"stars have {number(row['middle'], 2)}."
    )
    columns = {"wavelength": waves, "flux": relative}
    asked = of_rows("spectrum", name, [], _SPECTRUM).asked
    data = FigureData(asked, columns, sql)
    marks = [Marks(axes, data, ("wavelength", "flux"), waves, relative)]
    return finish(figure, f"spectrum-{row['survey']}-{row['spectrum_id']}", alt, marks)


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
