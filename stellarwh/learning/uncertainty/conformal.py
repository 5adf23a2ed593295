"""Conformal calibration: intervals and prediction sets with measured coverage."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl

from stellarwh.learning.tasks.rows import Booleans, Floats, Integers

LEVELS = (68, 90)
SET_LEVEL = 90
# Intervals never get narrower than this share of the predicted spread, even where the
# published errors of the labels claim to explain more than the residuals show.
LEAST_FACTOR = 0.5
# A class with fewer calibration stars than this shares the threshold of all classes.
_FEWEST_OF_A_CLASS = 20


def conformal_quantile(scores: Floats, level: int) -> float:
    """Return the score that a new one stays below with probability ``level`` per cent.

    The ceil((n + 1) level)-th smallest of n scores: exact for exchangeable scores at
    any n (Vovk et al. 2005); the largest score where n is too small for the level.

    Examples
    --------
    >>> conformal_quantile(np.arange(1.0, 10.0), 90)
    9.0
    """
    rank = int(np.ceil((len(scores) + 1) * level / 100 - 1e-9))
    rank = min(max(rank, 1), len(scores))
    return float(np.partition(scores, rank - 1)[rank - 1])


def interval_scores(
    residuals: Floats, spread: Floats, errors: Floats, level: int
) -> Floats:
    """Return the factor on the predicted spread at which a label is just covered.

    A label is covered if |residual| <= z hypot(factor * spread, error), z being the
    normal quantile of the level. What the label's own error explains is thus left to
    it, and the interval for the true value is z * factor * spread. Factors near one
    mean that spread and errors are right and the residuals normal.

    Parameters
    ----------
    residuals, spread, errors : ndarray of shape (n,)
        Label minus prediction; predicted 1-sigma error; the label's own error.
    level : int
        Per cent that the interval has to hold.
    """
    excess = (residuals / normal_quantile(level)) ** 2 - errors**2
    return np.asarray(np.sqrt(np.maximum(excess, LEAST_FACTOR**2 * spread**2)) / spread)


def normal_quantile(level: int) -> float:
    """Return how many sigma either side of the mean hold ``level`` per cent.

    Examples
    --------
    >>> round(normal_quantile(90), 3)
    1.645
    """
    return NormalDist().inv_cdf(0.5 + level / 200)


def class_thresholds(
    probabilities: Floats, codes: Integers, level: int = SET_LEVEL
) -> Floats:
    """Return per class the largest 1 - p at which the class enters a prediction set.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
        Out-of-fold probabilities.
    codes : ndarray of shape (n,)
        True class of each star.
    level : int
        Per cent of each class's stars that the set has to hold.
    """
    scores = 1.0 - probabilities[np.arange(len(codes)), codes]
    shared = conformal_quantile(scores, level)
    thresholds = np.full(probabilities.shape[1], shared)
    for code in range(probabilities.shape[1]):
        own = scores[codes == code]
        if len(own) >= _FEWEST_OF_A_CLASS:
            thresholds[code] = conformal_quantile(own, level)
    return thresholds


def in_set(probabilities: Floats, thresholds: Floats) -> Booleans:
    """Return which classes each star's prediction set holds; the likeliest always.

    Parameters
    ----------
    probabilities : ndarray of shape (n, n_classes)
        Class probabilities.
    thresholds : ndarray of shape (n_classes,) or (n, n_classes)
        From `class_thresholds`.
    """
    members = (1.0 - probabilities) <= thresholds
    members[np.arange(len(members)), probabilities.argmax(axis=1)] = True
    return np.asarray(members)


def set_names(members: npt.NDArray[np.bool_], classes: Sequence[str]) -> pl.Series:
    """Return prediction sets as lists of class names, in the order of ``classes``."""
    frame = pl.DataFrame(members, schema=list(map(str, range(len(classes)))))
    names = [
        pl.when(pl.col(str(code))).then(pl.lit(name))
        for code, name in enumerate(classes)
    ]
    return frame.select(pl.concat_list(names).list.drop_nulls().alias("s"))["s"]
