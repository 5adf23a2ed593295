"""Fit on all folds but one, predict that one: what every honest figure rests on."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.conformal import (
    LEVELS,
    class_thresholds,
    conformal_quantile,
    in_set,
    interval_scores,
    normal_quantile,
    quantiles_by_fold,
)
from stellarwh.learning.evaluate import ClassResult, NumberResult
from stellarwh.learning.importance import permutation_importance
from stellarwh.learning.rows import Floats, Integers
from stellarwh.learning.spread import fit_spread, predict_spread
from stellarwh.learning.targets import TargetRows

Make = Callable[[], Any]


class PendingNumber:
    """The fits of a numeric target, submitted and then gathered."""

    def __init__(
        self, pool: Executor, make: Make, rows: TargetRows, seed: int, device: str
    ) -> None:
        self._pool = pool
        self._rows = rows
        self._options = (seed, device)
        self._final = pool.submit(_fit, make, rows.features, rows.label)
        self._blocked, self._random = (
            {
                k: pool.submit(
                    _fit_and_predict, make, rows.features, rows.label, fold, k
                )
                for k in rows.folds
            }
            for fold in (rows.fold, rows.random_fold)
        )
        self._value: Floats = np.empty(0)
        self._spreads: dict[int, Future[Floats]] = {}
        self._final_spread: Future[Any] = Future()

    def submit_spreads(self) -> None:
        """Wait for the values, then submit the fits of the spread."""
        rows = self._rows
        self._value, _ = _gather(self._blocked, rows.fold, rows.label.shape)
        residuals = rows.label - self._value
        self._final_spread = self._pool.submit(
            fit_spread, rows.features, residuals, rows.errors, *self._options
        )
        for k in rows.folds:
            self._spreads[k] = self._pool.submit(self._spread_of_fold, residuals, k)

    def _spread_of_fold(self, residuals: Floats, k: int) -> Floats:
        train = self._rows.fold != k
        features = self._rows.features
        booster = fit_spread(
            features.filter(train),
            residuals[train],
            self._rows.errors[train],
            *self._options,
        )
        return predict_spread(booster, features.filter(~train))

    def result(self) -> NumberResult:
        """Wait for everything and calibrate."""
        rows, value = self._rows, self._value
        _, importance = _gather(self._blocked, rows.fold, rows.label.shape)
        random_value, _ = _gather(self._random, rows.random_fold, rows.label.shape)
        spread = np.empty_like(value)
        for k, future in self._spreads.items():
            spread[rows.fold == k] = future.result()
        residuals = rows.label - value
        half_widths, covered, factors = {}, {}, {}
        for level in LEVELS:
            scores = interval_scores(residuals, spread, rows.errors, level)
            held_out = quantiles_by_fold(scores, rows.fold, level)
            sigmas = normal_quantile(level)
            half_widths[level] = sigmas * held_out * spread
            covered[level] = scores <= held_out
            factors[level] = sigmas * conformal_quantile(scores, level)
        return NumberResult(
            rows,
            self._final.result(),
            self._final_spread.result(),
            factors,
            value,
            half_widths,
            covered,
            random_value,
            importance,
        )


class PendingClass:
    """The fits of a class target, submitted and then gathered."""

    def __init__(self, pool: Executor, make: Make, rows: TargetRows) -> None:
        self._rows = rows
        self._shape = (len(rows.codes), len(rows.classes))
        self._final = pool.submit(_fit, make, rows.features, rows.codes)
        self._blocked, self._random = (
            {
                k: pool.submit(
                    _fit_and_predict,
                    make,
                    rows.features,
                    rows.codes,
                    fold,
                    k,
                    len(rows.classes),
                )
                for k in rows.folds
            }
            for fold in (rows.fold, rows.random_fold)
        )

    def submit_spreads(self) -> None:
        """Do nothing: probabilities carry their own spread."""

    def result(self) -> ClassResult:
        """Wait for everything and calibrate."""
        rows, codes = self._rows, self._rows.codes
        probability, importance = _gather(self._blocked, rows.fold, self._shape)
        random_probability, _ = _gather(self._random, rows.random_fold, self._shape)
        members = np.zeros(self._shape, dtype=np.bool_)
        for k in rows.folds:
            inside = rows.fold == k
            thresholds = class_thresholds(probability[~inside], codes[~inside])
            members[inside] = in_set(probability[inside], thresholds)
        return ClassResult(
            rows,
            self._final.result(),
            class_thresholds(probability, codes),
            probability,
            members,
            random_probability,
            importance,
        )


def _fit(make: Make, features: pl.DataFrame, label: Any) -> Any:
    return make().fit(features, label)


def _fit_and_predict(
    make: Make,
    features: pl.DataFrame,
    label: Any,
    fold: Integers,
    k: int,
    n_classes: int | None = None,
) -> tuple[Floats, Floats | None]:
    """Fit without fold ``k``; return its predictions and, of one fold, importances."""
    train = fold != k
    held_out = features.filter(~train)
    present: Integers | None = None
    if n_classes is None:
        estimator = _fit(make, features.filter(train), label[train])
        predicted = np.asarray(estimator.predict(held_out), dtype=np.float64)
    else:
        # Estimators want codes without gaps; a rare class may be absent here.
        present, codes = np.unique(label[train], return_inverse=True)
        if len(present) == 1:
            predicted = np.zeros((len(held_out), n_classes))
            predicted[:, present[0]] = 1.0
            return predicted, None
        estimator = _fit(make, features.filter(train), codes)
        predicted = np.zeros((len(held_out), n_classes))
        predicted[:, present] = estimator.predict_proba(held_out)
    importance = None
    if k == 0:
        importance = permutation_importance(estimator, held_out, label[~train], present)
    return predicted, importance


def _gather(
    futures: dict[int, Future[tuple[Floats, Floats | None]]],
    fold: Integers,
    shape: tuple[int, ...],
) -> tuple[Floats, Floats | None]:
    gathered = np.empty(shape)
    importance = None
    for k, future in futures.items():
        gathered[fold == k], found = future.result()
        importance = found if found is not None else importance
    return gathered, importance
