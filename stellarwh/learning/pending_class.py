"""Classes fitted on all folds but one: what every honest figure rests on."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import numpy as np

from stellarwh.learning.conformal import class_thresholds, in_set
from stellarwh.learning.estimators import fit_estimator
from stellarwh.learning.evaluate import ClassResult
from stellarwh.learning.fits import ALL, Fits, Make, fold_words, random_words
from stellarwh.learning.importance import permutation_importance
from stellarwh.learning.rows import Floats, Integers
from stellarwh.learning.sharpness import fit_sharpness
from stellarwh.learning.targets import TargetRows, unweighted

_Fits = dict[int, Future[tuple[Floats, Floats | None]]]


class PendingClass:
    """The fits of a class target, submitted and then gathered."""

    def __init__(self, fits: Fits, make: Make, rows: TargetRows) -> None:
        self._rows = rows
        self._final, self._blocked, self._random = _submit(fits, make, rows)

    def submit_factor(self) -> None:
        """Do nothing: classes have no errors of their own."""

    def submit_spreads(self) -> None:
        """Do nothing: probabilities carry their own spread."""

    def result(self, values: Mapping[str, Floats]) -> ClassResult:
        """Wait for everything and calibrate; values of numbers are not needed."""
        rows, codes = self._rows, self._rows.codes
        shape = (len(codes), len(rows.classes))
        stated, importance = _gather(self._blocked, rows.fold, shape)
        random_stated, _ = _gather(self._random, rows.random_fold, shape)
        sharpness = fit_sharpness(stated, codes)
        probability = np.empty(shape)
        for k in rows.folds:
            inside = rows.fold == k
            own = fit_sharpness(stated[~inside], codes[~inside])
            probability[inside] = own.of(stated[inside])
        members = np.zeros(shape, dtype=np.bool_)
        for k in rows.folds:
            inside = rows.fold == k
            thresholds = class_thresholds(probability[~inside], codes[~inside])
            members[inside] = in_set(probability[inside], thresholds)
        return ClassResult(
            rows,
            self._final.result(),
            class_thresholds(probability, codes),
            sharpness,
            probability,
            members,
            sharpness.of(random_stated),
            importance,
        )


def _submit(
    fits: Fits, make: Make, rows: TargetRows
) -> tuple[Future[Any], _Fits, _Fits]:
    """Submit the fit of all stars and those without each blocked and random fold."""
    name = rows.target.name
    return (
        fits.submit(
            name, ALL,
            fit_estimator, make(None), rows.inputs, rows.codes, rows.weights,
        ),
        {
            k: fits.submit(
                name, fold_words(rows, k), fit_class, make(k), rows, rows.fold, k
            )
            for k in rows.folds
        },
        {
            k: fits.submit(
                name, random_words(k),
                fit_class, make(None), rows, rows.random_fold, k, False,
            )
            for k in rows.random_folds
        },
    )  # fmt: skip


def fit_class(
    unfitted: Any, rows: TargetRows, fold: Integers, k: int, importances: bool = True
) -> tuple[Floats, Floats | None]:
    """Fit without fold ``k``; return its probabilities and, of one, importances."""
    train = fold != k
    held_out = rows.inputs.filter(~train)
    # Estimators want codes without gaps; a rare class may be absent here.
    present, codes = np.unique(rows.codes[train], return_inverse=True)
    predicted = np.zeros((len(held_out), len(rows.classes)))
    if len(present) == 1:
        predicted[:, present[0]] = 1.0
        return predicted, None
    inputs = rows.inputs.filter(train)
    estimator = fit_estimator(unfitted, inputs, codes, rows.weights[train])
    predicted[:, present] = estimator.predict_proba(held_out)
    predicted = unweighted(predicted, rows.class_weights)
    importance = None
    if importances and k == 0:
        importance = permutation_importance(
            estimator, held_out, rows.codes[~train], present
        )
    return predicted, importance


def _gather(
    futures: _Fits, fold: Integers, shape: tuple[int, ...]
) -> tuple[Floats, Floats | None]:
    """Return what was predicted, NaN in folds that were not fitted."""
    gathered = np.full(shape, np.nan)
    importance = None
    for k, future in futures.items():
        gathered[fold == k], found = future.result()
        importance = found if found is not None else importance
    return gathered, importance
