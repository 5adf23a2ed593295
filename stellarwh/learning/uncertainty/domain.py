"""Whether a star is of a kind that the training stars stand for.

Three questions: does every feature lie in the range of the training stars, are there
training stars near it, and do stars like it carry labels at all? The last is answered
by a classifier of labelled against unlabelled stars: where a survey never gives a label
(hot stars outside its grids, say), the chance of one falls towards zero, however close
the nearest labelled star may be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.estimators.matrix import Matrix, apply_booster
from stellarwh.learning.estimators.workers import EndIfStopped
from stellarwh.learning.tasks.held_out import held_out
from stellarwh.learning.tasks.rows import Booleans, Floats
from stellarwh.learning.uncertainty.distance import TrainingDistance, training_distance

# Rows of either kind that the classifier sees at most, and needs at least.
MOST_ROWS = 50_000
_FEWEST_ROWS = 200
# Training stars at either end of a feature's range, and among those least likely to be
# labelled, that are given up as not typical.
_TAIL = 0.001
_MARGIN = 0.05
_LEAST_LIKELY = 0.01


@dataclass(frozen=True)
class Domain:
    """What the training stars stand for.

    Attributes
    ----------
    limits : dict
        Per feature ``low``, ``high`` and whether it may be NULL (``nullable``).
    distance : TrainingDistance
        How far a star is from the training stars; above one it is outside.
    support : xgboost.Booster or None
        Chance of carrying a label; None if too few stars are unlabelled to learn it.
    least_chance : float
        Chance below which a star is outside.
    """

    limits: dict[str, dict[str, Any]]
    distance: TrainingDistance
    support: Any
    least_chance: float

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts, but for ``support``."""
        return {
            "limits": self.limits,
            "distance": self.distance.as_json(),
            "least_chance": self.least_chance,
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any], support: Any) -> Self:
        """Return what `as_json` wrote, with its classifier if there is one."""
        distance = TrainingDistance(**facts["distance"])
        return cls(**{**facts, "distance": distance, "support": support})


def training_domain(
    labelled: pl.DataFrame, unlabelled: pl.DataFrame, seed: int
) -> Domain:
    """Learn the domain from features of stars with and without labels.

    Parameters
    ----------
    labelled, unlabelled : polars.DataFrame
        Features; a random `MOST_ROWS` of each are used.
    seed : int
        Seed of the choice and of the classifier.
    """
    limits = _limits(labelled)
    distance = training_distance(labelled, seed)
    if min(len(labelled), len(unlabelled)) < _FEWEST_ROWS:
        return Domain(limits, distance, None, 0.0)
    generator = np.random.default_rng([seed, 2])
    chosen = np.sort(generator.permutation(len(labelled))[:MOST_ROWS])
    features = pl.concat([labelled[chosen], unlabelled.head(MOST_ROWS)])
    has_label = np.arange(len(features)) < len(chosen)
    # Two halves judge each other, so that no star is held against its own label.
    chance = held_out(
        generator.integers(0, 2, len(features)),
        lambda others: _fit_support(features.filter(others), has_label[others], seed),
        lambda booster, inside: _chance(booster, features.filter(inside)),
    )
    support = _fit_support(features, has_label, seed)
    least = float(np.quantile(chance[has_label], _LEAST_LIKELY))
    return Domain(limits, distance, support, least)


def _limits(features: pl.DataFrame) -> dict[str, dict[str, Any]]:
    limits = {}
    for column in features.columns:
        values = features[column].drop_nulls().to_numpy()
        low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
        # Wider by a margin: a single feature a little outside is no reason to refuse.
        margin = _MARGIN * (high - low)
        limits[column] = {
            "low": float(low - margin),
            "high": float(high + margin),
            "nullable": bool(features[column].null_count()),
        }
    return limits


def _fit_support(features: pl.DataFrame, has_label: Booleans, seed: int) -> Any:
    matrix = xgboost.QuantileDMatrix(
        features, label=has_label.astype(np.float32), max_bin=64, nthread=1
    )
    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "nthread": 1,
        "seed": seed,
        "eta": 0.3,
        "max_depth": 4,
        "max_bin": 64,
        "min_child_weight": 5,
    }
    return xgboost.train(
        parameters, matrix, num_boost_round=25, callbacks=[EndIfStopped()]
    )


def _chance(support: Any, features: pl.DataFrame | Matrix) -> Floats:
    return np.asarray(apply_booster(support, features), dtype=np.float64)


def assess(
    features: pl.DataFrame, matrix: Matrix, domain: Domain
) -> tuple[Booleans, Floats]:
    """Return for each row whether the training stars stand for it, and how far it is.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features.
    matrix : Matrix
        The same in single precision.
    domain : Domain
        From `training_domain`.

    Returns
    -------
    inside : ndarray of shape (n,)
        Whether a star is in the domain.
    distance : ndarray of shape (n,)
        From `TrainingDistance`.
    """
    within = [
        pl.col(column)
        .is_between(limits["low"], limits["high"])
        .fill_null(bool(limits["nullable"]))
        for column, limits in domain.limits.items()
    ]
    inside = features.select(pl.all_horizontal(within).alias("in"))["in"].to_numpy()
    distance = domain.distance.of(features)
    inside = inside & (distance <= 1.0)
    if domain.support is not None:
        inside = inside & (_chance(domain.support, matrix) >= domain.least_chance)
    return np.asarray(inside), distance
