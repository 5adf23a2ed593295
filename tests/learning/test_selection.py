"""Features that count as one, and scikit-learn's own checks of what drops them."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.utils.estimator_checks import estimator_checks_generator
from views import make_view, toy

from stellarwh.learning import predict, train
from stellarwh.learning.estimators.selection import CollinearSelector, rank_correlations
from stellarwh.learning.runs.artefacts import read_artefacts, rebuild

# Other array libraries are not used here.
CHECKS = {
    check.func.__name__: (estimator, check)
    for estimator, check in estimator_checks_generator(CollinearSelector())
    if "array_api" not in check.func.__name__
}


@pytest.mark.parametrize("name", CHECKS)
def test_keeps_the_contract_of_scikit_learn(name):
    estimator, check = CHECKS[name]
    check(estimator)


def test_rank_correlations_are_those_of_scipy():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (300, 4)) @ rng.normal(0, 1, (4, 4))
    expected = np.abs(spearmanr(values).statistic)
    np.fill_diagonal(expected, 0)
    assert rank_correlations(values) == pytest.approx(expected)
    values[::3, 1] = np.nan
    both = np.isfinite(values[:, 1])
    pair = abs(spearmanr(values[both, 1], values[both, 2]).statistic)
    # A feature keeps the ranks that it has among all its own values.
    assert rank_correlations(values)[1, 2] == pytest.approx(pair, abs=0.005)


def test_two_features_alone_have_their_rank_correlation():
    a, b = np.random.default_rng(0).normal(0, 1, (2, 100))
    values = np.column_stack([a, a + b])
    expected = spearmanr(values).statistic
    assert rank_correlations(values)[0, 1] == pytest.approx(expected)
    # Fewer than 30 stars that have both tell nothing, 30 do.
    for both, told in ((29, 0.0), (30, 1.0)):
        a_there = np.where(np.arange(100) < 50, a, np.nan)
        b_there = np.where(np.arange(100) >= 50 - both, a, np.nan)
        found = rank_correlations(np.column_stack([a_there, b_there]))
        assert found[0, 1] == pytest.approx(told, abs=0.01)


def test_of_equal_features_the_first_is_kept():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, (2, 200))
    values = np.column_stack([a, b, np.exp(a), a + 0.2 * b, -b, np.zeros(200)])
    found = CollinearSelector().fit(values)
    assert found.groups_ == [[0, 2], [1, 4]]
    assert found.get_support().tolist() == [True, True, False, True, False, True]


def test_indicators_of_values_missing_together_count_once(connection):
    columns = toy(300)
    missing = np.arange(300) % 3 == 0
    for name in ("a", "b"):
        values = np.asarray(columns[name])
        columns[name] = [None if m else v for m, v in zip(missing, values, strict=True)]
    make_view(connection, "mine", columns)
    run = train(connection, "mine", estimator="ridge", folds=2).run_id
    (sealed,) = connection.execute(
        "select artefacts_sha256 from ml.runs where run_id = ?", [run]
    ).fetchall()[0]
    parts = rebuild(read_artefacts(connection, run, sealed), 2)
    ridge = parts["y", "value"]
    assert ridge.named_steps["select"].get_support().tolist() == [True] * 3 + [False]
    assert predict(connection, "mine") == 300
