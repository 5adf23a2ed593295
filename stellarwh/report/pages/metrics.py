"""The figures of merit of a run, arranged for reading."""

from collections.abc import Sequence
from typing import Any

from stellarwh.report.formats import MISSING, count, number, percent, significant
from stellarwh.report.quantities import quantity
from stellarwh.report.strata import group_words
from stellarwh.report.tables import Table, table

Row = dict[str, Any]
# In the order in which they are read; a metric that is not named here comes after.
_NAMES = {
    "mae": "MAE",
    "rmse": "RMSE",
    "bias": "bias",
    "sigma": "σ",
    "sigma_corrected": "σ, less label errors",
    "r2": "R²",
    "copy_mae": "MAE, feature copied",
    "copy_sigma": "σ, feature copied",
    "linear_mae": "MAE, linear",
    "linear_sigma": "σ, linear",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "calibration error",
    "coverage_68": "in 68 %",
    "bare_coverage_68": "bare in 68 %",
    "coverage_90": "in 90 %",
    "bare_coverage_90": "bare in 90 %",
    "set_size": "classes in set",
    "width_68": "68 % width",
    "width_90": "90 % width",
}
_SHARES = (
    "accuracy",
    "balanced_accuracy",
    "coverage_68",
    "coverage_90",
    "bare_coverage_68",
    "bare_coverage_90",
)
_IN_UNITS = (
    "mae", "rmse", "bias", "sigma", "sigma_corrected", "width_68", "width_90",
    "copy_mae", "copy_sigma", "linear_mae", "linear_sigma",
)  # fmt: skip
# Classes and bins have tables of their own.
_HERE = ("all", "group", "features")
# Of pairs of stars, not of stars: said in words.
_OF_PAIRS = {
    "cell_correlation": "in one sky cell",
    "border_correlation": "in neighbouring cells, across the border of a fold,",
}
_FOLDS = {"blocked": "sky\u00a0cells", "random": "single\u00a0stars", "none": "none"}


def metrics_table(target: str, rows: Sequence[Row]) -> Table:
    """Return one line per group of stars and kind of folds, one column per metric.

    Parameters
    ----------
    target : str
        What was predicted; gives unit and decimals.
    rows : sequence of dict
        Rows of ``ml.metrics`` of this target.
    """
    rows = [
        row
        for row in rows
        if row["stratum_kind"] in _HERE and row["metric"] not in _OF_PAIRS
    ]
    found = {row["metric"] for row in rows}
    metrics = [name for name in _NAMES if name in found]
    metrics += sorted(found - set(metrics))
    lines: dict[tuple[str, str], dict[str, Row]] = {}
    # What is said of all stars comes first.
    for row in sorted(
        rows, key=lambda row: (row["stratum_kind"] != "all", row["stratum"])
    ):
        line = lines.setdefault((group_words(row), row["folds"]), {})
        line[row["metric"]] = row
    return table(
        ("Stars", "Held out", "n", *(metric_heading(target, name) for name in metrics)),
        (
            (
                group,
                _FOLDS.get(folds, folds),
                count(max(row["n"] for row in line.values())),
                *(metric_value(target, line.get(name)) for name in metrics),
            )
            for (group, folds), line in lines.items()
        ),
        text_columns=2,
    )


def correlation_sentence(target: str, metrics: Sequence[Row]) -> str:
    """Return how far residuals of neighbours agree; nothing where it is not stored."""
    found = {row["metric"]: row for row in metrics if row["target"] == target}
    parts = [
        f"of two stars {where} by {number(row['value'], 3)} ± "
        f"{number(row['n'] ** -0.5, 3)} ({count(row['n'])} pairs)"
        for metric, where in _OF_PAIRS.items()
        if (row := found.get(metric)) is not None and row["value"] is not None
    ]
    if not parts:
        return ""
    return (
        f"Held-out residuals of {quantity(target).symbol} correlate: "
        + "; ".join(parts)
        + "."
    )


def metric_heading(target: str, metric: str) -> str:
    """Return what a metric is called, with its unit."""
    name = _NAMES.get(metric, metric.replace("_", " "))
    unit = quantity(target).unit
    return f"{name} [{unit}]" if unit and metric in _IN_UNITS else name


def metric_value(target: str, row: Row | None) -> str:
    """Return a row of ``ml.metrics`` as print has it."""
    if row is None or row["value"] is None:
        return MISSING
    metric, value = row["metric"], row["value"]
    if metric in _SHARES:
        return percent(value)
    if metric in _IN_UNITS:
        digits = quantity(target).digits
        return number(value, digits + (1 if digits == 0 else 0))
    return significant(value)
