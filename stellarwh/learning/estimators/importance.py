"""How much worse an estimator gets when one feature is shuffled."""

from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.tasks.rows import Floats, Integers

MOST_ROWS = 2000


def permutation_importance(
    estimator: Any, features: pl.DataFrame, label: Any, classes: Integers | None = None
) -> Floats:
    """Return the share of each feature in what shuffling them costs on held-out stars.

    The cost is mean absolute error for numbers, and one minus the probability of the
    true class for classes.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Fitted without these rows.
    features : polars.DataFrame
        n held-out rows; the first 2000 are used.
    label : ndarray of shape (n,)
        Labels, or class codes.
    classes : ndarray of shape (m,), optional
        Class code of each column of ``predict_proba``; none for numbers.

    Returns
    -------
    ndarray of shape (n_features,)
        Not negative, sum one (or all zero where no feature matters).
    """
    features = features.head(MOST_ROWS)
    label = np.asarray(label[:MOST_ROWS])
    generator = np.random.default_rng(0)

    def cost(frame: pl.DataFrame) -> float:
        if classes is None:
            return float(np.mean(np.abs(estimator.predict(frame) - label)))
        of_true = (classes == label[:, None]) * estimator.predict_proba(frame)
        return 1.0 - float(np.mean(of_true.sum(axis=1)))

    baseline = cost(features)
    increase = np.zeros(features.width)
    for index, column in enumerate(features.columns):
        order = generator.permutation(len(features))
        shuffled = features.with_columns(features[column][order].alias(column))
        increase[index] = max(cost(shuffled) - baseline, 0.0)
    total = increase.sum()
    return np.asarray(increase / total if total > 0 else increase)
