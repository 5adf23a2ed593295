"""By what a survey's stated errors must be multiplied to hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import minimize

from stellarwh.scales.sample import Floats, Integers

# 2 % of the pairs are plainly wrong, by some 7 sigma.
_PARTS = ((0.98, 1.0), (0.02, 50.0))
_START = 0.3  # logarithm of a factor
_MOST = 4.0
# Of logarithms: how far a survey's factor is from 1, and a group's from its survey's.
_WIDE, _SPREAD = 1.5, 0.15
_STEP = 1e-3
_MOST_PAIRS = 60_000


@dataclass(frozen=True)
class Pairs:
    """Differences of two surveys after the correction, of any pair of surveys.

    Attributes
    ----------
    difference : ndarray of shape (n,)
    left_err, right_err : ndarray of shape (n,)
        As stated.
    left, right : ndarray of shape (n,)
        The survey's number.
    left_group, right_group : ndarray of shape (n,)
        The number of the group of stars whose factor the error has, over all surveys.
    """

    difference: Floats
    left_err: Floats
    right_err: Floats
    left: Integers
    right: Integers
    left_group: Integers
    right_group: Integers


@dataclass(frozen=True)
class Prior:
    """Normal priors of the logarithms of surveys' factors.

    Attributes
    ----------
    centre, width : ndarray of shape (n_surveys,)
    """

    centre: Floats
    width: Floats

    @classmethod
    def wide(cls, surveys: int) -> "Prior":
        """Return one that hardly says anything."""
        return cls(np.zeros(surveys), np.full(surveys, _WIDE))


@dataclass(frozen=True)
class Factors:
    """What stated errors are multiplied by, at least 1, and what is added to them.

    Attributes
    ----------
    of_survey, of_survey_err : ndarray of shape (n_surveys,)
    of_group, of_group_err : ndarray of shape (n_groups,)
    floor : ndarray of shape (n_surveys,)
        Added in quadrature, in the unit of the errors: what does not get smaller with
        them, such as the offsets of plates.
    n_survey, n_group : ndarray of int
        Pairs that each rests on.
    """

    of_survey: Floats
    of_survey_err: Floats
    of_group: Floats
    of_group_err: Floats
    floor: Floats
    n_survey: Integers
    n_group: Integers


def fit_factors(
    pairs: Pairs,
    group_survey: Sequence[int],
    seed: int,
    *,
    prior: Prior | None = None,
    has_errors: bool = True,
) -> Factors:
    """Fit factors to all pairs of surveys at once, those of surveys and of groups.

    The likelihood of a difference is a normal distribution of variance
    f_l^2 e_l^2 + c_l^2 + f_r^2 e_r^2 + c_r^2, and for 2 % of them one of 50 times that.
    A group's factor is near its survey's.

    Parameters
    ----------
    pairs : Pairs
        Of at least two surveys.
    group_survey : sequence of int
        The survey of each group.
    seed : int
        Which pairs are taken of very many.
    prior : Prior, optional
        Of the surveys' factors; a wide one about 1 by default.
    has_errors : bool
        Whether the errors of the factors are wanted, which take as long as the fit.
    """
    of = np.asarray(group_survey, dtype=np.int64)
    surveys = int(of.max()) + 1
    chosen = np.arange(pairs.difference.size)
    if chosen.size > _MOST_PAIRS:
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.choice(chosen, _MOST_PAIRS, replace=False))
    some = Pairs(*(getattr(pairs, field.name)[chosen] for field in fields(Pairs)))
    sides = np.concatenate([pairs.left, pairs.right])
    stated = np.concatenate([pairs.left_err, pairs.right_err])
    usual = np.array(
        [
            np.median(stated[sides == s]) if (sides == s).any() else 0.0
            for s in range(surveys)
        ]
    )
    likelihood = _Likelihood(some, of, usual, prior or Prior.wide(surveys))
    # Where stated errors hardly differ, nothing tells a floor from a factor: the survey
    # whose errors are the smallest, in whose trace that would show most, has none.
    without = likelihood.maximum(range(surveys))
    size = np.where(usual > 0, usual * np.exp(without[:surveys]), np.inf)
    found = likelihood.maximum([int(size.argmin())])
    errors = likelihood.errors(found) if has_errors else np.full(found.size, np.nan)
    logs, floor = likelihood.parts(found)
    factors, factor_errs = np.exp(logs), np.exp(logs) * errors[: logs.size]
    groups = np.concatenate([pairs.left_group, pairs.right_group])
    return Factors(
        factors[:surveys],
        factor_errs[:surveys],
        factors[surveys:],
        factor_errs[surveys:],
        floor,
        np.bincount(sides, minlength=surveys),
        np.bincount(groups, minlength=of.size),
    )


@dataclass(frozen=True)
class _Likelihood:
    """Of logarithms of surveys' factors, of groups', and floors over usual errors."""

    pairs: Pairs
    of: Integers  # the survey of each group
    usual: Floats  # the usual error of each survey
    prior: Prior

    def parts(self, found: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms, and the floors in the unit of the errors."""
        surveys = self.usual.size
        return found[:-surveys], found[-surveys:] * self.usual

    def maximum(self, without_floor: Iterable[int]) -> Floats:
        """Return what is most likely, where some surveys have no floor."""
        surveys, logs = self.usual.size, self.usual.size + self.of.size
        start = np.full(logs + surveys, _START)
        bounds = [(0.0, _MOST)] * start.size
        for survey in without_floor:
            bounds[logs + survey] = (0.0, 0.0)
            start[logs + survey] = 0.0
        found: Floats = minimize(
            self.negative, start, jac=True, method="L-BFGS-B", bounds=bounds
        ).x
        return found

    def errors(self, found: Floats) -> Floats:
        """Return the errors from the curvature at what is most likely."""
        rows = []
        for place in range(found.size):
            step = np.zeros(found.size)
            step[place] = _STEP
            ahead, behind = self.negative(found + step), self.negative(found - step)
            rows.append((ahead[1] - behind[1]) / _STEP / 2)
        curvature = np.array(rows)
        inverse = np.linalg.pinv(0.5 * (curvature + curvature.T))
        return np.sqrt(np.maximum(np.diag(inverse), 0.0))

    def negative(self, found: Floats) -> tuple[float, Floats]:
        """Return minus the logarithm of likelihood and priors, and its gradient."""
        surveys = self.usual.size
        of_survey, of_group = found[:surveys], found[surveys:-surveys]
        value, of_groups, of_floors = self._of_pairs(of_group, found[-surveys:])
        away = (of_group - of_survey[self.of]) / _SPREAD
        shift = (of_survey - self.prior.centre) / self.prior.width
        of_surveys = (
            shift / self.prior.width - np.bincount(self.of, away, surveys) / _SPREAD
        )
        value += float(0.5 * ((away**2).sum() + (shift**2).sum()))
        return value, np.concatenate(
            [of_surveys, of_groups + away / _SPREAD, of_floors]
        )

    def _of_pairs(self, logs: Floats, floor: Floats) -> tuple[float, Floats, Floats]:
        """Return the same of the pairs alone, by groups and by floors."""
        pairs = self.pairs
        left = np.exp(2 * logs[pairs.left_group]) * pairs.left_err**2
        right = np.exp(2 * logs[pairs.right_group]) * pairs.right_err**2
        added = (floor * self.usual) ** 2
        variance = left + right + added[pairs.left] + added[pairs.right]
        squared = pairs.difference**2 / variance
        of_parts = np.array(
            [
                np.log(part) - 0.5 * (np.log(wider * variance) + squared / wider)
                for part, wider in _PARTS
            ]
        )
        total = np.logaddexp.reduce(of_parts)
        # Twice the derivative by the logarithm of the variance, with either part.
        scaled = sum(
            np.exp(of_part - total) * squared / wider
            for of_part, (_, wider) in zip(of_parts, _PARTS, strict=True)
        )
        slope = (scaled - 1) / variance
        of_groups = _sums(pairs.left_group, slope * left, logs.size)
        of_groups += _sums(pairs.right_group, slope * right, logs.size)
        of_floors = _sums(pairs.left, slope, floor.size)
        of_floors += _sums(pairs.right, slope, floor.size)
        return -float(total.sum()), -of_groups, -of_floors * floor * self.usual**2


def _sums(places: Integers, weights: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(places, weights, size), dtype=np.float64)
