"""Probabilities that mean what they say."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from stellarwh.learning.tasks.rows import Floats, Integers

_LEAST_PROBABILITY = 1e-9
_MOST_ROWS = 100_000
# The exponent stays between a quarter and four: beyond, a few stars would rule it.
_BOUND = float(np.log(4.0))


@dataclass(frozen=True)
class Sharpness:
    """What an estimator's probabilities are corrected by.

    Attributes
    ----------
    exponent : float
        Power of the probabilities: below one where the estimator was too sure of
        itself, above one where it was too timid.
    factors : list of float
        Per class, what its probability is multiplied by after that.
    """

    exponent: float
    factors: list[float]

    def of(self, probability: Floats) -> Floats:
        """Return the corrected probabilities, each row summing to one.

        Parameters
        ----------
        probability : ndarray of shape (n, n_classes)
            As the estimator states them, freed of class weights.
        """
        powers = np.maximum(probability, _LEAST_PROBABILITY) ** self.exponent
        powers *= np.array(self.factors)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_sharpness(probability: Floats, codes: Integers, seed: int = 0) -> Sharpness:
    """Return the correction under which the classes that were found are most likely.

    Temperature scaling with an offset per class (bias-corrected temperature scaling,
    Alexandari et al. 2020): the least mean log loss of the true classes. The corrected
    probabilities of a class then sum to the number of its stars.

    Parameters
    ----------
    probability : ndarray of shape (n, n_classes)
        Out-of-fold probabilities; a random 100,000 of the stars are used.
    codes : ndarray of shape (n,)
        True class of each star.
    seed : int
        Seed of the choice.
    """
    if len(codes) > _MOST_ROWS:
        chosen = np.random.default_rng([seed, 6]).permutation(len(codes))[:_MOST_ROWS]
        probability, codes = probability[chosen], codes[chosen]
    n, classes = probability.shape
    logarithm = np.log(np.maximum(probability, _LEAST_PROBABILITY))
    found = np.bincount(codes, minlength=classes)
    of_true = logarithm[np.arange(n), codes]

    def loss(parameters: Any) -> tuple[float, Any]:
        exponent, offsets = np.exp(parameters[0]), parameters[1:]
        margin = exponent * logarithm + offsets
        largest = margin.max(axis=1, keepdims=True)
        shares = np.exp(margin - largest)
        total = shares.sum(axis=1, keepdims=True)
        shares /= total
        own = exponent * of_true + offsets[codes]
        value = float(np.sum(np.log(total[:, 0]) + largest[:, 0] - own))
        by_exponent = exponent * float(np.sum(shares * logarithm) - np.sum(of_true))
        # One star's worth of doubt keeps the offset of a class of few stars small.
        by_offset = shares.sum(axis=0) - found + offsets
        value += 0.5 * float(offsets @ offsets)
        return value / n, np.concatenate([[by_exponent], by_offset]) / n

    bounds = [(-_BOUND, _BOUND)] + [(None, None)] * classes
    fitted = minimize(
        loss, np.zeros(classes + 1), jac=True, method="L-BFGS-B", bounds=bounds
    )
    offsets = fitted.x[1:] - fitted.x[1:].mean()
    return Sharpness(float(np.exp(fitted.x[0])), np.exp(offsets).tolist())
