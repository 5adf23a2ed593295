"""What a reader sees first of a run: one line of figures of merit a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stellarwh.report.charts.bias import BiasBin
from stellarwh.report.charts.coverage import group_of, shown_rows
from stellarwh.report.figures.data import FigureData
from stellarwh.report.formats import (
    MISSING,
    count,
    number,
    percent,
    signed,
    significant,
)
from stellarwh.report.quantities import Quantity, quantity
from stellarwh.report.verdicts import Covered, Light, bias_light, coverage_light

Row = dict[str, Any]


@dataclass(frozen=True)
class Summary:
    """One line a target, with lights at its end.

    Parameters
    ----------
    headings : tuple of str
        Of the cells, then of the lights.
    lines : sequence of (tuple of str, list of Light)
        Cells and lights.
    """

    headings: tuple[str, ...]
    lines: Sequence[tuple[tuple[str, ...], list[Light]]]

    def __bool__(self) -> bool:
        """Return whether there is any line."""
        return bool(self.lines)


def number_summary(
    metrics: Sequence[Row],
    found: Sequence[tuple[str, Sequence[BiasBin], FigureData | None]],
) -> Summary:
    """Return a line a numeric target: its figures of merit beside the baselines.

    Parameters
    ----------
    metrics : sequence of dict
        Rows of ``ml.metrics`` of the run.
    found : sequence of (target, bins, coverage)
        The bins of its bias, and the figure ``coverage``.
    """
    lines = []
    for target, bins, coverage in found:
        shown, rows = quantity(target), _of_all(metrics, target)
        n = rows["sigma"]["n"] if "sigma" in rows else None
        lines.append(
            (
                (
                    f"{shown.symbol} [{shown.unit}]" if shown.unit else shown.symbol,
                    count(n),
                    signed(_value(rows, "bias"), _digits(shown)),
                    *(
                        _in_units(rows.get(name), shown, n)
                        for name in ("sigma", "copy_sigma", "linear_sigma", "mae")
                    ),
                    percent(_value(rows, "r2")),
                    percent(_value(rows, "coverage_68")),
                    percent(_value(rows, "coverage_90")),
                ),
                [bias_light(bins), coverage_light(_covered(coverage, shown))],
            )
        )
    return Summary(
        (
            "Target",
            "Held-out stars",
            "bias",
            "σ",
            "σ, feature copied",
            "σ, linear",
            "MAE",
            "R²",
            "in 68 %",
            "in 90 %",
            "Bias in bins",
            "Coverage",
        ),
        lines,
    )


def class_summary(
    metrics: Sequence[Row], labelled: Sequence[tuple[str, dict[str, int]]]
) -> Summary:
    """Return a line a class target, beside what always the same class would give.

    Parameters
    ----------
    metrics : sequence of dict
        Rows of ``ml.metrics`` of the run.
    labelled : sequence of (target, dict)
        How many held-out stars each class of a target has.
    """
    lines = []
    for target, classes in labelled:
        rows = _of_all(metrics, target)
        most = max(classes, key=lambda name: classes[name])
        shares = [
            Covered(row["stratum"], row["n"], 0.9, row["value"], at_least=True)
            for row in metrics
            if row["target"] == target
            and row["metric"] == "coverage_90"
            and row["stratum_kind"] == "class"
            and row["folds"] == "blocked"
            and row["value"] is not None
        ]
        n = sum(classes.values())
        lines.append(
            (
                (
                    quantity(target).symbol,
                    count(n),
                    percent(_value(rows, "accuracy")),
                    f"{percent(classes[most], n)} ({most})",
                    percent(_value(rows, "balanced_accuracy")),
                    percent(1 / len(classes)),
                    significant(_value(rows, "ece")),
                    percent(_value(rows, "coverage_90")),
                    significant(_value(rows, "set_size")),
                ),
                [coverage_light(shares)],
            )
        )
    return Summary(
        (
            "Target",
            "Held-out stars",
            "accuracy",
            "always one class",
            "balanced accuracy",
            "by chance",
            "calibration error",
            "in 90 % set",
            "classes in set",
            "Coverage by class",
        ),
        lines,
    )


def _of_all(metrics: Sequence[Row], target: str) -> dict[str, Row]:
    """Return by name what was measured of all stars of held-out sky cells."""
    return {
        row["metric"]: row
        for row in metrics
        if row["target"] == target
        and row["stratum_kind"] == "all"
        and row["folds"] == "blocked"
    }


def _value(rows: dict[str, Row], metric: str) -> float | None:
    return rows[metric]["value"] if metric in rows else None


def _digits(shown: Quantity) -> int:
    return shown.digits + (1 if shown.digits == 0 else 0)


def _in_units(row: Row | None, shown: Quantity, n: int | None) -> str:
    if row is None or row["value"] is None:
        return MISSING
    value = number(row["value"], _digits(shown))
    # A baseline is of those stars that have its feature.
    return value if row["n"] == n else f"{value} ({count(row['n'])} stars)"


def _covered(data: FigureData | None, target: Quantity) -> list[Covered]:
    """Return the shares of all groups of stars."""
    return [
        Covered(group_of(row, target), row["n"], promised / 100, found)
        for row in (shown_rows(data) if data else ())
        for promised in (68, 90)
        if (found := row[f"coverage_{promised}"]) is not None
    ]
