"""Classes fitted on all folds but one: what every honest figure rests on."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stellarwh.learning.crossfit.submitted import Submitted, Work
from stellarwh.learning.estimators.boosted import boost_class, fits_on_matrix
from stellarwh.learning.estimators.importance import MOST_ROWS, permutation_importance
from stellarwh.learning.estimators.registry import Unfitted, fit_estimator
from stellarwh.learning.estimators.sides import Side
from stellarwh.learning.estimators.targets import TargetRows, unweighted
from stellarwh.learning.evaluation.results import ClassResult
from stellarwh.learning.tasks.held_out import gather, hold_out
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.class_calibration import calibrate_classes


@dataclass(frozen=True)
class HeldClasses:
    """What the m stars of a fold get.

    Attributes
    ----------
    probability : ndarray of shape (m, n_classes)
        As the estimator states it, freed of class weights.
    importance : ndarray of shape (n_features,) or None
        Share of each feature, where it was asked for and there is one.
    """

    probability: Floats
    importance: Floats | None


def class_work(rows: TargetRows, unfitted: Unfitted) -> Work[Any, HeldClasses]:
    """Return what is to be fitted of a class target."""

    def without_fold(k: int) -> HeldClasses:
        return hold_out_classes(
            unfitted.without(k), rows, rows.sides.blocked[k], rows.fold, k,
            importances=k == rows.folds[0],
        )  # fmt: skip

    def without_random(k: int) -> HeldClasses:
        side, fold = rows.sides.random[k], rows.random_fold
        return hold_out_classes(
            unfitted.without(None), rows, side, fold, k, importances=False
        )

    def of_all() -> Any:
        every = np.arange(len(rows.codes))
        estimator = unfitted.without(None)
        return _fit(estimator, rows, rows.sides.all_stars, every, rows.codes)

    return Work(rows, of_all, without_fold, without_random)


def class_result(
    rows: TargetRows, unfitted: Unfitted, submitted: Submitted[Any, HeldClasses]
) -> ClassResult:
    """Wait for all fits of a class target, and calibrate."""
    freed = _probabilities(rows.fold, submitted.blocked)
    at_random = _probabilities(rows.random_fold, submitted.random)
    calibration, probability, members = calibrate_classes(
        freed, rows.codes, rows.fold, rows.classes, rows.class_weights
    )
    return ClassResult(
        rows=rows,
        parameters=unfitted.parameters(),
        estimator=submitted.of_all.result(),
        calibration=calibration,
        probability=probability,
        members=members,
        random_probability=calibration.sharpness.of(at_random),
        importance=submitted.blocked[rows.folds[0]].result().importance,
    )


def hold_out_classes(
    unfitted: Any,
    rows: TargetRows,
    side: Side,
    fold: Integers,
    k: int,
    *,
    importances: bool,
) -> HeldClasses:
    """Return what the stars of a fold get of a fit of all others.

    Parameters
    ----------
    unfitted : scikit-learn estimator
        What is fitted.
    rows : TargetRows
        n stars with their classes.
    side : Side
        What is learned from without the fold.
    fold : ndarray of shape (n,)
        Fold of each star, by sky cell or at random.
    k : int
        The fold.
    importances : bool
        Whether those are wanted.
    """
    return hold_out(
        fold,
        k,
        partial(_fit_present, unfitted, rows, side),
        partial(_apply_present, rows, importances),
    )


def _fit_present(
    unfitted: Any, rows: TargetRows, side: Side, others: Booleans
) -> tuple[Any, Integers]:
    """Return what is fitted, and the classes that it knows; None where it is one."""
    # Estimators want codes without gaps; a rare class may be absent here.
    present, codes = np.unique(rows.codes[others], return_inverse=True)
    if len(present) == 1:
        return None, present
    return _fit(unfitted, rows, side, np.flatnonzero(others), codes), present


def _apply_present(
    rows: TargetRows,
    importances: bool,
    fitted: tuple[Any, Integers],
    inside: Booleans,
) -> HeldClasses:
    estimator, present = fitted
    held = np.flatnonzero(inside)
    predicted = np.zeros((len(held), len(rows.classes)))
    if estimator is None:
        predicted[:, present[0]] = 1.0
        return HeldClasses(predicted, None)
    predicted[:, present] = estimator.predict_proba(rows.as_learned(estimator, held))
    predicted = unweighted(predicted, rows.class_weights)
    if not importances:
        return HeldClasses(predicted, None)
    some = held[:MOST_ROWS]
    return HeldClasses(
        predicted,
        permutation_importance(
            estimator, rows.inputs(some), rows.codes[some], present
        ),
    )  # fmt: skip


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


def _probabilities(
    fold: Integers, submitted: Mapping[int, Future[HeldClasses]]
) -> Floats:
    """Wait for folds; return what was stated, NaN in those that were not fitted."""
    held = {k: future.result().probability for k, future in submitted.items()}
    probability: Floats = gather(fold, held)
    return probability
