"""Baselines of a number, fitted without each fold."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from stellarwh.learning.crossfit.fits import Fits, fold_words
from stellarwh.learning.estimators.baseline import MOST_ROWS, Baseline, fit_linear
from stellarwh.learning.estimators.corrected import Steps, baseline_of
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.tasks.held_out import gather, hold_out
from stellarwh.learning.tasks.rows import Booleans, Floats


@dataclass(frozen=True)
class Baselines:
    """What the baselines of a numeric target showed of it.

    Attributes
    ----------
    degrees : dict of int or None to int
        The degree to use without each fold, which is the one that all other folds show
        to be best, and of all stars.
    compared : dict of str to ndarray of shape (n,)
        What to compare with: held-out values of a linear model (``linear``), and the
        feature that is the same quantity as it is (``copy``), NaN where there is none.
    """

    degrees: dict[int | None, int]
    compared: dict[str, Floats]


def submit_baselines(fits: Fits, rows: TargetRows) -> dict[int, Future[Floats]]:
    """Submit the baselines of each fold."""
    return {
        k: fits.submit(
            rows.target.name, f"baseline, {fold_words(rows, k)}",
            hold_out_baselines, rows, k,
        )
        for k in rows.folds
    }  # fmt: skip


def judge_baselines(
    rows: TargetRows, submitted: Mapping[int, Future[Floats]]
) -> Baselines:
    """Wait for the baselines of all folds, and choose."""
    found = gather(rows.fold, {k: fit.result() for k, fit in submitted.items()})
    *by_degree, linear = np.ascontiguousarray(found.T)
    steps = Steps(np.array(by_degree), rows.label, rows.weights, rows.fold)
    degrees: dict[int | None, int] = {None: rows.plan.degrees[steps.chosen()]}
    for k, step in steps.by_fold().items():
        degrees[k] = rows.plan.degrees[step]
    same = [rows.plan.same] if rows.plan.same else []
    copied = rows.plan.copied(rows.inputs(slice(None), same))
    return Baselines(degrees, {"copy": copied, "linear": linear})


def hold_out_baselines(rows: TargetRows, k: int) -> Floats:
    """Return what the m stars of a fold get by a baseline of each degree, and linearly.

    Returns
    -------
    ndarray of shape (m, degrees + 1)
    """

    def fit(others: Booleans) -> list[Baseline]:
        train = np.flatnonzero(others)
        fitted = [baseline_of(rows, train, degree) for degree in rows.plan.degrees]
        # Where a feature is the same quantity, that is what a linear model has to know.
        if rows.plan.same:
            return [*fitted, fitted[1]]
        some = train[:: -(-len(train) // MOST_ROWS)]
        inputs, label = rows.inputs(some), rows.label[some]
        return [*fitted, fit_linear(inputs, label, rows.weights[some])]

    def apply(fitted: list[Baseline], inside: Booleans) -> Floats:
        held = np.flatnonzero(inside)
        return np.column_stack([o.of(rows.inputs(held, o.columns)) for o in fitted])

    return hold_out(rows.fold, k, fit, apply)
