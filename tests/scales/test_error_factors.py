"""Factors of stated errors against what was put in, and a slope by differences."""

import numpy as np
import pytest

from stellarwh.scales.error_factors import (
    Factors,
    Pairs,
    Prior,
    _Likelihood,
    fit_factors,
)
from stellarwh.scales.pooling import agreed_factor, prior_of_others


def pairs_of(n=6000, factors=(4.0, 1.0, 1.7), floors=(0.0, 0.0, 0.0), outliers=0.0):
    """Return pairs of three surveys whose errors are too small by factors."""
    rng = np.random.default_rng(8)
    usual = (0.25, 2.0, 3.0)
    columns = []
    for left, right in ((0, 1), (0, 2), (1, 2)):
        stated = [usual[s] * rng.uniform(0.5, 2.0, n) for s in (left, right)]
        noise = [
            np.hypot(factors[s] * e, floors[s]) * rng.standard_normal(n)
            for s, e in zip((left, right), stated, strict=True)
        ]
        difference = noise[0] - noise[1]
        wrong = rng.random(n) < outliers
        difference[wrong] *= 8.0
        sides = [np.full(n, s) for s in (left, right)]
        groups = [2 * s + rng.integers(0, 2, n) for s in (left, right)]
        columns.append((difference, *stated, *sides, *groups))
    return Pairs(*(np.concatenate(column) for column in zip(*columns, strict=True)))


GROUPS = (0, 0, 1, 1, 2, 2)
# The first two near their centres, or far; the last below what it is at least.
PRIOR = Prior(
    np.array([0.2, 0.0, 0.4]),
    np.array([0.4, 0.2, 1.0]),
    np.array([0.0, 0.0, 0.9]),
    np.array([1.0, 1.0, 0.3]),
)


def test_factors_of_four_one_and_seventeen_tenths_are_found():
    found = fit_factors(pairs_of(), GROUPS, 0)
    assert found.of_survey == pytest.approx([4.0, 1.0, 1.7], rel=0.08)
    assert found.of_group == pytest.approx([4.0, 4.0, 1.0, 1.0, 1.7, 1.7], rel=0.12)
    assert found.n_survey.tolist() == [12000, 12000, 12000]
    assert found.n_group.sum() == 36000


def test_two_per_cent_of_outliers_change_little():
    found = fit_factors(pairs_of(outliers=0.02), GROUPS, 0)
    assert found.of_survey == pytest.approx([4.0, 1.0, 1.7], rel=0.1)


def test_a_floor_is_told_from_a_factor():
    found = fit_factors(pairs_of(floors=(0.0, 0.0, 4.0)), GROUPS, 0)
    assert found.floor == pytest.approx([0.0, 0.0, 4.0], abs=0.5)
    assert found.of_survey[2] == pytest.approx(1.7, rel=0.08)


def test_errors_that_are_too_large_are_left_as_they_are():
    found = fit_factors(pairs_of(factors=(1.0, 0.5, 0.5)), GROUPS, 0)
    assert found.of_survey.min() >= 1.0


def test_errors_of_factors_come_only_where_wanted():
    with_errors = fit_factors(pairs_of(600), GROUPS, 0)
    without = fit_factors(pairs_of(600), GROUPS, 0, has_errors=False)
    assert (with_errors.of_survey == without.of_survey).all()
    assert np.isnan(without.of_survey_err).all()
    off = with_errors.of_group - [4.0, 4.0, 1.0, 1.0, 1.7, 1.7]
    assert np.abs(off / with_errors.of_group_err).max() < 4


def test_the_gradient_is_that_of_the_likelihood():
    pairs = pairs_of(50, floors=(0.1, 1.0, 2.0))
    prior = PRIOR
    usual = np.array([0.3, 2.0, 3.0])
    likelihood = _Likelihood(pairs, np.array(GROUPS), usual, prior, np.zeros(3))
    place = np.array([1.2, 0.1, 0.6, 1.0, 1.3, 0.2, 0.1, 0.5, 0.7, 0.2, 0.4, 0.9])
    _, gradient = likelihood.negative(place)
    step = 1e-6
    by_differences = [
        (likelihood.negative(place + d)[0] - likelihood.negative(place - d)[0])
        / (2 * step)
        for d in step * np.eye(place.size)
    ]
    assert gradient == pytest.approx(by_differences, rel=1e-5, abs=1e-4)


def test_the_curvature_is_that_of_the_gradient():
    pairs = pairs_of(50, floors=(0.1, 1.0, 2.0))
    prior = PRIOR
    usual = np.array([0.3, 2.0, 3.0])
    likelihood = _Likelihood(pairs, np.array(GROUPS), usual, prior, np.zeros(3))
    place = np.array([1.2, 0.1, 0.6, 1.0, 1.3, 0.2, 0.1, 0.5, 0.7, 0.2, 0.4, 0.9])
    step = 1e-5
    by_differences = [
        (likelihood.negative(place + d)[1] - likelihood.negative(place - d)[1])
        / (2 * step)
        for d in step * np.eye(place.size)
    ]
    found = likelihood.curvature(place)
    assert found == pytest.approx(np.array(by_differences), rel=1e-5, abs=1e-4)
    assert np.linalg.matrix_rank(found) == place.size


def test_a_fit_may_start_where_an_earlier_one_ended():
    whole = pairs_of(floors=(0.0, 0.0, 4.0))
    first = fit_factors(pairs_of(2000, floors=(0.0, 0.0, 4.0)), GROUPS, 0)
    again = fit_factors(whole, GROUPS, 0, last=first)
    afresh = fit_factors(whole, GROUPS, 0)
    assert again.without_floor == first.without_floor == afresh.without_floor == 0
    assert again.of_group == pytest.approx(afresh.of_group, rel=2e-3)
    assert again.floor == pytest.approx(afresh.floor, abs=0.02)
    # Of other surveys it is found out anew which has no floor.
    others = Pairs(*(column[whole.left > 0] for column in vars(whole).values()))
    assert fit_factors(others, GROUPS, 0, last=first).without_floor == 1


def factors_of(logs, errors, counts=(9, 9)):
    values = np.exp(np.array(logs, float))
    nothing = np.zeros(0)
    return Factors(
        values, values * errors, nothing, nothing, np.zeros(2), np.array(counts),
        nothing.astype(int), 0, nothing,
    )  # fmt: skip


def test_the_prior_of_others_by_hand():
    """Two quantities agree in the first survey, and differ by 0.8 in the second."""
    own = factors_of([1.0, 0.4], [0.5, 0.1])
    others = [factors_of([1.35, 0.0], [0.1, 0.1]), factors_of([1.25, 0.8], [0.1, 0.1])]
    prior = prior_of_others(own, others)
    # First: Q = 4 x 0.294^2 + 100 (0.056^2 + 0.044^2) = 0.85, below its 2 degrees of
    # freedom: no spread, and the plain mean of the others.
    assert prior.centre[0] == pytest.approx(1.3)
    assert prior.width[0] == pytest.approx(np.sqrt(1 / 200))
    # Second: mean 0.4, Q = 100 (0.16 + 0.16) = 32, C = 300 - 100, so 30 / 200 = 0.15.
    assert prior.centre[1] == pytest.approx(0.4)
    assert prior.width[1] == pytest.approx(np.sqrt(0.15 + 1 / (2 / 0.16)))


@pytest.mark.parametrize("small", [100, 1000, 1e6, 1e12])
def test_errors_may_be_too_small_by_any_factor(small):
    """Those of the second survey, by that many times; the others' as before."""
    columns = dict(vars(pairs_of()))
    for side in ("left", "right"):
        is_second = columns[side] == 1
        stated = columns[f"{side}_err"]
        columns[f"{side}_err"] = np.where(is_second, stated / small, stated)
    found = fit_factors(Pairs(**columns), GROUPS, 0)
    assert found.of_survey == pytest.approx([4.0, small, 1.7], rel=0.08)
    assert found.of_group[2:4] == pytest.approx(small, rel=0.08)
    assert (found.of_survey_err / found.of_survey < 0.2).all()
    again = fit_factors(Pairs(**columns), GROUPS, 0, last=found)
    assert again.of_survey == pytest.approx(found.of_survey, rel=1e-2)


def test_what_repeats_tell_is_the_least_that_a_factor_is():
    """The first survey's errors are small beside the others': pairs do not tell."""
    few = pairs_of(80, (0.0, 1.0, 1.7))
    alone = fit_factors(few, GROUPS, 0)
    assert alone.of_survey[0] < 2
    least = np.log([4.0, 1.0, 1.2])
    prior = Prior.wide(3).at_least(least, np.array([0.05, 1.0, 0.05]))
    beside = fit_factors(few, GROUPS, 0, prior=prior)
    assert beside.of_survey[0] == pytest.approx(4.0, rel=0.1)
    # Where pairs ask for more, repeats say nothing.
    assert beside.of_survey[2] == pytest.approx(alone.of_survey[2], rel=0.05)


def test_the_factor_that_others_agree_on_by_hand():
    # Both alike, to 10 %: their mean, to 10 % / sqrt(2).
    factor, error = agreed_factor([4.0, 4.0], [0.1, 0.1])
    assert factor == pytest.approx(4.0)
    assert error == pytest.approx(4.0 * 0.1 / np.sqrt(2))
    # Logarithms 0 and 0.8: Q = 100 (0.16 + 0.16) = 32, C = 200 - 100, spread 31 / 100.
    factor, error = agreed_factor([1.0, np.exp(0.8)], [0.1, 0.1])
    assert factor == pytest.approx(np.exp(0.4))
    assert error == pytest.approx(factor * np.sqrt(0.31 + (0.31 + 0.01) / 2))


def test_a_survey_without_pairs_elsewhere_has_a_wide_prior():
    own = factors_of([1.0, 0.4], [0.5, 0.1])
    prior = prior_of_others(own, [factors_of([1.4, 0.0], [0.1, 0.1], (9, 0))])
    assert prior.centre[1] == 0.0
    assert prior.width[1] == 1.5


def test_a_factor_that_pairs_hardly_tell_is_near_those_of_other_quantities():
    sure = fit_factors(pairs_of(), GROUPS, 0)
    few = pairs_of(80)
    alone = fit_factors(few, GROUPS, 0)
    prior = prior_of_others(alone, [sure, sure])
    beside = fit_factors(few, GROUPS, 0, prior=prior)
    assert abs(np.log(beside.of_survey[0] / 4)) < abs(np.log(alone.of_survey[0] / 4))
    assert beside.of_survey[0] == pytest.approx(4.0, rel=0.1)
