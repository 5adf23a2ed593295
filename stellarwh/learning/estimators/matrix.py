"""Features of stars as XGBoost reads them fastest."""

from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.estimators.sides import Singles


class Matrix:
    """Features in single precision, as XGBoost itself holds them.

    Stars that have all features come first: trees are walked in a simpler way where
    none is missing in as many stars as XGBoost takes at once.

    Parameters
    ----------
    features : polars.DataFrame
        n rows of features.
    """

    def __init__(self, features: pl.DataFrame) -> None:
        rows = np.ascontiguousarray(features.cast(pl.Float32).to_numpy())
        lacks = np.isnan(rows).any(axis=1)
        self._place = None
        if lacks.any() and not lacks.all():
            order = np.argsort(lacks, kind="stable")
            self._place = np.empty(len(order), dtype=np.intp)
            self._place[order] = np.arange(len(order))
            rows = rows[order]
        self._rows = rows

    def predict(self, booster: Any, **options: Any) -> Any:
        """Return what a booster says of each star, in the order of the stars."""
        found = booster.inplace_predict(self._rows, validate_features=False, **options)
        return found if self._place is None else found[self._place]


def apply_booster(
    booster: Any, features: pl.DataFrame | Matrix | Singles, **options: Any
) -> Any:
    """Return what a booster says of each star.

    Parameters
    ----------
    booster : xgboost.Booster
        What is applied.
    features : polars.DataFrame, Matrix or ndarray
        The stars, an array in single precision; names of a frame are compared with
        those that were learned from, if there are any.
    **options
        As ``Booster.inplace_predict`` takes them.
    """
    if isinstance(features, Matrix):
        return features.predict(booster, **options)
    named = isinstance(features, pl.DataFrame)
    return booster.inplace_predict(features, validate_features=named, **options)
