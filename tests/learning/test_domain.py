"""Which stars the training stars stand for."""

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.estimators.matrix import Matrix
from stellarwh.learning.uncertainty import domain as domain_module
from stellarwh.learning.uncertainty.distance import TrainingDistance
from stellarwh.learning.uncertainty.domain import Domain, assess, training_domain


def inside(domain: Domain, **features: list[float | None]) -> list[bool]:
    frame = pl.DataFrame(features, schema=dict.fromkeys(features, pl.Float64))
    return assess(frame, Matrix(frame), domain)[0].tolist()


def domain_of(features: pl.DataFrame) -> Domain:
    return training_domain(features, features.head(0), 0)


def test_limits_are_those_of_nearly_all_stars_and_a_twentieth_wider():
    # Of 0, 1 … 1000 the 0.1 and 99.9 percentiles are 1 and 999; 5 % of 998 is 49.9.
    even = pl.DataFrame({"a": np.random.default_rng(0).permutation(1001) * 1.0})
    found = domain_of(even).limits["a"]
    assert (found["low"], found["high"]) == pytest.approx((-48.9, 1048.9))


def test_a_star_at_a_limit_is_inside_and_one_beyond_it_is_not():
    near = TrainingDistance(["a"], [0.0], [1.0], [[0.0]], [1e9])
    limits = {"a": {"low": -2.0, "high": 3.0, "nullable": False}}
    at = [-2.0, 3.0, np.nextafter(-2.0, -9), np.nextafter(3.0, 9)]
    found = inside(Domain(limits, near, None, 0.0), a=at)
    assert found == [True, True, False, False]


def test_a_feature_may_be_missing_where_a_training_star_lacks_it():
    rng = np.random.default_rng(0)
    some = pl.Series(rng.normal(0, 1, 500)).scatter(7, None)
    known = pl.DataFrame({"some": some, "always": rng.normal(0, 1, 500)})
    domain = domain_of(known)
    assert inside(domain, some=[None, 0.0], always=[0.0, None]) == [True, False]


def test_a_star_is_inside_up_to_a_distance_of_one():
    # One feature of width 1 about 0, one cluster there of radius asinh(2).
    reach = TrainingDistance(["a"], [0.0], [1.0], [[0.0]], [float(np.arcsinh(2.0))])
    limits = {"a": {"low": -9.0, "high": 9.0, "nullable": False}}
    assert inside(Domain(limits, reach, None, 0.0), a=[2.0, -2.0, 2.01]) == [
        True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(("unlabelled", "is_learned"), [(199, False), (200, True)])
def test_who_gets_labels_is_learned_from_200_stars_without_one(unlabelled, is_learned):
    rng = np.random.default_rng(0)
    with_label = pl.DataFrame({"a": rng.normal(0, 1, 250)})
    without = pl.DataFrame({"a": rng.normal(0, 1, unlabelled)})
    assert (training_domain(with_label, without, 0).support is not None) == is_learned
    assert (training_domain(without, with_label, 0).support is not None) == is_learned


def test_one_labelled_star_in_a_hundred_is_given_up_as_hardly_ever_labelled():
    rng = np.random.default_rng(1)

    def stars(n: int, low: float, high: float) -> pl.DataFrame:
        return pl.DataFrame({"a": rng.uniform(low, high, n), "b": rng.normal(0, 1, n)})

    domain = training_domain(stars(4000, 0, 1), stars(8000, 0, 2), 0)
    # Of others of the same kind, about as many; where no star is labelled, all.
    chance = Matrix(stars(4000, 0, 1)).predict(domain.support)
    assert np.mean(chance < domain.least_chance) == pytest.approx(0.01, abs=0.006)
    never = Matrix(stars(500, 1.1, 2)).predict(domain.support)
    assert (never < domain.least_chance).all()


def test_a_star_as_likely_as_the_least_likely_is_inside():
    rng = np.random.default_rng(2)
    features = pl.DataFrame({"a": rng.normal(0, 1, 300)})
    support = training_domain(features, features * 2, 0).support
    near = TrainingDistance(["a"], [0.0], [1.0], [[0.0]], [1e9])
    limits = {"a": {"low": -9.0, "high": 9.0, "nullable": False}}
    star = pl.DataFrame({"a": [0.5]})
    chance = float(Matrix(star).predict(support)[0])
    assert inside(Domain(limits, near, support, chance), a=[0.5]) == [True]
    more = float(np.nextafter(chance, 1))
    assert inside(Domain(limits, near, support, more), a=[0.5]) == [False]


def test_the_classifier_is_told_which_stars_have_labels(monkeypatch):
    told = []
    fit = domain_module._fit_support

    def spy(features, has_label, seed):
        told.append(dict(zip(features["a"].to_list(), has_label, strict=True)))
        return fit(features, has_label, seed)

    monkeypatch.setattr(domain_module, "_fit_support", spy)
    with_label = pl.DataFrame({"a": np.arange(300.0)})
    training_domain(with_label, pl.DataFrame({"a": np.arange(-400.0, 0)}), 0)
    one, other, whole = told
    assert whole == {a: a >= 0 for a in np.arange(-400.0, 300)}
    # Each half is judged by the other; together they are all stars.
    assert one | other == whole
    assert len(one) + len(other) == 700
    assert min(len(one), len(other)) > 250
