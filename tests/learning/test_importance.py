"""What shuffling a feature costs."""

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.estimators.importance import permutation_importance


class Linear:
    """Predicts 3 a + b, or class 2 where that is positive, else class 0."""

    def predict(self, frame: pl.DataFrame) -> np.ndarray:
        assert len(frame) <= 2000
        return (3 * frame["a"] + frame["b"]).to_numpy()

    def predict_proba(self, frame: pl.DataFrame) -> np.ndarray:
        is_two = self.predict(frame) > 0
        # In the order of `classes` below.
        return np.column_stack([is_two, ~is_two]).astype(float)


@pytest.fixture
def features() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(rng.normal(0, 1, (2500, 3)), schema=["a", "unused", "b"])


def test_the_share_of_a_feature_is_what_its_shuffling_costs(features):
    label = (3 * features["a"] + features["b"]).to_numpy()
    found = permutation_importance(Linear(), features, label)
    # Shuffled, 3 (a - a') is three times as wide as b - b'.
    assert found == pytest.approx([0.75, 0, 0.25], abs=0.02)
    assert found.sum() == pytest.approx(1)


def test_a_class_costs_one_less_its_probability(features):
    codes = np.where(3 * features["a"] + features["b"] > 0, 2, 0)
    classes = np.array([2, 0])
    found = permutation_importance(Linear(), features, codes, classes)
    # Signs of 3a + b and 3a' + b differ in arccos(rho) / pi of the stars, rho being
    # their correlation: 0.1 without a, 0.9 without b.
    cost = np.arccos([0.1, 0.9]) / np.pi
    assert found == pytest.approx(
        [cost[0] / cost.sum(), 0, cost[1] / cost.sum()], abs=0.02
    )


def test_features_of_which_none_matters_have_no_share(features):
    rng = np.random.default_rng(1)

    class Constant:
        def predict(self, frame: pl.DataFrame) -> np.ndarray:
            return np.zeros(len(frame))

    found = permutation_importance(Constant(), features, rng.normal(0, 1, 2500))
    assert found.tolist() == [0, 0, 0]
