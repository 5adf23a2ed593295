"""Baselines of a number, fitted without each fold."""

import numpy as np

from stellarwh.learning.baseline import fit_baseline, fit_linear
from stellarwh.learning.corrected import Steps
from stellarwh.learning.fits import Fits
from stellarwh.learning.rows import Floats
from stellarwh.learning.targets import TargetRows


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
        return degrees, {
            "copy": rows.plan.copied(rows.inputs),
            "linear": linear,
        }


def _baselines_of_fold(rows: TargetRows, k: int) -> Floats:
    """Return what stars of a fold get by a baseline of each degree, and linearly."""
    train = rows.fold != k
    inputs, label, weights = rows.inputs.filter(train), rows.label[train], rows.weights
    weights, held_out = weights[train], rows.inputs.filter(~train)
    fitted = [
        fit_baseline(inputs, label, weights, rows.plan, degree)
        for degree in rows.plan.degrees
    ]
    # Where a feature is the same quantity, that is what a linear model has to know.
    linear = fitted[1] if rows.plan.same else fit_linear(inputs, label, weights)
    return np.array([one.of(held_out) for one in (*fitted, linear)])
