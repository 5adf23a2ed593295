"""How far a prediction may lie from the truth, star by star.

A residual has two parts: the error of the prediction, which an interval has to tell,
and the error of the label itself, which it must not. The predicted spread s(x) is found
by maximum likelihood with residual ~ Normal(0, s(x)² + e²), e being the label's own
published error times the factor of `stellarwh.learning.uncertainty.label_errors`: the
part that e explains does not widen the intervals.
"""

from typing import Any

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.estimators.matrix import Matrix, apply_booster
from stellarwh.learning.estimators.sides import SPREAD_BINS, Singles
from stellarwh.learning.estimators.workers import EndIfStopped
from stellarwh.learning.tasks.rows import Booleans, Floats

_ROUNDS, _RATE = 40, 0.2
# A residual beyond this many standard deviations says no more than one at it, so that
# a few outliers do not widen the intervals of the ordinary stars around them.
_CLIP = 4.0
_LEAST_SHARE = 1e-4
# Of the squared scale, at the start: what is left where stated errors explain it all.
_LEAST_EXCESS = 0.05


def boost_spread(
    matrix: xgboost.QuantileDMatrix,
    residuals: Floats,
    errors: Floats,
    used: Booleans,
    seed: int,
    device: str,
) -> xgboost.Booster:
    """Fit log s²(x) to out-of-fold residuals of some of the stars of a matrix.

    Parameters
    ----------
    matrix : xgboost.QuantileDMatrix
        n stars, of `SPREAD_BINS` bins.
    residuals : ndarray of shape (n,)
        Label minus out-of-fold prediction, in the label's unit.
    errors : ndarray of shape (n,)
        The label's own 1-sigma error as far as it is believed, zero if unknown.
    used : ndarray of shape (n,)
        Which stars are learned from.
    seed : int
        Seed of row sampling.
    device : str
        ``cpu`` or ``cuda``.
    """
    own = residuals[used].astype(np.float64)
    scale = robust_scale(own) or float(np.std(own)) or 1.0
    fit = SpreadFit(matrix, residuals / scale, used, seed, device)
    booster = fit.boost(errors / scale, _ROUNDS)
    booster.set_attr(scale=repr(scale))
    return booster


def robust_scale(residuals: Floats) -> float:
    """Return 1.4826 times the median size of residuals: sigma of normal ones."""
    return 1.4826 * float(np.median(np.abs(residuals)))


class SpreadFit:
    """Fits of log s²(x) to the same stars under their label errors.

    Parameters
    ----------
    matrix : xgboost.QuantileDMatrix
        n stars.
    residuals : ndarray of shape (n,)
        In units of their robust scale, so that one set of limits fits Teff and [Fe/H].
    used : ndarray of shape (n,)
        Which stars are learned from.
    seed : int
        Seed of row sampling.
    device : str
        ``cpu`` or ``cuda``.
    """

    def __init__(
        self,
        matrix: xgboost.QuantileDMatrix,
        residuals: Floats,
        used: Booleans,
        seed: int,
        device: str,
    ) -> None:
        self._squares = residuals**2
        self._matrix = matrix
        self._used = used
        self._settings = {
            "tree_method": "hist",
            "device": device,
            "nthread": 1,
            "seed": seed,
            "eta": _RATE,
            "max_depth": 3,
            "max_bin": SPREAD_BINS,
            # At least 60 stars in a leaf: of fewer, the spread itself is a matter of
            # chance, and intervals that hold the noisy labels miss the true values.
            "min_child_weight": 30,
            "subsample": 0.7,
            "colsample_bytree": 0.8,
            "lambda": 2.0,
            "disable_default_eval_metric": 1,
        }

    def boost(self, errors: Floats, rounds: int) -> xgboost.Booster:
        """Fit with these label errors, in units of the scale of the residuals."""
        noise = errors**2
        # The scale is one by the choice of units.
        left = np.maximum(1.0 - noise[self._used], _LEAST_EXCESS)
        excess = float(np.median(left))
        used = self._used.astype(np.float64)

        def likelihood(margin: Floats, _: xgboost.DMatrix) -> tuple[Floats, Floats]:
            own = self.squares(margin)
            total = own + noise
            squared = np.minimum(self._squares / total, _CLIP**2)
            share = own / total
            gradient = 0.5 * share * (1.0 - squared)
            # Fisher information in place of the second derivative: always positive.
            # Stars of weight zero have no part in it.
            return gradient * used, np.maximum(0.5 * share**2, _LEAST_SHARE) * used

        return xgboost.train(
            {**self._settings, "base_score": float(np.log(excess))},
            self._matrix,
            num_boost_round=rounds,
            obj=likelihood,
            callbacks=[EndIfStopped()],
        )

    @staticmethod
    def squares(margin: Any) -> Floats:
        """Return s² of what a booster gives for stars."""
        return np.asarray(np.exp(np.clip(margin.astype(np.float64), -12.0, 12.0)))


def predict_spread(booster: Any, features: pl.DataFrame | Matrix | Singles) -> Floats:
    """Return s(x), the 1-sigma error of the prediction, in the label's unit.

    Parameters
    ----------
    booster : xgboost.Booster
        What `boost_spread` returned, or its stored copy.
    features : polars.DataFrame or Matrix
        m rows of the features it was fitted on.

    Returns
    -------
    ndarray of shape (m,)
    """
    scale = float(booster.attr("scale"))
    margin = apply_booster(booster, features, predict_type="margin")
    return np.asarray(scale * np.sqrt(SpreadFit.squares(margin)))
