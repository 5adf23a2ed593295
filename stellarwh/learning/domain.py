"""Whether a star lies inside what the training stars covered."""

from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.rows import Booleans

# The range is that of all but the outermost 0.1 % of training stars at either end, and
# 5 % wider, so that a single outlier does not declare everything around it known.
_TAIL = 0.001
_MARGIN = 0.05


def training_domain(features: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return per feature its lowest and highest value and whether it may be NULL."""
    domain = {}
    for column in features.columns:
        values = features[column].drop_nulls().to_numpy()
        low, high = np.quantile(values, [_TAIL, 1 - _TAIL])
        margin = _MARGIN * (high - low)
        domain[column] = {
            "low": float(low - margin),
            "high": float(high + margin),
            "nullable": bool(features[column].null_count()),
        }
    return domain


def in_domain(features: pl.DataFrame, domain: dict[str, dict[str, Any]]) -> Booleans:
    """Return for each row whether every feature lies inside the training range.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features.
    domain : dict
        From `training_domain`.

    Returns
    -------
    ndarray of shape (n,)
    """
    inside = [
        pl.col(column)
        .is_between(limits["low"], limits["high"])
        .fill_null(bool(limits["nullable"]))
        for column, limits in domain.items()
    ]
    return features.select(pl.all_horizontal(inside).alias("in"))["in"].to_numpy()
