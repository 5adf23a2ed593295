"""Figures of merit of held-out predictions, overall and per stratum."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.tasks.stratum import ALL_STARS, Stratum

# Fewer stars than this give no figure worth storing.
FEWEST_IN_STRATUM = 20


@dataclass(frozen=True)
class Metric:
    """One row of ``ml.metrics`` without its run and target."""

    metric: str
    folds: str
    stratum: Stratum
    n: int
    value: float


def mean_error(residuals: Floats, unit: str) -> str:
    """Return the mean absolute error as text: ``63 K``."""
    mae = float(np.mean(np.abs(residuals)))
    return f"{mae:.{0 if mae >= 10 else 3}f} {unit}".rstrip()


def as_it_is(name: str, copied: Floats, value: Floats, label: Floats, unit: str) -> str:
    """Return how far off a feature is that is the same quantity as a label.

    Where some stars lack it, what was predicted of the others stands beside: the two
    are of the same stars.
    """
    known = np.isfinite(copied)
    copy = mean_error(copied[known] - label[known], unit)
    if known.all():
        return f" ({name} as it is: {copy})"
    mine = mean_error(value[known] - label[known], unit)
    return f" (where {name} is known: {mine}, {name} as it is: {copy})"


def number_metrics(label: Floats, value: Floats) -> dict[str, float]:
    """Return the accuracy of predicted numbers.

    ``bias`` is the median of value - label, ``sigma`` 1.4826 times the median absolute
    deviation from it, ``mae`` and ``rmse`` are mean absolute and root mean square
    difference, ``r2`` the share of the label's variance that is explained.
    """
    difference = value - label
    bias = float(np.median(difference))
    variance = float(np.var(label))
    mean_square = float(np.mean(difference**2))
    return {
        "mae": float(np.mean(np.abs(difference))),
        "rmse": float(np.sqrt(mean_square)),
        "bias": bias,
        "sigma": 1.4826 * float(np.median(np.abs(difference - bias))),
        "r2": 1.0 - mean_square / variance if variance > 0 else float("nan"),
    }


def interval_metrics(
    half_widths: Mapping[int, Floats],
    covered: Mapping[int, Booleans],
    distances: Floats,
) -> dict[str, float]:
    """Return coverage of the labels and median full width, per level.

    ``coverage`` counts labels in the interval widened by their own errors, which also
    calibrated it. ``bare_coverage`` counts labels in the interval as it stands and uses
    no stated error: noise takes labels out of a central interval more often than it
    brings them in, so that at least this share of the true values is in it (Anderson
    1955, for errors that are symmetric about zero).

    Parameters
    ----------
    half_widths, covered : mapping of int to ndarray of shape (n,)
        Per level, half the width, and whether the widened interval holds the label.
    distances : ndarray of shape (n,)
        How far each label is from the predicted value.
    """
    found: dict[str, float] = {}
    for level, half_width in half_widths.items():
        found[f"coverage_{level}"] = float(np.mean(covered[level]))
        found[f"bare_coverage_{level}"] = float(np.mean(distances <= half_width))
        found[f"width_{level}"] = 2.0 * float(np.median(half_width))
    return found


def class_metrics(codes: Integers, probability: Floats) -> dict[str, float]:
    """Return the accuracy of predicted classes.

    ``balanced_accuracy`` is the mean recall over the classes present, ``log_loss`` the
    mean negative natural logarithm of the true class's probability (not below 1e-6),
    ``brier`` the mean squared distance of the probabilities from 0 and 1 (0 to 2),
    ``ece`` the expected calibration error of the predicted class: the mean difference
    between how probable it was called and how often it was right, in ten bins of that
    probability.
    """
    predicted = probability.argmax(axis=1)
    recalls = [np.mean(predicted[codes == code] == code) for code in np.unique(codes)]
    true = probability[np.arange(len(codes)), codes]
    squared = (probability**2).sum(axis=1) - true**2 + (1.0 - true) ** 2
    return {
        "accuracy": float(np.mean(predicted == codes)),
        "balanced_accuracy": float(np.mean(recalls)),
        "log_loss": float(-np.mean(np.log(np.maximum(true, 1e-6)))),
        "brier": float(np.mean(squared)),
        "ece": _calibration_error(probability.max(axis=1), predicted == codes),
    }


def _calibration_error(probability: Floats, right: Booleans) -> float:
    bins = np.minimum((probability * 10).astype(np.int64), 9)
    called = np.bincount(bins, weights=probability, minlength=10)
    found = np.bincount(bins, weights=right, minlength=10)
    return float(np.abs(called - found).sum() / len(right))


def per_class_metrics(
    codes: Integers, probability: Floats, members: Booleans, classes: list[str]
) -> list[Metric]:
    """Return recall, precision and coverage of the prediction sets per true class."""
    predicted = probability.argmax(axis=1)
    found = []
    for code, name in enumerate(classes):
        own = codes == code
        called = predicted == code
        of_it = Stratum.of_class(name)
        right = int(np.sum(own & called))
        n = int(own.sum())
        if n:
            covered = float(np.mean(members[own, code]))
            found.append(Metric("recall", "blocked", of_it, n, right / n))
            found.append(Metric("coverage_90", "blocked", of_it, n, covered))
        if called.any():
            n_called = int(called.sum())
            share = right / n_called
            found.append(Metric("precision", "blocked", of_it, n_called, share))
    return found


def strata_of(
    memberships: Mapping[Stratum, Booleans], n: int
) -> dict[Stratum, Booleans]:
    """Return the strata large enough for a figure, that of all stars first."""
    found = {ALL_STARS: np.ones(n, dtype=np.bool_)}
    for stratum in sorted(memberships, key=lambda stratum: stratum.name):
        if memberships[stratum].sum() >= FEWEST_IN_STRATUM:
            found[stratum] = memberships[stratum]
    return found
