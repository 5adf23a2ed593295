"""A number as a baseline and what an estimator learned of the rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.estimators.baseline import (
    MOST_ROWS,
    Baseline,
    column_of,
    fit_baseline,
)
from stellarwh.learning.estimators.boosted import boost_number, fits_on_matrix
from stellarwh.learning.estimators.registry import fit_estimator
from stellarwh.learning.estimators.sides import Side
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.tasks.held_out import without_each
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers

# How much of what the estimator says may be added: of few stars it learns noise too.
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# What is left of a label counts at most so many robust widths, where a baseline of
# the same quantity has been taken off: an outlier there is an outlier.
_MOST_LEFT = 6.0
# Losses count at most so many robust widths of the simplest model's.
_MOST_LOSS = 4.0


@dataclass(frozen=True)
class Corrected:
    """A fitted number.

    Attributes
    ----------
    baseline : Baseline
        What the value is expected to be.
    estimator : object
        Fitted to what is left, in units of ``baseline.scale``.
    share : float
        How much of it is added.
    """

    baseline: Baseline
    estimator: Any
    share: float = 1.0

    def predict(self, inputs: pl.DataFrame) -> Floats:
        """Return the value of each of n rows of features, as estimators see them."""
        return self.add(self.baseline.of(inputs), self.rest(inputs))

    def add(self, expected: Floats, rest: Floats) -> Floats:
        """Return what the baseline expects, with as much of the rest as is added."""
        return expected + self.share * rest

    def rest(self, inputs: Any) -> Floats:
        """Return what the estimator would add."""
        found = np.asarray(self.estimator.predict(inputs), dtype=np.float64)
        return self.baseline.scale * found


def fit_corrected(
    unfitted: Any, rows: TargetRows, side: Side, train: Integers, degree: int
) -> Corrected:
    """Fit the baseline, and the estimator to what is left of the labels.

    Parameters
    ----------
    unfitted : scikit-learn estimator
        What learns the rest.
    rows : TargetRows
        Stars with their labels.
    side : Side
        What is learned from.
    train : ndarray
        Positions among ``rows`` of its stars.
    degree : int
        As for `fit_baseline`.
    """
    plan, label = rows.plan, rows.label[train]
    baseline = baseline_of(rows, train, degree)
    left = (label - baseline.of(rows.inputs(train, baseline.columns))) / baseline.scale
    if plan.same is not None:
        known = np.isfinite(column_of(rows.inputs(train, [plan.same]), plan.same))
        left[known] = np.clip(left[known], -_MOST_LEFT, _MOST_LEFT)
    weights = rows.weights[train]
    if not fits_on_matrix(unfitted):
        fitted = fit_estimator(unfitted, rows.inputs(train), left, weights)
        return Corrected(baseline, fitted)
    place, n = rows.place[train], len(rows.sides.inputs)
    wanted, counts = (side.spread_out(v, place, n) for v in (left, weights))
    with side.matrix.use() as matrix:
        return Corrected(baseline, boost_number(unfitted, matrix, wanted, counts))


def baseline_of(rows: TargetRows, train: Integers, degree: int) -> Baseline:
    """Fit the baseline to some of the stars."""
    some = train[:: -(-len(train) // MOST_ROWS)]
    return fit_baseline(
        rows.inputs(some), rows.label[some], rows.weights[some], rows.plan, degree
    )


@dataclass(frozen=True)
class Steps:
    """Held-out values after each step, of which the later ones must earn their place.

    Attributes
    ----------
    values : ndarray of shape (S, n)
        Values by step, simplest first.
    label, weights, fold : ndarray of shape (n,)
        Labels, what each star counts and its fold.
    """

    values: Floats
    label: Floats
    weights: Floats
    fold: Integers

    def chosen(self, among: Booleans | None = None) -> int:
        """Return the step to use, as all stars or some of them show it.

        A step replaces a simpler one if its mean loss is lower by more than the
        standard error of the difference, over the same stars.

        Parameters
        ----------
        among : ndarray of shape (n,), optional
            Which stars those are.
        """
        inside = np.ones(len(self.label), dtype=np.bool_) if among is None else among
        losses = self._losses(inside)
        best = 0
        for step in range(1, len(losses)):
            gain = losses[best] - losses[step]
            if np.mean(gain) > np.std(gain) / np.sqrt(len(gain)):
                best = step
        return best

    def by_fold(self) -> dict[int, int]:
        """Return the step to use of each fold, as all others show it.

        What a fold shows must not have chosen the step that predicts it.
        """
        return without_each(self.fold, self.chosen)

    def _losses(self, inside: Booleans) -> Floats:
        residuals = np.abs(self.values[:, inside] - self.label[inside])
        width = 1.4826 * float(np.median(residuals[0]))
        if width > 0:
            residuals = np.minimum(residuals, _MOST_LOSS * width)
        return np.asarray(residuals * self.weights[inside])
