"""Trends against least squares, hand calculations and what was put in."""

import numpy as np
import pytest

from stellarwh.scales.trends import fit_constant, fit_trend


def sample(n, seed=0, cells=60, plate=0.0):
    rng = np.random.default_rng(seed)
    terms = np.column_stack([np.ones(n), rng.normal(0, 1, n), rng.random(n) < 0.4])
    cell = rng.integers(0, cells, n)
    err = rng.uniform(0.5, 1.5, n)
    true = np.array([3.0, -2.0, 1.5])
    difference = terms @ true + err * rng.standard_normal(n)
    difference += plate * rng.standard_normal(cells)[cell]
    return terms, difference, err, cell, true


def test_without_outliers_it_is_weighted_least_squares():
    terms, difference, err, cells, _ = sample(4000)
    by_numpy = np.linalg.lstsq(terms / err[:, None], difference / err, rcond=None)[0]
    found = fit_trend(terms, difference, err, cells, [0])
    assert found.n == 4000
    # Huber's loss gives up 5 % of the efficiency; the ridge is one star in 4,000.
    assert found.coefficients == pytest.approx(by_numpy, abs=0.02)


@pytest.mark.parametrize("plate", [0.0, 0.5])
def test_errors_are_those_of_many_samples(plate):
    """The pulls of 150 samples have a spread of 1, also where plates share errors."""
    pulls = []
    for seed in range(150):
        terms, difference, err, cells, true = sample(1500, seed, plate=plate)
        found = fit_trend(terms, difference, err, cells, [seed])
        errors = np.sqrt(np.diag(found.covariance))
        pulls.append((found.coefficients - true) / errors)
    spread = np.std(pulls, axis=0)
    # The standard deviation of 150 draws is known to 6 %; three of that.
    assert spread == pytest.approx(np.ones(3), abs=0.18)


def test_outliers_hardly_move_it():
    terms, difference, err, cells, true = sample(4000)
    difference[:80] += 50.0
    found = fit_trend(terms, difference, err, cells, [0])
    # Least squares is moved by 50 x 2 % = 1, the median of such a mixture by 0.025.
    assert found.coefficients[0] == pytest.approx(true[0], abs=0.12)


def test_a_term_that_does_not_vary_is_nothing():
    terms, difference, err, cells, _ = sample(500)
    flat = np.column_stack([terms, np.full(500, 0.7)])
    found = fit_trend(flat, difference, err, cells, [0])
    assert found.coefficients[3] == pytest.approx(0.0, abs=1e-9)


def test_the_same_seed_gives_the_same_numbers():
    terms, difference, err, cells, _ = sample(500)
    first = fit_trend(terms, difference, err, cells, [4, 1])
    again = fit_trend(terms, difference, err, cells, [4, 1])
    other = fit_trend(terms, difference, err, cells, [5, 1])
    assert (first.covariance == again.covariance).all()
    assert (first.coefficients == other.coefficients).all()
    assert (first.covariance != other.covariance).any()


def test_a_constant_is_the_median_with_its_error():
    rng = np.random.default_rng(3)
    difference = 7.0 + 2.0 * rng.standard_normal(2001)
    found = fit_constant(difference, np.arange(2001), 4, [0])
    assert found.coefficients.tolist() == [np.median(difference), 0, 0, 0]
    # sqrt(pi / 2) sigma / sqrt(n); from 200 draws known to 5 %, itself of one sample.
    expected = np.sqrt(np.pi / 2) * 2.0 / np.sqrt(2001)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(expected, rel=0.25)
    assert np.isnan(found.covariance[1, 1])


def test_stars_of_one_cell_are_one_witness():
    # 40 stars of 4 cells, each cell with a value of its own: nothing averages within.
    values = np.repeat([1.0, 2.0, 3.0, 4.0], 10)
    alone = fit_constant(values, np.arange(40), 1, [0])
    together = fit_constant(values, np.repeat(np.arange(4), 10), 1, [0])
    assert together.covariance[0, 0] > 2 * alone.covariance[0, 0]
