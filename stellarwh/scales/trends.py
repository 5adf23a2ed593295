"""A trend: a difference of two surveys as a sum of terms, robustly fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stellarwh.scales.sample import Floats, Integers

RESAMPLES = 200
_HUBER = 1.345  # sigma; 95 % as efficient as least squares on a normal distribution
_RIDGE = 1.0  # of standardised terms, beside a weight of about 1 a star
_MOST_ROUNDS = 50


@dataclass(frozen=True)
class Trend:
    """Coefficients of k terms, the first of them constant.

    Attributes
    ----------
    coefficients : ndarray of shape (k,)
        In units of the difference.
    covariance : ndarray of shape (k, k)
        From fits to resampled cells of the sky.
    n : int
        Stars of the fit.
    """

    coefficients: Floats
    covariance: Floats
    n: int


def fit_trend(
    terms: Floats, difference: Floats, err: Floats, cells: Integers, seed: Sequence[int]
) -> Trend:
    """Fit a difference by terms: least squares with Huber's loss and a small ridge.

    Parameters
    ----------
    terms : ndarray of shape (n, k)
        The first column is 1.
    difference, err : ndarray of shape (n,)
        What is fitted, and its error. Errors below the fifth percentile count as that:
        no few stars decide.
    cells : ndarray of shape (n,)
        Cells of the sky: those of one share what is wrong with a plate, so that the
        covariance comes from fits to cells drawn with replacement.
    seed : sequence of int
        For these draws.
    """
    rng = np.random.default_rng(seed)
    weight = np.maximum(err, np.percentile(err, 5)) ** -2.0
    weight /= np.median(weight)
    mean = np.average(terms, axis=0, weights=weight)
    spread = np.sqrt(np.average((terms - mean) ** 2, axis=0, weights=weight))
    mean[0], spread[0] = 0.0, 1.0
    spread[spread == 0.0] = 1.0
    standard = (terms - mean) / spread
    penalty = np.full(terms.shape[1], _RIDGE)
    penalty[0] = 0.0  # the constant is free
    found, residual, robust = _huber_fit(standard, difference, weight, penalty)
    _, cell = np.unique(cells, return_inverse=True)
    n_cells, k = int(cell.max()) + 1, terms.shape[1]
    # A step of Newton's leads from the fit to that of any draw of cells: with sums of
    # the first and second derivatives of the loss, cell by cell.
    products = (standard[:, :, None] * standard[:, None, :]).reshape(-1, k * k)
    second = _sums(products * (weight * (robust == 1.0))[:, None], cell, n_cells)
    first = _sums(standard * (weight * robust * residual)[:, None], cell, n_cells)
    drawn = rng.multinomial(n_cells, np.full(n_cells, 1 / n_cells), RESAMPLES)
    steps = np.linalg.solve(
        (drawn @ second).reshape(-1, k, k) + np.diag(penalty),
        (drawn @ first - penalty * found)[..., None],
    )[..., 0]
    all_found = np.vstack([found, found + steps]) / spread
    all_found[:, 0] -= (all_found[:, 1:] * mean[1:]).sum(axis=1)
    covariance = np.atleast_2d(np.cov(all_found[1:].T))
    return Trend(all_found[0], covariance, len(difference))


def fit_constant(
    difference: Floats, cells: Integers, terms: int, seed: Sequence[int]
) -> Trend:
    """Return the median as a trend of a constant alone.

    Parameters
    ----------
    difference : ndarray of shape (n,)
        What is averaged.
    cells : ndarray of shape (n,)
        Cells of the sky, as for `fit_trend`.
    terms : int
        How many coefficients there are; the others are 0, and nothing is known of them.
    seed : sequence of int
        For the draws of cells.
    """
    rng = np.random.default_rng(seed)
    coefficients = np.zeros(terms)
    coefficients[0] = np.median(difference)
    covariance = np.full((terms, terms), np.nan)
    names, cell = np.unique(cells, return_inverse=True)
    order = np.argsort(difference, kind="stable")
    drawn = rng.multinomial(names.size, np.full(names.size, 1 / names.size), RESAMPLES)
    # The median of a draw: where half of the stars, as often as drawn, are passed.
    passed = np.cumsum(drawn[:, cell[order]], axis=1)
    middle = (passed >= passed[:, -1:] / 2).argmax(axis=1)
    covariance[0, 0] = np.var(difference[order][middle])
    return Trend(coefficients, covariance, difference.size)


def _sums(rows: Floats, cell: Integers, n_cells: int) -> Floats:
    """Return the sums of the rows of each cell."""
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(n_cells))
    result: Floats = np.add.reduceat(rows[order], starts, axis=0)
    return result


def _huber_fit(
    terms: Floats, difference: Floats, weight: Floats, penalty: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return coefficients, residuals and robust weights of reweighted least squares."""
    robust = np.ones(difference.size)
    for _ in range(_MOST_ROUNDS):
        full = weight * robust
        left = terms.T @ (terms * full[:, None]) + np.diag(penalty)
        found = np.asarray(np.linalg.solve(left, terms.T @ (full * difference)))
        residual = difference - terms @ found
        far = np.abs(residual) * np.sqrt(weight)
        scale = 1.4826 * np.median(far)
        last, robust = robust, np.minimum(1.0, _HUBER * scale / np.maximum(far, 1e-300))
        if np.abs(robust - last).max() < 1e-4:
            break
    return found, residual, robust
