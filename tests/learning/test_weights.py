"""Precise labels count more, rare classes are not drowned, probabilities stay true."""

import numpy as np
import polars as pl
import pytest
from threadpoolctl import threadpool_limits
from views import make_view, toy

from stellarwh.learning import predict, train
from stellarwh.learning.estimators.registry import fit_estimator, make_estimator
from stellarwh.learning.estimators.targets import (
    class_weights,
    error_weights,
    unweighted,
)


def test_weight_of_a_label_falls_with_its_error():
    # 1 / (1 + (e / 0.2)^2) of 0, 0.2, 0.4: 1, 1/2, 1/5; mean of the three 17/30.
    found = error_weights(np.array([0.0, 0.2, 0.4]))
    assert found == pytest.approx(np.array([1, 0.5, 0.2]) * 30 / 17)


def test_labels_without_errors_weigh_the_same():
    assert error_weights(np.zeros(4)).tolist() == [1, 1, 1, 1]


def test_weight_of_a_class_is_the_inverse_root_of_its_share():
    # 100 and 4 stars: 1 and 5 before the mean, (100 + 20) / 104, is set to one.
    weights = class_weights(np.repeat([0, 1], [100, 4]), 2)
    assert weights == pytest.approx(np.array([1, 5]) * 104 / 120)


def test_no_class_weighs_more_than_ten_times_another():
    weights = class_weights(np.repeat([0, 1], [100_000, 2]), 2)
    assert weights[1] / weights[0] == pytest.approx(10)


def test_probabilities_are_freed_of_the_weights():
    true = np.array([[0.9, 0.1], [0.4, 0.6]])
    weights = np.array([0.5, 4.0])
    weighted = true * weights / (true * weights).sum(axis=1, keepdims=True)
    assert unweighted(weighted, weights) == pytest.approx(true)


def test_stars_of_wrong_and_uncertain_labels_hardly_move_the_predictions(connection):
    columns = toy(1200)
    wrong = np.arange(1200) % 4 == 0
    right = np.asarray(columns["label_y"])
    columns["label_y"] = np.where(wrong, right + 3.0, right)
    bias = []
    for errors in (np.full(1200, 0.1), np.where(wrong, 2.0, 0.1)):
        make_view(connection, "mine", columns | {"label_y_err": errors})
        run = train(connection, "mine", folds=3).run_id
        values = connection.execute(
            "select value from ml.out_of_fold where run_id = ? order by star_id", [run]
        ).fetchnumpy()["value"]
        bias.append(np.median(values[~wrong] - right[~wrong]))
    assert bias[0] > 0.5
    assert bias[1] < 0.05


@pytest.mark.parametrize(
    "name", ["xgboost", "random-forest", "histogram-boosting", "ridge"]
)
def test_every_estimator_takes_weights(name):
    columns = toy(300)
    features = pl.DataFrame({k: columns[k] for k in "ab"})
    label = np.r_[np.zeros(150), np.ones(150)]
    weights = np.r_[np.full(150, 1e-6), np.ones(150)]
    with threadpool_limits(limits=1):
        fitted = fit_estimator(make_estimator(name, "number"), features, label, weights)
    assert np.median(fitted.predict(features)) == pytest.approx(1, abs=0.05)


def test_probabilities_of_a_rare_class_sum_to_its_number(connection):
    rng = np.random.default_rng(3)
    a = rng.uniform(-1, 1, 4000)
    rare = rng.random(4000) < 0.12 * (a > 0)
    columns = toy(4000) | {"a": a, "label_kind": np.where(rare, "rare", "usual")}
    del columns["label_y"]
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=3)
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    expected = connection.execute(
        "select sum(case class when 'rare' then probability else 1 - probability end) "
        "from ml.predictions"
    ).fetchall()[0][0]
    assert expected == pytest.approx(rare.sum(), rel=0.15)
