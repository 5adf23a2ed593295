"""What the factors of a survey's other quantities say of one that pairs hardly tell."""

from collections.abc import Sequence

import numpy as np

from stellarwh.scales.error_factors import Factors, Prior
from stellarwh.scales.sample import Floats

_LEAST_ERROR = 0.03  # of a logarithm: no model of errors is truer than that


def prior_of_others(own: Factors, others: Sequence[Factors]) -> Prior:
    """Return about which logarithms a quantity's factors are to be expected.

    A survey whose errors are small beside those of all others leaves hardly a trace in
    the differences; what its pipeline does wrong it does in all quantities alike, as
    far as these tell. How far is the spread of their factors beyond the factors' own
    errors, by the method of moments (DerSimonian and Laird 1986).

    Parameters
    ----------
    own : Factors
        Of the quantity, without a prior.
    others : sequence of Factors
        Of other quantities, without a prior.
    """
    every = [own, *others]
    logs = np.log([factors.of_survey for factors in every])
    relative = np.array([f.of_survey_err / f.of_survey for f in every])
    is_known = np.array([factors.n_survey > 0 for factors in every])
    variance = np.maximum(relative, _LEAST_ERROR) ** 2
    spread = _spread(logs, np.where(is_known, 1 / variance, 0.0))
    weights = np.where(is_known, 1 / (variance + spread), 0.0)[1:]
    total = weights.sum(axis=0)
    prior = Prior.wide(logs.shape[1])
    told = total > 0
    prior.centre[told] = (weights * logs[1:]).sum(axis=0)[told] / total[told]
    prior.width[told] = np.sqrt(spread + 1 / np.where(told, total, 1.0))[told]
    return prior


def agreed_factor(
    factors: Sequence[float], errors: Sequence[float]
) -> tuple[float, float]:
    """Return the factor that quantities agree on, and its error for another one.

    The weighted mean of the logarithms; the error is that of the mean with the spread
    of the factors beyond their own errors, as for `prior_of_others`.

    Parameters
    ----------
    factors, errors : sequence of float
        Of the quantities; the errors relative.
    """
    logs = np.log(factors)
    variance = np.maximum(errors, _LEAST_ERROR) ** 2
    spread = _spread(logs[:, None], 1 / variance[:, None])[0]
    weights = 1 / (variance + spread)
    factor = float(np.exp((weights * logs).sum() / weights.sum()))
    return factor, factor * float(np.sqrt(spread + 1 / weights.sum()))


def _spread(logs: Floats, weights: Floats) -> Floats:
    """Return the variance of each column's true values about their mean, at least 0."""
    total = np.maximum(weights.sum(axis=0), 1e-300)
    mean = (weights * logs).sum(axis=0) / total
    excess = (weights * (logs - mean) ** 2).sum(axis=0)
    excess -= np.maximum((weights > 0).sum(axis=0) - 1, 0)
    scale = total - (weights**2).sum(axis=0) / total
    found = np.maximum(excess / np.maximum(scale, 1e-300), 0.0)
    return np.asarray(np.where(scale > 1e-9, found, 0.0))
