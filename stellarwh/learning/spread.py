"""How far a prediction may lie from the truth, star by star.

A residual has two parts: the error of the prediction, which an interval has to tell,
and the error of the label itself, which it must not. The predicted spread s(x) is found
by maximum likelihood with residual ~ Normal(0, s(x)² + e²), e being the label's own
published error: the part that e explains does not widen the intervals.
"""

from typing import Any

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.rows import Floats

_ROUNDS = 40
# Shallow trees learn nothing more of the spread from more stars than this; calibration
# uses them all.
MOST_ROWS = 100_000
# A residual beyond this many standard deviations says no more than one at it, so that
# a few outliers do not widen the intervals of the ordinary stars around them.
_CLIP = 4.0
_LEAST_SHARE = 1e-4


def fit_spread(
    features: pl.DataFrame, residuals: Floats, errors: Floats, seed: int, device: str
) -> xgboost.Booster:
    """Fit log s²(x) to out-of-fold residuals.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features; a random `MOST_ROWS` of them are used.
    residuals : ndarray of shape (n,)
        Label minus out-of-fold prediction, in the label's unit.
    errors : ndarray of shape (n,)
        The label's own 1-sigma error, zero if unknown.
    seed : int
        Seed of row sampling.
    device : str
        ``cpu`` or ``cuda``.
    """
    if len(residuals) > MOST_ROWS:
        generator = np.random.default_rng([seed, 3])
        chosen = np.sort(generator.permutation(len(residuals))[:MOST_ROWS])
        features = features[chosen]
        residuals, errors = residuals[chosen], errors[chosen]
    scale = 1.4826 * float(np.median(np.abs(residuals)))
    if scale == 0:
        scale = float(np.std(residuals)) or 1.0
    excess = np.maximum(scale**2 - errors**2, 0.05 * scale**2)
    variance = errors**2
    # In units of the robust scale, so that one set of limits fits Teff and [Fe/H].
    matrix = xgboost.QuantileDMatrix(
        features, label=residuals / scale, max_bin=64, nthread=1
    )
    noise = variance / scale**2

    def likelihood(margin: Floats, data: xgboost.DMatrix) -> tuple[Floats, Floats]:
        own = np.exp(np.clip(margin, -12.0, 12.0))
        total = own + noise
        squared = np.minimum(data.get_label() ** 2 / total, _CLIP**2)
        share = own / total
        gradient = 0.5 * share * (1.0 - squared)
        # Fisher information in place of the second derivative: always positive.
        return gradient, np.maximum(0.5 * share**2, _LEAST_SHARE)

    booster = xgboost.train(
        {
            "tree_method": "hist",
            "device": device,
            "nthread": 1,
            "seed": seed,
            "eta": 0.2,
            "max_depth": 3,
            "max_bin": 64,
            # At least 60 stars in a leaf: of fewer, the spread itself is a matter of
            # chance, and intervals that hold the noisy labels miss the true values.
            "min_child_weight": 30,
            "subsample": 0.7,
            "colsample_bytree": 0.8,
            "lambda": 2.0,
            "base_score": float(np.log(np.median(excess) / scale**2)),
            "disable_default_eval_metric": 1,
        },
        matrix,
        num_boost_round=_ROUNDS,
        obj=likelihood,
    )
    booster.set_attr(scale=repr(scale))
    return booster


def predict_spread(booster: Any, features: Any) -> Floats:
    """Return s(x), the 1-sigma error of the prediction, in the label's unit.

    Parameters
    ----------
    booster : xgboost.Booster
        What `fit_spread` returned, or its stored copy.
    features : polars.DataFrame, or ndarray of shape (m, n_features)
        m rows of the features it was fitted on, an array in the same order.

    Returns
    -------
    ndarray of shape (m,)
    """
    scale = float(booster.attr("scale"))
    margin = booster.inplace_predict(
        features,
        predict_type="margin",
        validate_features=isinstance(features, pl.DataFrame),
    )
    spread = scale * np.exp(0.5 * np.clip(margin.astype(np.float64), -12.0, 12.0))
    return np.asarray(spread)
