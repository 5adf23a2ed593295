"""Figures of merit equal hand calculations and scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics as reference

from stellarwh.learning.evaluation.metrics import (
    as_it_is,
    class_metrics,
    interval_metrics,
    mean_error,
    number_metrics,
    per_class_metrics,
    strata_of,
)
from stellarwh.learning.tasks.stratum import ALL_STARS, Stratum


def test_number_metrics_of_a_hand_calculation():
    found = number_metrics(
        np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 2.25, 2.5, 6.0])
    )
    # differences 0.5, 0.25, -0.5, 2: median 0.375, from it 0.125 0.125 0.875 1.625
    assert found["mae"] == pytest.approx(0.8125)
    assert found["bias"] == pytest.approx(0.375)
    assert found["sigma"] == pytest.approx(1.4826 * 0.5)
    assert found["rmse"] == pytest.approx(np.sqrt(4.5625 / 4))
    assert found["r2"] == pytest.approx(1 - (4.5625 / 4) / 1.25)


def test_labels_that_are_all_the_same_have_no_share_of_variance():
    found = number_metrics(np.full(3, 2.0), np.array([2.0, 2.5, 1.0]))
    assert np.isnan(found["r2"])


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


def test_a_class_called_impossible_costs_as_much_as_one_in_a_million():
    probability = np.array([[1.0, 0.0], [0.5, 0.5]])
    found = class_metrics(np.array([1, 0]), probability)
    assert found["log_loss"] == pytest.approx((np.log(1e6) + np.log(2)) / 2)


def test_calibration_error_of_a_hand_calculation():
    # Two called at 0.9 and 0.96, one right: |1.86 - 1|; one at 0.65, right: 0.35.
    first = np.array([0.9, 0.96, 0.65])
    probability = np.column_stack([first, 1 - first])
    found = class_metrics(np.array([0, 1, 0]), probability)
    assert found["ece"] == pytest.approx((0.86 + 0.35) / 3)


def test_probabilities_from_07_to_08_are_one_bin_of_the_calibration_error():
    # One of two is right: |0.72 + 0.78 - 1|, not 0.28 + 0.78.
    first = np.array([0.72, 0.78])
    probability = np.column_stack([first, 1 - first])
    found = class_metrics(np.array([0, 1]), probability)
    assert found["ece"] == pytest.approx(0.5 / 2)


def test_recall_and_precision_of_each_class_agree_with_scikit_learn():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 3, 300)
    probability = rng.dirichlet([1, 1, 1], 300)
    members = probability > 0.3
    rows = per_class_metrics(codes, probability, members, ["A", "F", "G"])
    found = {(row.metric, row.stratum.name): row.value for row in rows}
    predicted = probability.argmax(axis=1)
    recall = reference.recall_score(codes, predicted, average=None)
    precision = reference.precision_score(codes, predicted, average=None)
    for code, name in enumerate("AFG"):
        assert found["recall", name] == pytest.approx(recall[code])
        assert found["precision", name] == pytest.approx(precision[code])
        own = codes == code
        assert found["coverage_90", name] == members[own, code].sum() / own.sum()
    counts = {(row.metric, row.stratum.name): row.n for row in rows}
    assert [counts["recall", name] for name in "AFG"] == np.bincount(codes).tolist()
    called = np.bincount(predicted)
    assert [counts["precision", name] for name in "AFG"] == called.tolist()


def test_a_class_without_stars_or_never_called_has_no_such_figure():
    probability = np.array([[0.9, 0.1, 0.0], [0.8, 0.1, 0.1]])
    rows = per_class_metrics(
        np.array([0, 1]), probability, probability > 0.5, ["A", "F", "G"]
    )
    assert [(row.metric, row.stratum.name) for row in rows] == [
        ("recall", "A"), ("coverage_90", "A"), ("precision", "A"),
        ("recall", "F"), ("coverage_90", "F"),
    ]  # fmt: skip


def test_a_stratum_needs_twenty_stars():
    member = np.arange(50) < 20
    a, b, few = (Stratum.of_features(name) for name in ("a", "b", "few"))
    found = strata_of({b: member, a: ~member, few: np.arange(50) < 19}, 50)
    assert list(found) == [ALL_STARS, a, b]
    assert [int(inside.sum()) for inside in found.values()] == [50, 30, 20]


def test_errors_are_told_with_the_digits_that_matter():
    assert mean_error(np.array([62.4, -63.6]), "K") == "63 K"
    assert mean_error(np.array([10.0, -10.0]), "K") == "10 K"
    assert mean_error(np.array([9.9994]), "km/s") == "9.999 km/s"
    assert mean_error(np.array([-0.05]), "") == "0.050"


def test_a_copy_is_judged_by_the_stars_that_have_it():
    label = np.array([1.0, 2.0, 3.0])
    value = np.array([1.75, 2.25, 9.0])
    whole = np.array([1.25, 1.75, 3.25])
    assert as_it_is("galah_logg", whole, value, label, "dex") == (
        " (galah_logg as it is: 0.250 dex)"
    )
    # Of the first two, predictions are off by 0.75 and 0.25, the copy by 0.25.
    part = np.array([1.25, 1.75, np.nan])
    assert as_it_is("galah_logg", part, value, label, "dex") == (
        " (where galah_logg is known: 0.500 dex, galah_logg as it is: 0.250 dex)"
    )


def test_width_is_the_full_width_of_the_median_interval():
    found = interval_metrics(
        {90: np.array([1.0, 2.0, 9.0])},
        {90: np.array([True, True, False])},
        np.array([1.5, 2.0, 11.0]),
    )
    # Bare: 1.5 > 1, 2 <= 2, 11 > 9.
    assert found == {
        "coverage_90": pytest.approx(2 / 3),
        "bare_coverage_90": pytest.approx(1 / 3),
        "width_90": 4.0,
    }
