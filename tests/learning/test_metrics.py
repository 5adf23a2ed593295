"""Figures of merit equal hand calculations and scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as reference

from stellarwh.learning.evaluation.metrics import (
    class_metrics,
    interval_metrics,
    number_metrics,
    per_class_metrics,
)


def test_number_metrics_of_a_hand_calculation():
    found = number_metrics(
        np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 2.0, 2.5, 6.0])
    )
    # differences 0.5, 0, -0.5, 2: median 0.25, |d - 0.25| 0.25 0.25 0.75 1.75
    assert found["mae"] == pytest.approx(0.75)
    assert found["bias"] == pytest.approx(0.25)
    assert found["sigma"] == pytest.approx(1.4826 * 0.5)
    assert found["rmse"] == pytest.approx(np.sqrt(4.5 / 4))
    assert found["r2"] == pytest.approx(1 - 1.125 / 1.25)


def test_class_metrics_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, 500)
    probability = rng.dirichlet([1, 1, 1], 500)
    predicted = probability.argmax(axis=1)
    found = class_metrics(codes, probability)
    assert found["accuracy"] == pytest.approx(
        reference.accuracy_score(codes, predicted)
    )
    assert found["balanced_accuracy"] == pytest.approx(
        reference.balanced_accuracy_score(codes, predicted)
    )
    assert found["log_loss"] == pytest.approx(
        reference.log_loss(codes, probability), rel=1e-3
    )
    assert found["brier"] == pytest.approx(
        np.mean(((probability - np.eye(3)[codes]) ** 2).sum(axis=1))
    )


def test_calibration_error_of_a_hand_calculation():
    # Two called at 0.9 and 0.96, one right: |1.86 - 1|; one at 0.65, right: 0.35.
    first = np.array([0.9, 0.96, 0.65])
    probability = np.column_stack([first, 1 - first])
    found = class_metrics(np.array([0, 1, 0]), probability)
    assert found["ece"] == pytest.approx((0.86 + 0.35) / 3)


def test_recall_and_precision_of_each_class_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, 300)
    probability = rng.dirichlet([1, 1, 1], 300)
    members = probability > 0.3
    rows = per_class_metrics(codes, probability, members, ["A", "F", "G"])
    found = {(row.metric, row.stratum): row.value for row in rows}
    predicted = probability.argmax(axis=1)
    recall = reference.recall_score(codes, predicted, average=None)
    precision = reference.precision_score(codes, predicted, average=None)
    for code, name in enumerate("AFG"):
        assert found["recall", name] == pytest.approx(recall[code])
        assert found["precision", name] == pytest.approx(precision[code])


def test_width_is_the_full_width_of_the_median_interval():
    found = interval_metrics(
        {90: np.array([1.0, 2.0, 9.0])},
        {90: np.array([True, True, False])},
        np.array([1.5, 1.5, 11.0]),
    )
    # Bare: 1.5 > 1, 1.5 <= 2, 11 > 9.
    assert found == {
        "coverage_90": pytest.approx(2 / 3),
        "bare_coverage_90": pytest.approx(1 / 3),
        "width_90": 4.0,
    }
