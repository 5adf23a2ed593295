"""XGBoost on a matrix that others learn from at the same time.

A matrix that carries labels belongs to one fit. Here labels and weights reach XGBoost
as gradients, the same that it would form itself, so that the matrix is only read and
serves all targets of a task at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.estimators.matrix import Matrix, apply_booster
from stellarwh.learning.estimators.sides import Singles
from stellarwh.learning.estimators.workers import EndIfStopped
from stellarwh.learning.tasks.rows import Floats, Integers

_Objective = Callable[[Singles, Any], tuple[Singles, Singles]]
_LEAST_HESSIAN = np.float32(1e-16)


@dataclass(frozen=True)
class Boosted:
    """A fitted booster, as scikit-learn's estimators are asked."""

    booster: xgboost.Booster

    def predict(self, inputs: pl.DataFrame | Matrix | Singles) -> Any:
        """Return the value of each of n rows of features."""
        return apply_booster(self.booster, inputs)

    def predict_proba(self, inputs: pl.DataFrame | Matrix | Singles) -> Any:
        """Return probabilities of shape (n, n_classes)."""
        return per_class(self.predict(inputs))


def per_class(found: Any) -> Any:
    """Return probabilities of shape (n, n_classes), whatever was given.

    Parameters
    ----------
    found : ndarray of shape (n,) or (n, n_classes)
        What a booster gives: of two classes, the second alone.
    """
    return found if found.ndim > 1 else np.column_stack([1.0 - found, found])


def fits_on_matrix(unfitted: Any) -> bool:
    """Return whether an estimator can learn from a matrix that is shared."""
    # A GPU wants the matrix in its own memory, and runs one fit at a time.
    return isinstance(unfitted, xgboost.XGBModel) and unfitted.device != "cuda"


def boost_number(
    unfitted: Any, matrix: xgboost.QuantileDMatrix, label: Singles, weights: Singles
) -> Boosted:
    """Fit a number by squared error.

    Parameters
    ----------
    unfitted : xgboost.XGBRegressor
        Parameters of the fit.
    matrix : xgboost.QuantileDMatrix
        n stars.
    label, weights : ndarray of shape (n,)
        Stars of weight zero have no part in it.
    """
    start = float(np.average(label.astype(np.float64), weights=weights))

    def squared_error(margin: Singles, _: Any) -> tuple[Singles, Singles]:
        return (margin - label) * weights, weights

    own = {"objective": "reg:squarederror", "base_score": start}
    return _boost(unfitted, matrix, own, squared_error)


def boost_class(
    unfitted: Any, matrix: xgboost.QuantileDMatrix, codes: Integers, weights: Singles
) -> Boosted:
    """Fit classes by log loss.

    Parameters
    ----------
    unfitted : xgboost.XGBClassifier
        Parameters of the fit.
    matrix : xgboost.QuantileDMatrix
        n stars.
    codes, weights : ndarray of shape (n,)
        Class of each star from zero, without gaps; stars of weight zero have no part
        in it, whatever their class.
    """
    counts = np.bincount(codes, weights=weights.astype(np.float64))
    shares: Floats = counts / counts.sum()
    if len(shares) == 2:
        is_one = (codes == 1).astype(np.float32)

        def logistic(margin: Singles, _: Any) -> tuple[Singles, Singles]:
            chance = 1.0 / (1.0 + np.exp(-margin))
            return _weighted(chance - is_one, chance * (1.0 - chance), weights)

        own = {"objective": "binary:logistic", "base_score": float(shares[1])}
        return _boost(unfitted, matrix, own, logistic)

    def softmax(margin: Singles, _: Any) -> tuple[Singles, Singles]:
        chance = np.exp(margin - margin.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        gradient = chance.copy()
        gradient[np.arange(len(codes)), codes] -= 1.0
        return _weighted(gradient, 2.0 * chance * (1.0 - chance), weights[:, None])

    start = np.log(shares)
    own = {
        "objective": "multi:softprob",
        "num_class": len(shares),
        "base_score": (start - start.mean()).tolist(),
    }
    return _boost(unfitted, matrix, own, softmax)


def _weighted(gradient: Any, hessian: Any, weights: Singles) -> tuple[Singles, Singles]:
    return gradient * weights, np.maximum(hessian, _LEAST_HESSIAN) * weights


def _boost(
    unfitted: Any,
    matrix: xgboost.QuantileDMatrix,
    own: dict[str, Any],
    objective: _Objective,
) -> Boosted:
    parameters = {
        name: value
        for name, value in unfitted.get_xgb_params().items()
        if value is not None
    }
    booster = xgboost.train(
        parameters | own,
        matrix,
        num_boost_round=unfitted.get_num_boosting_rounds(),
        obj=objective,
        callbacks=[*(unfitted.callbacks or []), EndIfStopped()],
    )
    return Boosted(booster)
