"""One star among those of its survey, and its values beside each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from stellarwh.report.charts.cells import (
    density_norm,
    draw_cells,
    extent_of,
    fill_grid,
)
from stellarwh.report.drawing import FULL_WIDTH, Drawing, finish, new_axes
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import count, number
from stellarwh.report.light_axes import Figure
from stellarwh.report.palette import ACCENT, INK, MUTED, WARNING
from stellarwh.report.quantities import quantity

Row = dict[str, Any]


def draw_place(
    data: FigureData | None, name: str, rows: Sequence[Row]
) -> Drawing | None:
    """Draw where a star's rows stand on the Kiel diagram of their survey.

    Parameters
    ----------
    data : FigureData or None
        The survey's Kiel diagram.
    name : str
        Of the chart, on its page.
    rows : sequence of dict
        The star's rows in it, with ``teff``, ``logg`` and ``is_clean``.

    Returns
    -------
    Drawing or None
        None where no row has both, or the survey has no diagram.
    """
    placed = [r for r in rows if r["teff"] is not None and r["logg"] is not None]
    if not data or not placed:
        return None
    extent = extent_of(data)
    counts = fill_grid(data, extent, "n")
    figure, axes = new_axes()
    draw_cells(axes, counts, extent, density_norm(counts))
    teff = np.array([r["teff"] for r in placed], float)
    logg = np.array([r["logg"] for r in placed], float)
    clean = np.array([bool(r["is_clean"]) for r in placed])
    axes.scatter(
        teff, logg, s=95, marker="o", linewidths=2.2, zorder=5,
        facecolors=[WARNING if c else "none" for c in clean], edgecolors=INK,
    )  # fmt: skip
    axes.axvline(float(teff[0]), color=INK, linewidth=0.6, zorder=4)
    axes.axhline(float(logg[0]), color=INK, linewidth=0.6, zorder=4)
    # The star is in sight even where it is far from all others.
    axes.set_xlim(max(extent.x_high, teff.max()), min(extent.x_low, teff.min()))
    axes.set_ylim(max(extent.y_high, logg.max()), min(extent.y_low, logg.min()))
    axes.set_xlabel(data.axis("x").label)
    axes.set_ylabel(data.axis("y").label)
    told = "; ".join(
        f"{number(t, 0)} K and log g {number(g, 2)}, {'clean' if c else 'rejected'}"
        for t, g, c in zip(teff, logg, clean, strict=True)
    )
    alt = (
        f"The star among {count(data.first('n_points'))} clean stars of its survey on "
        f"the Kiel diagram, at {told}."
    )
    return finish(figure, name, alt)


def draw_values(values: Sequence[Row], name: str) -> Drawing | None:
    """Draw what each survey gives of a star, as measured and on one scale.

    Parameters
    ----------
    values : sequence of dict
        Rows with ``quantity``, ``survey``, ``measured``, ``measured_err``, ``value``,
        ``err``, ``mean`` and ``mean_err``.
    name : str
        Of the chart, on its page.
    """
    names = [
        q
        for q in dict.fromkeys(row["quantity"] for row in values)
        if any(r["quantity"] == q and r["value"] is not None for r in values)
    ][:6]
    if not names:
        return None
    most = max(sum(r["quantity"] == q for r in values) for q in names)
    columns = min(2, len(names))
    lines = -(-len(names) // columns)
    height = lines * (1.05 + 0.32 * most)
    figure = Figure(figsize=(FULL_WIDTH, height))
    told = []
    for at, q in enumerate(names):
        rows = [r for r in values if r["quantity"] == q]
        line, column = divmod(at, columns)
        left = (column * FULL_WIDTH / columns + 1.0) / FULL_WIDTH
        low = 1 - ((line + 1) * height / lines - 0.55) / height
        axes = figure.add_axes(
            (
                left,
                low,
                (FULL_WIDTH / columns - 1.25) / FULL_WIDTH,
                (height / lines - 0.85) / height,
            )
        )
        _panel(axes, q, rows)
        told += [
            f"{quantity(q).symbol} of {r['survey']} "
            f"{number(r['measured'], quantity(q).digits)} measured, "
            f"{number(r['value'], quantity(q).digits)} on one scale"
            for r in rows
        ]
    return finish(figure, name, f"Values of the star by survey: {'; '.join(told)}.")


def _panel(axes: Any, name: str, rows: Sequence[Row]) -> None:
    places = -np.arange(len(rows), dtype=float)
    for key, how in (
        ("measured", {"mfc": "none", "color": MUTED, "label": "as measured"}),
        ("value", {"color": ACCENT, "label": "on one scale"}),
    ):
        name_of_error = "measured_err" if key == "measured" else "err"
        values = np.array([_float(r[key]) for r in rows])
        errors = np.nan_to_num([_float(r[name_of_error]) for r in rows])
        shift = 0.14 if key == "measured" else -0.14
        axes.errorbar(values, places + shift, xerr=errors, fmt="o", ms=5, **how)
    mean, error = _float(rows[0]["mean"]), _float(rows[0]["mean_err"])
    if np.isfinite(mean):
        axes.axvline(mean, color=WARNING, linewidth=1.2)
        if np.isfinite(error):
            axes.axvspan(mean - error, mean + error, color=WARNING, alpha=0.15)
    axes.set_yticks(places, [str(r["survey"]).upper()[:12] for r in rows])
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.set_title(quantity(name).label)
    axes.grid(visible=True, axis="x")


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)
