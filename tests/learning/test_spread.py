"""The spread of residuals is what makes them most likely."""

import json
import re

import numpy as np
import polars as pl
import pytest
import xgboost
from scipy.stats import norm

from stellarwh.learning.estimators import sides
from stellarwh.learning.uncertainty import spread
from stellarwh.learning.uncertainty.spread import (
    SpreadFit,
    robust_scale,
)

SCALE = 50.0


@pytest.fixture(scope="module")
def fitted() -> tuple[pl.DataFrame, xgboost.Booster]:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.uniform(0, 1, 800), "b": rng.uniform(0, 1, 800)})
    wide = np.where(frame["a"] < 0.5, 1.0, 3.0)
    residuals = SCALE * wide * rng.normal(0, 1, 800)
    matrix = xgboost.QuantileDMatrix(frame, max_bin=sides.SPREAD_BINS, nthread=1)
    used = np.ones(800, bool)
    return frame, spread.boost_spread(matrix, residuals, 0 * residuals, used, 4, "cpu")


def objective(residuals, errors, used, monkeypatch):
    """Return what the trees are fitted by, and where they begin."""
    kept = {}

    def keep(settings, matrix, **others):
        kept.update(others, **settings)

    monkeypatch.setattr(spread.xgboost, "train", keep)
    SpreadFit(None, residuals, used, 0, "cpu").boost(errors, 1)
    return kept["obj"], kept["base_score"]


def test_trees_go_down_the_likelihood_of_residuals(monkeypatch):
    rng = np.random.default_rng(1)
    residuals, errors = rng.normal(0, 1, 50), rng.uniform(0.1, 2, 50)
    margin = rng.normal(0, 1, 50)
    likelihood, _ = objective(residuals, errors, np.ones(50, bool), monkeypatch)
    gradient, curvature = likelihood(margin, None)

    def cost(margin, residuals):
        # scipy's, of residual ~ Normal(0, s² + e²) where the margin is log s²
        return -norm.logpdf(residuals, 0, np.sqrt(np.exp(margin) + errors**2))

    step = 1e-5
    slope = (cost(margin + step, residuals) - cost(margin - step, residuals)) / 2 / step
    assert np.abs(residuals / np.hypot(np.exp(margin / 2), errors)).max() < 4
    assert gradient == pytest.approx(slope, abs=1e-7)
    # Fisher's information: the mean second derivative over residuals as they come.
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    own = nodes[:, None] * np.hypot(np.exp(margin / 2), errors)
    step = 1e-3
    bend = cost(margin + step, own) - 2 * cost(margin, own) + cost(margin - step, own)
    expected = (weights / weights.sum()) @ bend / step**2
    assert curvature == pytest.approx(expected, abs=1e-5)


def test_a_residual_of_four_sigma_says_as_much_as_one_further_out(monkeypatch):
    errors, used = np.full(4, 3.0), np.array([True, True, True, False])
    sigma = 5.0  # of a spread of 4 and an error of 3
    residuals = sigma * np.array([3.9, 4.0, 40.0, 1.0])
    likelihood, _ = objective(residuals, errors, used, monkeypatch)
    gradient, curvature = likelihood(np.full(4, np.log(16.0)), None)
    share = 16 / 25
    assert gradient == pytest.approx(
        [0.5 * share * (1 - 3.9**2), 0.5 * share * (1 - 4**2),
         0.5 * share * (1 - 4**2), 0]
    )  # fmt: skip
    assert curvature == pytest.approx([*[0.5 * share**2] * 3, 0])


def test_trees_begin_at_what_label_errors_leave(monkeypatch):
    used = np.array([True, True, True, False])
    errors = np.array([0.6, 0.8, 0.8, 0.0])
    assert objective(used * 1.0, errors, used, monkeypatch)[1] == pytest.approx(
        np.log(0.36)
    )
    # Where they explain all of it, a twentieth is left; and a star whose spread is next
    # to nothing beside the error of its label weighs a ten-thousandth.
    likelihood, begin = objective(used * 1.0, 0 * errors + 9, used, monkeypatch)
    assert begin == pytest.approx(np.log(0.05))
    _, curvature = likelihood(np.full(4, -12.0), None)
    assert curvature.tolist() == [1e-4, 1e-4, 1e-4, 0]


def test_spreads_stay_within_limits():
    # e^12 = 162,755 either way, in squares of the robust scale.
    found = SpreadFit.squares(np.array([-13, -12, 0, 12, 13], np.float32))
    most = np.exp(12)
    assert found == pytest.approx([1 / most, 1 / most, 1, most, most])


def test_the_robust_scale_is_that_of_normal_residuals():
    residuals = np.random.default_rng(2).normal(0, 7, 200_001)
    assert robust_scale(residuals) == pytest.approx(7, rel=0.01)
    assert robust_scale(np.array([-3.0, 1.0, 900.0])) == 1.4826 * 3


@pytest.mark.parametrize(
    ("residuals", "scale"),
    [
        ([1.0, -2.0, 3.0], 1.4826 * 2),
        ([0.0, 0.0, 3.0], np.sqrt(2)),  # half of them none at all
        ([0.0, 0.0, 0.0], 1.0),
    ],
)
def test_the_unit_is_the_scale_of_the_stars_learned_from(residuals, scale):
    frame = pl.DataFrame({"a": [0.0, 1.0, 2.0, 3.0]})
    matrix = xgboost.QuantileDMatrix(frame, max_bin=64, nthread=1)
    used = np.array([True, True, True, False])
    own = np.array([*residuals, 1e6])
    found = spread.boost_spread(matrix, own, np.zeros(4), used, 0, "cpu")
    assert float(found.attr("scale")) == pytest.approx(scale)


def test_a_leaf_holds_sixty_stars_at_least(fitted):
    frame, booster = fitted
    leaves = booster.predict(xgboost.DMatrix(frame), pred_leaf=True)
    counts = [np.unique(tree, return_counts=True)[1].min() for tree in leaves.T]
    # Seven tenths of the stars are drawn for a tree; those it is applied to are all.
    assert min(counts) >= 60
    assert max(len(np.unique(tree)) for tree in leaves.T) > 2


def test_settings_are_those_of_the_guide(fitted, repository):
    text = (repository / "docs/howto/own_task.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| spread \| `(\w+)` \| (\S+) \|$", text, re.MULTILINE))
    config = json.loads(fitted[1].save_config())["learner"]
    found = {
        "rounds": fitted[1].num_boosted_rounds(),
        "max_bin": sides.SPREAD_BINS,
        **config["gradient_booster"]["tree_train_param"],
    }
    assert len(told) == 8
    assert {name: float(found[name]) for name in told} == {
        name: pytest.approx(float(value)) for name, value in told.items()
    }


def test_a_seed_draws_the_stars_of_a_tree(fitted):
    generic = json.loads(fitted[1].save_config())["learner"]["generic_param"]
    assert generic["seed"] == "4"
