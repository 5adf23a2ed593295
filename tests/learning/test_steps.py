"""Of the steps from a baseline to an estimator, the simplest that no other beats."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy.stats import sem

from stellarwh.learning.estimators.corrected import Corrected, Steps


def steps_of(values, label, weights=None, fold=None) -> Steps:
    n = len(label)
    weights = np.ones(n) if weights is None else weights
    fold = np.arange(n) % 2 if fold is None else fold
    return Steps(np.array(values, dtype=float), np.asarray(label), weights, fold)


@pytest.mark.parametrize("seed", range(40))
def test_a_step_is_taken_that_gains_more_than_the_error_of_its_gain(seed):
    rng = np.random.default_rng(seed)
    label, weights = rng.normal(0, 1, 60), rng.uniform(0.3, 2, 60)
    noise = rng.standard_t(2, (3, 60)) * np.array([[1.0], [0.85], [0.8]])
    steps = steps_of(label + noise, label, weights)
    # No loss counts more than four robust widths of the simplest model's.
    most = 4 * 1.4826 * np.median(np.abs(noise[0]))
    losses = weights * np.minimum(np.abs(noise), most)
    best = 0
    for step in (1, 2):
        gain = losses[best] - losses[step]
        if gain.mean() > sem(gain, ddof=0):
            best = step
    assert steps.chosen() == best


def test_steps_that_gain_nothing_or_as_much_as_chance_are_not_taken():
    label = np.zeros(4)
    assert steps_of([[1, 1, 1, 1], [1, 1, 1, 1]], label).chosen() == 0
    # Gains of 1, 1, 1, -1: mean 1/2, standard error sqrt(3/4) / 2 = 0.433.
    assert steps_of([[1, 1, 1, 1], [0, 0, 0, 2]], label).chosen() == 1
    # Gains of 1, 0, 0, 0: mean 1/4, standard error sqrt(3/16) / 2 = 0.217.
    assert steps_of([[1, 1, 1, 1], [0, 1, 1, 1]], label).chosen() == 1
    # Gains of 1, 1, -1, 0: mean 1/4, standard error sqrt(11/16) / 2 = 0.415.
    assert steps_of([[1, 1, 1, 1], [0, 0, 2, 1]], label).chosen() == 0


def test_losses_of_a_perfect_model_are_taken_as_they_are():
    label = np.zeros(4)
    assert steps_of([[0, 0, 0, 9], [0, 0, 0, 8]], label).chosen() == 1
    assert steps_of([[0, 0, 0, 9], [0, 0, 0, 9]], label).chosen() == 0
    assert steps_of([[0, 0, 5, 9], [0, 0, 0, 0]], label).chosen() == 1


def test_the_step_of_a_fold_is_chosen_by_the_others():
    # In fold 0 the second step is better, in folds 1 and 2 the first one.
    fold = np.arange(90) % 3
    values = [np.where(fold == 0, 2.0, 1.0), np.where(fold == 0, 1.0, 1.1)]
    steps = steps_of(values, np.zeros(90), fold=fold)
    assert steps.by_fold() == {0: 0, 1: 1, 2: 1}
    assert steps.chosen(fold == 0) == 1
    assert steps.chosen(fold > 0) == 0


def test_as_much_of_the_rest_is_added_as_its_share():
    inputs = pl.DataFrame({"a": [1.0, 2.0]})
    baseline = SimpleNamespace(scale=4.0, of=lambda frame: 10 * frame["a"].to_numpy())
    estimator = SimpleNamespace(predict=lambda frame: frame["a"].to_numpy() - 1.5)
    fitted = Corrected(baseline, estimator, 0.25)
    # The rest is four times -0.5 and 0.5, of which a quarter is added.
    assert fitted.predict(inputs).tolist() == [9.5, 20.5]
    assert Corrected(baseline, estimator).predict(inputs).tolist() == [8.0, 22.0]
    assert fitted.rest(inputs).tolist() == [-2.0, 2.0]
