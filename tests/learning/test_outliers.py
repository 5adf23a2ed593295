"""Outliers and collinear features are told and stored; nothing is dropped."""

import json

import numpy as np
import polars as pl
import pytest
from views import make_view, toy

from stellarwh.learning import train


def outliers_of(connection, *, predicted: bool = False) -> list[tuple[object, ...]]:
    """Return what lies far out, or the labels that disagree with predictions."""
    return connection.execute(
        "select star_id, feature, value, lower_limit, upper_limit, robust_z "
        "from ml.outliers where ends_with(feature, ' - predicted') = ? order by all",
        [predicted],
    ).fetchall()


def evenly(n: int = 1001) -> dict[str, object]:
    """Return a task whose feature a runs evenly from -1 to 1, with its median at 0."""
    columns = toy(n)
    columns["a"] = np.linspace(-1, 1, n)
    columns["b"] = np.tile([0.0, 1.0], n)[:n]
    columns["label_y"] = np.asarray(columns["a"]) + 0.1 * np.asarray(columns["b"])
    return columns


def test_value_far_out_is_flagged_and_its_star_kept(connection):
    columns = evenly()
    a = np.asarray(columns["a"]).copy()
    a[1000] = 7.0
    make_view(connection, "mine", columns | {"a": a})
    train(connection, "mine", estimator="ridge", folds=3)
    ((star, feature, value, low, high, z),) = outliers_of(connection)
    # The 84th percentile of an even run from -1 to 1 is 0.6826: limits at 8 of them.
    assert (star, feature, value) == (3011, "a", 7.0)
    assert (low, high) == pytest.approx((-8 * 0.6826, 8 * 0.6826), abs=0.01)
    assert z == pytest.approx(7.0 / 0.6826, abs=0.01)
    held_out = connection.execute("select count(*) from ml.out_of_fold")
    assert held_out.fetchall() == [(1001,)]


def test_each_side_of_a_skewed_feature_is_judged_by_itself(connection):
    columns = evenly()
    x = np.linspace(-1, 1, 1001)
    a = np.where(x < 0, 0.01 * x, x)
    a[0], a[1000] = -0.1, 5.0  # 15 widths of 0.0068 below, 7.3 of 0.68 above
    make_view(connection, "mine", columns | {"a": a})
    train(connection, "mine", estimator="ridge", folds=3)
    assert [row[:2] for row in outliers_of(connection)] == [(11, "a")]


def test_labels_are_judged_too_and_missing_values_are_not(connection):
    columns = evenly()
    label = np.asarray(columns["label_y"]).copy()
    label[5] = -40.0
    a = pl.Series(columns["a"]).scatter(range(0, 1001, 3), None)
    make_view(connection, "mine", columns | {"label_y": label, "a": a})
    train(connection, "mine", estimator="ridge", folds=3)
    assert [row[:3] for row in outliers_of(connection)] == [(26, "label_y", -40.0)]


def test_a_nearly_constant_feature_is_not_judged(connection):
    a = np.zeros(1001)
    a[:50] = 1.0
    make_view(connection, "mine", evenly() | {"a": a})
    train(connection, "mine", estimator="ridge", folds=3)
    assert outliers_of(connection) == []


def test_features_that_rise_and_fall_together_are_told_as_one_group(connection):
    columns = toy(400)
    a, b = np.asarray(columns["a"]), np.asarray(columns["b"])
    holes = pl.Series(-a).scatter(range(50), None)
    # exp(a) ranks as a does, and -a the other way round; b goes with nothing.
    make_view(connection, "mine", columns | {"bent": np.exp(a), "turned": holes})
    result = train(connection, "mine", estimator="ridge", folds=3)
    stored = connection.execute("select parameters from ml.runs").fetchall()[0][0]
    (group,) = json.loads(stored)["collinear"]
    assert sorted(group["features"]) == ["a", "bent", "turned"]
    assert group["correlation"] == pytest.approx(1, abs=1e-3)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.2
    assert any("a, bent, turned" in note for note in result.notes)


def test_training_again_keeps_the_outliers_of_the_earlier_run(connection):
    a = np.asarray(evenly()["a"]).copy()
    a[1000] = 7.0
    make_view(connection, "mine", evenly() | {"a": a})
    for _ in range(2):
        train(connection, "mine", estimator="ridge", folds=3)
    assert len(outliers_of(connection)) == 2


def test_a_label_that_is_not_its_stars_is_found_among_ordinary_ones(connection):
    columns = toy(1001)
    rng = np.random.default_rng(3)
    a = np.asarray(columns["a"])
    label = 3 * a + 0.1 * rng.standard_normal(1001)
    wrong = [100, 300, 500, 700]
    label[wrong] -= np.sign(label[wrong]) * 1.0  # within the range of the others
    make_view(connection, "mine", columns | {"label_y": label})
    result = train(connection, "mine", estimator="ridge", folds=3)
    assert outliers_of(connection) == []
    found = outliers_of(connection, predicted=True)
    assert [star for star, *_ in found] == [columns["star_id"][i] for i in wrong]
    for _, feature, value, low, high, z in found:
        assert feature == "label_y - predicted"
        # Off by 1 where the scatter is 0.1.
        assert abs(value) == pytest.approx(1, abs=0.4)
        assert -low == high == pytest.approx(0.4, rel=0.4)
        assert z == pytest.approx(4 * value / high)
    assert any(note.startswith("labels: those of 4 stars") for note in result.notes)


def test_a_label_is_not_called_wrong_for_its_own_stated_error(connection):
    columns = toy(1001)
    rng = np.random.default_rng(3)
    errors = np.where(np.arange(1001) % 10 == 0, 1.0, 0.01)
    noise = np.clip(rng.standard_normal(1001), -3, 3)
    label = 3 * np.asarray(columns["a"]) + np.hypot(errors, 0.1) * noise
    make_view(connection, "mine", columns | {"label_y": label, "label_y_err": errors})
    train(connection, "mine", estimator="ridge", folds=3)
    assert outliers_of(connection, predicted=True) == []
