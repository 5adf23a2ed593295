"""Stated probabilities are corrected until they are what is found."""

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.linear_model import LogisticRegression
from views import make_view, toy_classes

from stellarwh.learning import predict, train
from stellarwh.learning.evaluation.metrics import class_metrics
from stellarwh.learning.uncertainty import sharpness
from stellarwh.learning.uncertainty.sharpness import Sharpness, fit_sharpness


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return true probabilities of three classes, the last one rare, and draws."""
    rng = np.random.default_rng(seed)
    true = rng.dirichlet([3.0, 1.0, 0.2], n)
    codes = (rng.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    return true, codes


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_an_estimator_too_timid_or_too_sure_is_set_right(power):
    true, codes = drawn(20_000, 0)
    stated = true**power
    stated /= stated.sum(axis=1, keepdims=True)
    found = fit_sharpness(stated, codes)
    assert found.exponent == pytest.approx(1 / power, rel=0.05)
    before, after = class_metrics(codes, stated), class_metrics(codes, found.of(stated))
    assert before["ece"] > 0.04
    assert after["ece"] < 0.015


def test_probabilities_of_each_class_sum_to_its_number():
    true, codes = drawn(5000, 1)
    stated = true * np.array([1.0, 1.0, 3.0])
    found = fit_sharpness(stated / stated.sum(axis=1, keepdims=True), codes)
    corrected = found.of(stated / stated.sum(axis=1, keepdims=True))
    assert corrected.sum(axis=0) == pytest.approx(np.bincount(codes), abs=2)


def test_two_classes_are_what_logistic_regression_gives():
    # With two classes it is Platt's: a straight line in the logarithm of the odds.
    rng = np.random.default_rng(2)
    odds = rng.normal(0, 2, 8000)
    codes = (rng.random(8000) < 1 / (1 + np.exp(-(0.7 * odds + 0.4)))).astype(int)
    stated = 1 / (1 + np.exp(-odds))
    found = fit_sharpness(np.column_stack([1 - stated, stated]), codes)
    line = LogisticRegression(C=1e6).fit(odds[:, None], codes)
    assert found.exponent == pytest.approx(line.coef_[0, 0], abs=0.01)
    offset = np.log(found.factors[1] / found.factors[0])
    assert offset == pytest.approx(line.intercept_[0], abs=0.01)


def test_what_is_right_stays():
    true, codes = drawn(50_000, 3)
    found = fit_sharpness(true, codes)
    assert found.exponent == pytest.approx(1, abs=0.02)
    assert found.of(true) == pytest.approx(true, abs=0.03)


@pytest.mark.parametrize("stars", [3, 40])
def test_a_class_of_few_stars_is_doubted_as_by_one_star(stars):
    # 1000 stars of which an estimator says 0.5 : 0.5 whatever they are: the second
    # class has offset +o, the first -o. What is found of it is what is expected, less
    # the offset: a normal prior of width one.
    codes = np.repeat([0, 1], [1000 - stars, stars])
    offset = brentq(lambda o: 1000 / (1 + np.exp(-2 * o)) - stars + o, -9, 0)
    found = fit_sharpness(np.full((1000, 2), 0.5), codes)
    assert np.log(found.factors) == pytest.approx([-offset, offset], abs=1e-3)
    sparse = 1000 * found.of(np.array([[0.5, 0.5]]))[0, 1]
    assert stars + 1 < sparse < stars + 3


@pytest.mark.parametrize(
    ("stated", "always_right", "exponent"), [(0.55, True, 4.0), (0.9999, False, 0.25)]
)
def test_the_exponent_stays_between_a_quarter_and_four(stated, always_right, exponent):
    said = np.arange(2000) % 2  # of which class this is the probability
    codes = said if always_right else np.arange(2000) // 2 % 2
    probability = np.where(said[:, None] == np.arange(2), stated, 1 - stated)
    assert fit_sharpness(probability, codes).exponent == pytest.approx(exponent)


def test_of_very_many_stars_some_are_drawn_and_the_seed_says_which(monkeypatch):
    true, codes = drawn(3000, 5)
    of_all = fit_sharpness(true, codes)
    monkeypatch.setattr(sharpness, "_MOST_ROWS", 3000)
    assert fit_sharpness(true, codes, 1) == of_all
    monkeypatch.setattr(sharpness, "_MOST_ROWS", 2000)
    assert len({fit_sharpness(true, codes, seed).exponent for seed in (0, 1)}) == 2
    assert fit_sharpness(true, codes) == fit_sharpness(true, codes, 0)
    # Sorted by class, the first 2000 have none of the last one.
    order = np.argsort(codes)
    some = fit_sharpness(true[order], codes[order])
    assert some.factors == pytest.approx(of_all.factors, rel=0.3)


def test_what_is_held_impossible_is_next_to_it():
    # A billionth, whose square root is 3e-5.
    found = Sharpness(0.5, [1.0, 1.0]).of(np.array([[1.0, 0.0]]))
    assert found[0, 1] == pytest.approx(10**-4.5, rel=1e-3)
    found = fit_sharpness(np.array([[1.0, 0.0], [0.0, 1.0]] * 50), np.arange(100) % 2)
    assert np.isfinite([found.exponent, *found.factors]).all()


def test_correction_of_a_hand_calculation():
    # 0.8² and 0.2² times 1 and 4: 0.64 and 0.16, of 0.8.
    found = Sharpness(2.0, [1.0, 4.0]).of(np.array([[0.8, 0.2]]))
    assert found == pytest.approx(np.array([[0.8, 0.2]]))


def test_stored_and_held_out_probabilities_are_on_one_scale(connection):
    make_view(connection, "mine", toy_classes(3000))
    train(connection, "mine", estimator="random-forest", folds=3)
    connection.execute("update raw.mine set star_id = star_id + 1000000")
    predict(connection, "mine")
    error = connection.execute(
        "select value from ml.metrics where metric = 'ece' and stratum = 'all' "
        "and folds = 'blocked'"
    ).fetchone()[0]
    assert error < 0.02
    (probability, right) = connection.execute(
        "select avg(probability), avg((class = label_kind)::int) "
        "from ml.predictions join raw.mine using (star_id)"
    ).fetchone()
    assert probability == pytest.approx(right, abs=0.05)
