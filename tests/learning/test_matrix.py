"""Stars are given to XGBoost in another order, and answered in their own."""

import numpy as np
import polars as pl
import pytest
import xgboost

from stellarwh.learning.estimators.matrix import Matrix, apply_booster


@pytest.fixture(scope="module")
def booster() -> xgboost.Booster:
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (400, 2)).astype(np.float32)
    values[rng.random(values.shape) < 0.2] = np.nan
    label = np.nan_to_num(values).sum(axis=1)
    return xgboost.train(
        {"nthread": 1, "max_depth": 3}, xgboost.DMatrix(values, label), 20
    )


@pytest.mark.parametrize("missing", ["some", "none", "all"])
def test_each_star_has_its_own_answer(booster, missing):
    rng = np.random.default_rng(1)
    values = rng.normal(0, 1, (300, 2))
    lacks = {"some": rng.random(300) < 0.4, "none": False, "all": True}[missing]
    values[:, 0] = np.where(lacks, np.nan, values[:, 0])
    frame = pl.DataFrame(values, schema=["a", "b"]).fill_nan(None)
    alone = booster.predict(xgboost.DMatrix(values.astype(np.float32)))
    assert len(set(alone.tolist())) > 20
    assert apply_booster(booster, Matrix(frame)).tolist() == alone.tolist()
    assert apply_booster(booster, values.astype(np.float32)).tolist() == alone.tolist()
    margin = apply_booster(booster, Matrix(frame), predict_type="margin")
    assert margin.tolist() == alone.tolist()
