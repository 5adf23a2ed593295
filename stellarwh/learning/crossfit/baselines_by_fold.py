"""Baselines of a number, fitted without each fold."""

import numpy as np

from stellarwh.learning.crossfit.fits import Fits
from stellarwh.learning.estimators.baseline import MOST_ROWS, fit_linear
from stellarwh.learning.estimators.corrected import Steps, baseline_of
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.tasks.rows import Floats


class PendingBaselines:
    """Baselines of a numeric target: what stars of each fold get of the others.

    The degree that predicts a fold is the one that all other folds show to be best.
    """

    def __init__(self, fits: Fits, rows: TargetRows) -> None:
        self._rows = rows
        self._fits = {
            k: fits.submit(
                rows.target.name, f"baseline, fold {k + 1} of {len(rows.folds)}",
                _baselines_of_fold, rows, k,
            )
            for k in rows.folds
        }  # fmt: skip

    def result(self) -> tuple[dict[int | None, int], dict[str, Floats]]:
        """Wait; return the degree by fold and of all stars, and what to compare with.

        The latter are held-out values of a linear model, and the feature that is the
        same quantity as it is (``copy``), NaN where there is none.
        """
        rows = self._rows
        values = np.full((len(rows.plan.degrees) + 1, len(rows.label)), np.nan)
        for k, fit in self._fits.items():
            values[:, rows.fold == k] = fit.result()
        *by_degree, linear = values
        steps = Steps(np.array(by_degree), rows.label, rows.weights, rows.fold)
        degrees = {k: rows.plan.degrees[i] for k, i in steps.by_fold().items()}
        same = [rows.plan.same] if rows.plan.same else []
        return degrees, {
            "copy": rows.plan.copied(rows.inputs(slice(None), same)),
            "linear": linear,
        }


def _baselines_of_fold(rows: TargetRows, k: int) -> Floats:
    """Return what stars of a fold get by a baseline of each degree, and linearly."""
    train, held_out = np.flatnonzero(rows.fold != k), np.flatnonzero(rows.fold == k)
    fitted = [baseline_of(rows, train, degree) for degree in rows.plan.degrees]
    # Where a feature is the same quantity, that is what a linear model has to know.
    if rows.plan.same:
        linear = fitted[1]
    else:
        some = train[:: -(-len(train) // MOST_ROWS)]
        linear = fit_linear(rows.inputs(some), rows.label[some], rows.weights[some])
    return np.array(
        [one.of(rows.inputs(held_out, one.columns)) for one in (*fitted, linear)]
    )
