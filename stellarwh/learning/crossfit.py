"""Fit on all folds but one, predict that one: what every honest figure rests on."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
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
from stellarwh.learning.importance import permutation_importance
from stellarwh.learning.rows import Booleans, Floats, Integers
from stellarwh.learning.spread import fit_spread, predict_spread

Make = Callable[[], Any]


@dataclass(frozen=True)
class NumberFit:
    """A numeric target, fitted: final estimators and what held-out stars got.

    Arrays have shape (n,). ``half_widths`` holds the half-width of the interval for
    the true value per level; ``covered`` whether the label lies in the interval once
    it is widened by the label's own error; ``factors`` are half-widths in
    units of the final spread; ``random_value`` comes from random folds.
    """

    estimator: Any
    spread: Any
    factors: dict[int, float]
    value: Floats
    half_widths: dict[int, Floats]
    covered: dict[int, Booleans]
    random_value: Floats
    importance: Floats | None


@dataclass(frozen=True)
class ClassFit:
    """A class target, fitted: final estimator and what held-out stars got.

    Probabilities and ``members`` (of the prediction set) have shape (n, n_classes).
    """

    estimator: Any
    thresholds: Floats
    probability: Floats
    members: Booleans
    random_probability: Floats
    importance: Floats | None


class PendingNumber:
    """Submits the fits of a numeric target, and gathers them."""

    def __init__(
        self,
        pool: Executor,
        make: Make,
        features: pl.DataFrame,
        label: Floats,
        errors: Floats,
        fold: Integers,
        random_fold: Integers,
        seed: int,
        device: str,
    ) -> None:
        self._pool = pool
        self._features = features
        self._label = label
        self._errors = errors
        self._fold = fold
        self._random_fold = random_fold
        self._options = (seed, device)
        self._final = pool.submit(_fit, make, features, label)
        self._blocked = {
            k: pool.submit(_fit_and_predict, make, features, label, fold, k)
            for k in np.unique(fold)
        }
        self._random = {
            k: pool.submit(_fit_and_predict, make, features, label, random_fold, k)
            for k in np.unique(random_fold)
        }
        self._value: Floats | None = None
        self._spreads: dict[int, Future[Floats]] = {}
        self._final_spread: Future[Any] | None = None

    def submit_spreads(self) -> None:
        """Wait for the values, then submit the fits of the spread."""
        self._value, _ = _gather(self._blocked, self._fold, self._label.shape)
        residuals = self._label - self._value
        self._final_spread = self._pool.submit(
            fit_spread, self._features, residuals, self._errors, *self._options
        )
        for k in self._blocked:
            self._spreads[k] = self._pool.submit(self._spread_of_fold, residuals, k)

    def _spread_of_fold(self, residuals: Floats, k: int) -> Floats:
        train = self._fold != k
        booster = fit_spread(
            self._features.filter(train),
            residuals[train],
            self._errors[train],
            *self._options,
        )
        return predict_spread(booster, self._features.filter(~train))

    def result(self) -> NumberFit:
        """Wait for everything and calibrate."""
        assert self._value is not None
        assert self._final_spread is not None
        value, importance = _gather(self._blocked, self._fold, self._label.shape)
        random_value, _ = _gather(self._random, self._random_fold, self._label.shape)
        spread = np.empty_like(value)
        for k, future in self._spreads.items():
            spread[self._fold == k] = future.result()
        residuals = self._label - value
        half_widths, covered, factors = {}, {}, {}
        for level in LEVELS:
            scores = interval_scores(residuals, spread, self._errors, level)
            held_out = quantiles_by_fold(scores, self._fold, level)
            sigmas = normal_quantile(level)
            half_widths[level] = sigmas * held_out * spread
            covered[level] = scores <= held_out
            factors[level] = sigmas * conformal_quantile(scores, level)
        return NumberFit(
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
    """Submits the fits of a class target, and gathers them."""

    def __init__(
        self,
        pool: Executor,
        make: Make,
        features: pl.DataFrame,
        codes: Integers,
        n_classes: int,
        fold: Integers,
        random_fold: Integers,
    ) -> None:
        self._codes = codes
        self._shape = (len(codes), n_classes)
        self._fold = fold
        self._random_fold = random_fold
        self._final = pool.submit(_fit, make, features, codes)
        arguments = (make, features, codes)
        self._blocked = {
            k: pool.submit(_fit_and_predict, *arguments, fold, k, n_classes)
            for k in np.unique(fold)
        }
        self._random = {
            k: pool.submit(_fit_and_predict, *arguments, random_fold, k, n_classes)
            for k in np.unique(random_fold)
        }

    def submit_spreads(self) -> None:
        """Do nothing: probabilities carry their own spread."""

    def result(self) -> ClassFit:
        """Wait for everything and calibrate."""
        probability, importance = _gather(self._blocked, self._fold, self._shape)
        random_probability, _ = _gather(self._random, self._random_fold, self._shape)
        members = np.zeros(self._shape, dtype=np.bool_)
        for k in self._blocked:
            inside = self._fold == k
            thresholds = class_thresholds(probability[~inside], self._codes[~inside])
            members[inside] = in_set(probability[inside], thresholds)
        return ClassFit(
            self._final.result(),
            class_thresholds(probability, self._codes),
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
