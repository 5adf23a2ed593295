"""Classes fitted on all folds but one: what every honest figure rests on."""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import numpy as np

from stellarwh.learning.crossfit.fits import ALL, Fits, Make, fold_words, random_words
from stellarwh.learning.estimators.boosted import boost_class, fits_on_matrix
from stellarwh.learning.estimators.importance import MOST_ROWS, permutation_importance
from stellarwh.learning.estimators.registry import fit_estimator
from stellarwh.learning.estimators.sides import Side
from stellarwh.learning.estimators.targets import TargetRows, unweighted
from stellarwh.learning.evaluation.results import ClassResult
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.conformal import class_thresholds, in_set
from stellarwh.learning.uncertainty.sharpness import fit_sharpness

_Fits = dict[int, Future[tuple[Floats, Floats | None]]]


class PendingClass:
    """The fits of a class target, submitted and then gathered."""

    def __init__(self, fits: Fits, make: Make, rows: TargetRows) -> None:
        self._fits = fits
        self._make = make
        self._rows = rows
        self._name = rows.target.name
        self._final: Future[Any] = Future()
        self._blocked: _Fits = {}
        self._random: _Fits = {}

    def submit_all_stars(self) -> None:
        """Submit the fit of all stars."""
        rows = self._rows
        self._final = self._fits.submit(
            self._name, ALL,
            _fit, self._make(None), rows, rows.sides.all_stars,
            np.arange(len(rows.codes)), rows.codes,
        )  # fmt: skip

    def submit_fold(self, k: int) -> None:
        """Submit the fit without a blocked fold, if there is such a fold."""
        rows = self._rows
        if k in rows.folds:
            self._blocked[k] = self._fits.submit(
                self._name, fold_words(rows, k),
                fit_class, self._make(k), rows, rows.sides.blocked[k],
                rows.fold != k, k == rows.folds[0],
            )  # fmt: skip

    def submit_random(self, k: int) -> None:
        """Submit the fit without a random fold, if it is one that is needed."""
        rows = self._rows
        if k in rows.random_folds:
            self._random[k] = self._fits.submit(
                self._name, random_words(k),
                fit_class, self._make(None), rows, rows.sides.random[k],
                rows.random_fold != k, False,
            )  # fmt: skip

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


def fit_class(
    unfitted: Any, rows: TargetRows, side: Side, train: Booleans, importances: bool
) -> tuple[Floats, Floats | None]:
    """Fit some of the stars; return probabilities of the others, and importances.

    Parameters
    ----------
    unfitted : scikit-learn estimator
        What is fitted.
    rows : TargetRows
        Stars with their classes.
    side : Side
        The side of the fold.
    train : ndarray of shape (n,)
        Which stars are on it.
    importances : bool
        Whether those are wanted.
    """
    learned, held_out = np.flatnonzero(train), np.flatnonzero(~train)
    # Estimators want codes without gaps; a rare class may be absent here.
    present, codes = np.unique(rows.codes[train], return_inverse=True)
    predicted = np.zeros((len(held_out), len(rows.classes)))
    if len(present) == 1:
        predicted[:, present[0]] = 1.0
        return predicted, None
    fitted = _fit(unfitted, rows, side, learned, codes)
    inputs = rows.as_learned(fitted, held_out)
    predicted[:, present] = fitted.predict_proba(inputs)
    predicted = unweighted(predicted, rows.class_weights)
    if not importances:
        return predicted, None
    some = held_out[:MOST_ROWS]
    return predicted, permutation_importance(
        fitted, rows.inputs(some), rows.codes[some], present
    )


def _fit(
    unfitted: Any, rows: TargetRows, side: Side, train: Integers, codes: Integers
) -> Any:
    """Fit some of the stars, given as positions, to their codes."""
    weights = rows.weights[train]
    if not fits_on_matrix(unfitted):
        return fit_estimator(unfitted, rows.inputs(train), codes, weights)
    place, n = rows.place[train], len(rows.sides.inputs)
    all_codes, all_weights = (
        side.spread_out(values, place, n) for values in (codes, weights)
    )
    with side.matrix.use() as matrix:
        return boost_class(unfitted, matrix, all_codes.astype(np.int64), all_weights)


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
