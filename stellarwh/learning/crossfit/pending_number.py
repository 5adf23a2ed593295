"""A number fitted on all folds but one: what every honest figure rests on."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import numpy as np

from stellarwh.learning.crossfit.baselines_by_fold import PendingBaselines
from stellarwh.learning.crossfit.fits import ALL, Fits, Make, fold_words, random_words
from stellarwh.learning.estimators.corrected import (
    SHARES,
    Corrected,
    Steps,
    fit_corrected,
)
from stellarwh.learning.estimators.importance import MOST_ROWS as IMPORTANCE_ROWS
from stellarwh.learning.estimators.importance import permutation_importance
from stellarwh.learning.estimators.sides import Side
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.results import NumberResult
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.conformal import (
    LEVELS,
    interval_scores,
    normal_quantile,
)
from stellarwh.learning.uncertainty.groups import (
    Grouping,
    calibrate,
    calibrate_by_fold,
    snr_features,
)
from stellarwh.learning.uncertainty.label_errors import (
    ErrorFactor,
    factor_rows,
    fit_error_factor,
)
from stellarwh.learning.uncertainty.patterns import pattern_keys
from stellarwh.learning.uncertainty.spread import boost_spread, predict_spread


class PendingNumber:
    """The fits of a numeric target, submitted and then gathered."""

    def __init__(
        self,
        fits: Fits,
        make: Make,
        rows: TargetRows,
        baselines: PendingBaselines,
        seed: int,
        device: str,
    ) -> None:
        self._fits = fits
        self._make = make
        self._rows = rows
        self._name = rows.target.name
        self._options = (seed, device)
        self._degrees, self._compared = baselines.result()
        self._final: Future[Any] = Future()
        self._blocked: dict[int, Future[Any]] = {}
        self._random: dict[int, Future[Any]] = {}
        self._value: Floats = np.empty(0)
        self._factor: Future[ErrorFactor] = Future()
        self._shares: dict[int | None, float] = {}
        self._importance: Future[Floats] = Future()
        self._spreads: dict[int, Future[Floats]] = {}
        self._final_spread: Future[Any] = Future()

    def submit_all_stars(self) -> None:
        """Submit the fit of all stars."""
        rows = self._rows
        self._final = self._fits.submit(
            self._name, ALL,
            fit_corrected, self._make(None), rows, rows.sides.all_stars,
            np.arange(len(rows.label)), self._degrees[None],
        )  # fmt: skip

    def submit_fold(self, k: int) -> None:
        """Submit the fit without a blocked fold, if there is such a fold."""
        rows = self._rows
        if k in rows.folds:
            self._blocked[k] = self._fits.submit(
                self._name, fold_words(rows, k),
                fit_number, self._make(k), rows, rows.sides.blocked[k],
                rows.fold != k, self._degrees[k],
            )  # fmt: skip

    def submit_random(self, k: int) -> None:
        """Submit the fit without a random fold, if it is one that is needed."""
        rows = self._rows
        if k in rows.random_folds:
            self._random[k] = self._fits.submit(
                self._name, random_words(k),
                fit_number, self._make(None), rows, rows.sides.random[k],
                rows.random_fold != k, self._degrees[None],
            )  # fmt: skip

    def submit_factor(self) -> None:
        """Wait for the values, then submit the search for the factor on errors."""
        rows = self._rows
        baseline, rest = _gather_parts(self._blocked, rows.fold)
        steps = Steps(
            np.array([baseline + share * rest for share in SHARES]),
            rows.label, rows.weights, rows.fold,
        )  # fmt: skip
        chosen = steps.by_fold()
        self._shares = {k: SHARES[i] for k, i in chosen.items()}
        self._value = np.empty_like(rows.label)
        for k in rows.folds:
            inside = rows.fold == k
            self._value[inside] = steps.values[chosen[k]][inside]
        first = self._blocked[rows.folds[0]].result()[2]
        inside = np.flatnonzero(rows.fold == rows.folds[0])[:IMPORTANCE_ROWS]
        self._importance = self._fits.submit(
            self._name,
            "importance of features",
            permutation_importance,
            replace(first, share=self._shares[rows.folds[0]]),
            rows.inputs(inside),
            rows.label[inside],
        )
        residuals = rows.label - self._value
        self._factor = self._fits.submit(
            self._name,
            "errors of labels",
            self._fit_factor,
            residuals,
        )

    def _fit_factor(self, residuals: Floats) -> ErrorFactor:
        rows, (seed, device) = self._rows, self._options
        some = factor_rows(len(residuals), seed)
        return fit_error_factor(
            rows.inputs(some), residuals, rows.errors, rows.fold, seed, device, some
        )

    def submit_spreads(self) -> None:
        """Wait for the factor, then submit the fits of the spread."""
        rows = self._rows
        residuals = rows.label - self._value
        factor = self._factor.result()
        self._final_spread = self._fits.submit(
            self._name, f"spread, {ALL}",
            self._fit_spread, residuals, min(factor.best, 1.0) * rows.errors,
        )  # fmt: skip
        for k in rows.folds:
            # The factor of the fold itself was found without it.
            believed = factor.used[rows.fold == k][0] * rows.errors
            self._spreads[k] = self._fits.submit(
                self._name, f"spread, {fold_words(rows, k)}",
                self._spread_of_fold, residuals, believed, k,
            )  # fmt: skip

    def _fit_spread(
        self, residuals: Floats, errors: Floats, without: int | None = None
    ) -> Any:
        """Fit the spread to the stars that are chosen for it, less those of a fold."""
        rows = self._rows
        side, n = rows.sides.spread, len(rows.sides.inputs)
        used = np.zeros(n, dtype=np.bool_)
        used[rows.place] = True if without is None else rows.fold != without
        own_residuals, own_errors = (
            side.spread_out(values, rows.place, n).astype(np.float64)
            for values in (residuals, errors)
        )
        with side.matrix.use() as matrix:
            return boost_spread(
                matrix, own_residuals, own_errors, used[side.rows], *self._options
            )

    def _spread_of_fold(self, residuals: Floats, errors: Floats, k: int) -> Floats:
        booster = self._fit_spread(residuals, errors, k)
        rows = self._rows
        held_out = rows.sides.inputs.single[rows.place[rows.fold == k]]
        return predict_spread(booster, held_out)

    @property
    def value(self) -> Floats:
        """Held-out values, after `submit_factor`."""
        return self._value

    def result(self, values: Mapping[str, Floats]) -> NumberResult:
        """Wait for everything and calibrate.

        Parameters
        ----------
        values : mapping of str to ndarray
            Held-out values of all numeric targets for all labelled rows of the task,
            NaN where a row has no label of the target.
        """
        rows, value = self._rows, self._value
        baseline, rest = _gather_parts(self._random, rows.random_fold)
        random_value = baseline + self._shares[None] * rest
        spread = np.empty_like(value)
        for k, future in self._spreads.items():
            spread[rows.fold == k] = future.result()
        residuals = rows.label - value
        names = rows.features.columns
        grouping = Grouping(pattern_keys(rows.features), snr_features(names))
        own = {name: found[rows.rows] for name, found in values.items()}
        codes = grouping.codes(rows.features, own)
        factor = self._factor.result()
        believed = factor.used * rows.errors
        scores = {
            level: interval_scores(residuals, spread, believed, level)
            for level in LEVELS
        }
        held_out = calibrate_by_fold(scores, codes, rows.fold)
        return NumberResult(
            rows,
            replace(self._final.result(), share=self._shares[None]),
            self._final_spread.result(),
            grouping,
            calibrate(scores, codes),
            value,
            {k: normal_quantile(k) * held_out[k] * spread for k in LEVELS},
            {k: scores[k] <= held_out[k] for k in LEVELS},
            factor,
            random_value,
            self._importance.result(),
            self._compared,
        )


def fit_number(
    unfitted: Any, rows: TargetRows, side: Side, train: Booleans, degree: int
) -> tuple[Floats, Floats, Corrected]:
    """Fit some of the stars; return baseline of the others, their rest, and the fit.

    Parameters
    ----------
    unfitted : scikit-learn estimator
        What learns the rest.
    rows : TargetRows
        Stars with their labels.
    side : Side
        The side of the fold.
    train : ndarray of shape (n,)
        Which stars are on it.
    degree : int
        Of the baseline.
    """
    fitted = fit_corrected(unfitted, rows, side, np.flatnonzero(train), degree)
    held_out = np.flatnonzero(~train)
    expected = fitted.baseline.of(rows.inputs(held_out, fitted.baseline.columns))
    return expected, fitted.rest(rows.as_learned(fitted.estimator, held_out)), fitted


def _gather_parts(
    futures: Mapping[int, Future[tuple[Floats, Floats, Corrected]]], fold: Integers
) -> tuple[Floats, Floats]:
    """Return baselines and what is to be added, NaN in folds that were not fitted."""
    baseline, rest = np.full((2, len(fold)), np.nan)
    for k, future in futures.items():
        baseline[fold == k], rest[fold == k], _ = future.result()
    return baseline, rest
