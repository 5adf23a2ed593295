"""A number fitted on all folds but one: what every honest figure rests on.

One step after the other, each of which waits for what it needs: values without each
fold, how far the stated errors of labels are believed, spreads, intervals.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from stellarwh.learning.crossfit.baselines import Baselines
from stellarwh.learning.crossfit.fits import ALL, Fits, fold_words
from stellarwh.learning.crossfit.submitted import Submitted, Work
from stellarwh.learning.estimators.corrected import (
    SHARES,
    Corrected,
    Steps,
    fit_corrected,
)
from stellarwh.learning.estimators.importance import MOST_ROWS as IMPORTANCE_ROWS
from stellarwh.learning.estimators.importance import permutation_importance
from stellarwh.learning.estimators.registry import Unfitted
from stellarwh.learning.estimators.sides import Side
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.results import NumberResult
from stellarwh.learning.tasks.held_out import apply_to_each, gather, hold_out
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.groups import Grouping, snr_features
from stellarwh.learning.uncertainty.label_errors import (
    ErrorFactor,
    factor_rows,
    fit_error_factor,
)
from stellarwh.learning.uncertainty.number_calibration import (
    NumberCalibration,
    calibrate_number,
)
from stellarwh.learning.uncertainty.patterns import pattern_keys
from stellarwh.learning.uncertainty.spread import boost_spread, predict_spread


@dataclass(frozen=True)
class Number:
    """A numeric target before its fits: stars, what is fitted, what it starts from."""

    rows: TargetRows
    unfitted: Unfitted
    baselines: Baselines


@dataclass(frozen=True)
class HeldNumbers:
    """What the m stars of a fold get, and of what.

    Attributes
    ----------
    parts : ndarray of shape (m, 2)
        What the baseline expects, and what the estimator would add.
    fitted : Corrected or None
        Both of them, where they are asked for.
    """

    parts: Floats
    fitted: Corrected | None

    @property
    def value(self) -> Floats:
        """All of the estimator's part added."""
        return np.asarray(self.parts[:, 0] + self.parts[:, 1])


@dataclass(frozen=True)
class Valued:
    """Held-out values of a number, and what is being found out from them.

    Attributes
    ----------
    value : ndarray of shape (n,)
        What each star gets without its fold.
    share : float
        How much of what the estimator says is added, where all stars are learned from.
    importance : Future
        Share of each feature.
    factor : Future
        How far the stated errors of labels are believed.
    """

    value: Floats
    share: float
    importance: Future[Floats]
    factor: Future[ErrorFactor]


@dataclass(frozen=True)
class Spreads:
    """Fits of the spread, some of them done: of all stars, and by fold held out."""

    of_all: Future[Any]
    by_fold: Mapping[int, Future[Floats]]


def number_work(number: Number) -> Work[Corrected, HeldNumbers]:
    """Return what is to be fitted of a numeric target."""
    rows, unfitted = number.rows, number.unfitted
    degrees = number.baselines.degrees

    def without_fold(k: int) -> HeldNumbers:
        return hold_out_numbers(
            unfitted.without(k), rows, rows.sides.blocked[k], rows.fold, k, degrees[k],
            keeps_fit=k == rows.folds[0],
        )  # fmt: skip

    def without_random(k: int) -> HeldNumbers:
        return hold_out_numbers(
            unfitted.without(None), rows, rows.sides.random[k], rows.random_fold, k,
            degrees[None], keeps_fit=False,
        )  # fmt: skip

    def of_all() -> Corrected:
        return fit_corrected(
            unfitted.without(None), rows, rows.sides.all_stars,
            np.arange(len(rows.label)), degrees[None],
        )  # fmt: skip

    return Work(rows, of_all, without_fold, without_random)


def hold_out_numbers(
    unfitted: Any,
    rows: TargetRows,
    side: Side,
    fold: Integers,
    k: int,
    degree: int,
    *,
    keeps_fit: bool,
) -> HeldNumbers:
    """Return what the stars of a fold get of a fit of all others.

    Parameters
    ----------
    unfitted : scikit-learn estimator
        What learns the rest.
    rows : TargetRows
        n stars with their labels.
    side : Side
        What is learned from without the fold.
    fold : ndarray of shape (n,)
        Fold of each star, by sky cell or at random.
    k : int
        The fold.
    degree : int
        Of the baseline.
    keeps_fit : bool
        Whether the fit is asked for, too.
    """

    def fit(others: Booleans) -> Corrected:
        return fit_corrected(unfitted, rows, side, np.flatnonzero(others), degree)

    def apply(fitted: Corrected, inside: Booleans) -> HeldNumbers:
        held = np.flatnonzero(inside)
        expected = fitted.baseline.of(rows.inputs(held, fitted.baseline.columns))
        rest = fitted.rest(rows.as_learned(fitted.estimator, held))
        parts = np.column_stack([expected, rest])
        return HeldNumbers(parts, fitted if keeps_fit else None)

    return hold_out(fold, k, fit, apply)


def value_number(
    fits: Fits, number: Number, submitted: Submitted[Corrected, HeldNumbers]
) -> Valued:
    """Wait for all blocked folds, choose how much is added, and submit what follows."""
    rows, folds = number.rows, number.rows.folds
    expected, rest = _parts(rows.fold, submitted.blocked)
    steps = Steps(
        np.array([expected + share * rest for share in SHARES]),
        rows.label, rows.weights, rows.fold,
    )  # fmt: skip
    by_fold = steps.by_fold()
    value = apply_to_each(
        rows.fold, by_fold, lambda step, inside: steps.values[step][inside]
    )
    first = submitted.blocked[folds[0]].result().fitted
    assert first is not None
    inside = np.flatnonzero(rows.fold == folds[0])[:IMPORTANCE_ROWS]
    importance = fits.submit(
        rows.target.name, "importance of features",
        permutation_importance, replace(first, share=SHARES[by_fold[folds[0]]]),
        rows.inputs(inside), rows.label[inside],
    )  # fmt: skip
    factor = fits.submit(
        rows.target.name, "errors of labels", _fit_factor, number, value
    )
    return Valued(value, SHARES[steps.chosen()], importance, factor)


def _fit_factor(number: Number, value: Floats) -> ErrorFactor:
    rows, seed = number.rows, number.unfitted.seed
    some = factor_rows(len(value), seed)
    return fit_error_factor(
        rows.inputs(some), rows.label - value, rows.errors, rows.fold,
        seed, number.unfitted.device, some,
    )  # fmt: skip


def submit_spreads(fits: Fits, number: Number, valued: Valued) -> Spreads:
    """Wait for the factor on errors of labels, and submit the fits of the spread."""
    rows = number.rows
    residuals = rows.label - valued.value
    fit = partial(_fit_spread, number, residuals, valued.factor.result())
    apply = partial(_apply_spread, rows)
    of_all = fits.submit(rows.target.name, f"spread, {ALL}", fit)
    by_fold = {
        k: fits.submit(
            rows.target.name, f"spread, {fold_words(rows, k)}",
            hold_out, rows.fold, k, fit, apply,
        )
        for k in rows.folds
    }  # fmt: skip
    return Spreads(of_all, by_fold)


def _fit_spread(
    number: Number,
    residuals: Floats,
    factor: ErrorFactor,
    others: Booleans | None = None,
) -> Any:
    """Fit the spread to those of the stars, or of all, that are chosen for it."""
    # The factor that goes with the stars was found from them alone.
    believed = factor.believed if others is None else factor.without(~others)
    rows = number.rows
    side, n = rows.sides.spread, len(rows.sides.inputs)
    used = np.zeros(n, dtype=np.bool_)
    used[rows.place] = True if others is None else others
    own_residuals, own_errors = (
        side.spread_out(values, rows.place, n).astype(np.float64)
        for values in (residuals, believed * rows.errors)
    )
    with side.matrix.use() as matrix:
        return boost_spread(
            matrix, own_residuals, own_errors, used[side.rows],
            number.unfitted.seed, number.unfitted.device,
        )  # fmt: skip


def _apply_spread(rows: TargetRows, booster: Any, inside: Booleans) -> Floats:
    return predict_spread(booster, rows.sides.inputs.single[rows.place[inside]])


def number_result(
    number: Number,
    submitted: Submitted[Corrected, HeldNumbers],
    valued: Valued,
    spreads: Spreads,
    values: Mapping[str, Floats],
) -> NumberResult:
    """Wait for all fits of a numeric target, and calibrate.

    Parameters
    ----------
    number, submitted, valued, spreads : Number, Submitted, Valued, Spreads
        What each step before gave.
    values : mapping of str to ndarray
        Held-out values of all numeric targets for all labelled rows of the task, NaN
        where a row has no label of the target.
    """
    rows, factor = number.rows, valued.factor.result()
    expected, rest = _parts(rows.random_fold, submitted.random)
    spread = gather(
        rows.fold, {k: future.result() for k, future in spreads.by_fold.items()}
    )
    features = rows.features
    grouping = Grouping(pattern_keys(features), snr_features(features.columns))
    own = {name: found[rows.rows] for name, found in values.items()}
    factors, intervals = calibrate_number(
        rows.label - valued.value,
        spread,
        factor.used * rows.errors,
        grouping.codes(features, own),
        rows.fold,
    )
    return NumberResult(
        rows=rows,
        parameters=number.unfitted.parameters(),
        corrected=replace(submitted.of_all.result(), share=valued.share),
        spread=spreads.of_all.result(),
        calibration=NumberCalibration(grouping, factors, factor.believed),
        value=valued.value,
        intervals=intervals,
        error_factor=factor,
        random_value=expected + valued.share * rest,
        importance=valued.importance.result(),
        compared=number.baselines.compared,
    )


def _parts(
    fold: Integers, submitted: Mapping[int, Future[HeldNumbers]]
) -> tuple[Floats, Floats]:
    """Wait for folds; return what baselines expect, and what would be added to it.

    NaN in folds that were not fitted.
    """
    found = gather(fold, {k: own.result().parts for k, own in submitted.items()})
    expected, rest = found.T
    return expected, rest
