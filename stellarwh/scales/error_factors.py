"""By what a survey's stated errors must be multiplied to hold."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
from scipy.optimize import minimize

from stellarwh.scales.following import scatter_about_zero
from stellarwh.scales.sample import Floats, Integers

# 2 % of the pairs are plainly wrong, by some 7 sigma.
_PARTS = ((0.98, 1.0), (0.02, 50.0))
_START = 0.3  # logarithm of a factor
_MOST = 4.0  # the same, unless the scatter asks for more
_TAIL = 2.0  # widths of a prior, beyond which it falls exponentially
# Of logarithms: how far a survey's factor is from 1, and a group's from its survey's.
_WIDE, _SPREAD = 1.5, 0.15
# A floor of 0 would stay: nothing changes there with a small step.
_LEAST_START = 0.3
_LEAST_PAIRS = 20  # to say how much they scatter
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
    """Priors of the logarithms of surveys' factors.

    Normal within two widths, exponential beyond: a factor of a thousand is unlikely,
    but not so unlikely that pairs which ask for it are not believed.

    Attributes
    ----------
    centre, width : ndarray of shape (n_surveys,)
    least, least_width : ndarray of shape (n_surveys,)
        What factors are at least, as far as that is known: normal below, flat above.
    """

    centre: Floats
    width: Floats
    least: Floats
    least_width: Floats

    @classmethod
    def wide(cls, surveys: int) -> "Prior":
        """Return one that hardly says anything."""
        return cls(
            np.zeros(surveys),
            np.full(surveys, _WIDE),
            np.zeros(surveys),
            np.ones(surveys),
        )

    def at_least(self, least: Floats, width: Floats) -> "Prior":
        """Return the same with lower bounds, in logarithms, and their widths."""
        return replace(self, least=least, least_width=width)

    def negative(self, logs: Floats) -> tuple[float, Floats]:
        """Return minus the logarithm of the prior, and its gradient."""
        shift = (logs - self.centre) / self.width
        near = np.clip(shift, -_TAIL, _TAIL)
        below = np.minimum(logs - self.least, 0.0) / self.least_width
        value = (near * (shift - near / 2)).sum() + 0.5 * (below**2).sum()
        return float(value), near / self.width + below / self.least_width

    def curvature(self, logs: Floats) -> Floats:
        """Return the second derivatives, of shape (n_surveys,)."""
        near = np.abs(logs - self.centre) < _TAIL * self.width
        below = logs < self.least
        return near * self.width**-2.0 + below * self.least_width**-2.0


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
    without_floor : int
        The survey that has no floor.
    found : ndarray of shape (n_surveys + n_groups + n_surveys,)
        What was searched for: logarithms of factors, and floors over usual errors.
    """

    of_survey: Floats
    of_survey_err: Floats
    of_group: Floats
    of_group_err: Floats
    floor: Floats
    n_survey: Integers
    n_group: Integers
    without_floor: int
    found: Floats


def fit_factors(
    pairs: Pairs,
    group_survey: Sequence[int],
    seed: int,
    *,
    prior: Prior | None = None,
    last: Factors | None = None,
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
    last : Factors, optional
        Of an earlier fit of much the same pairs, where the search starts; the same
        survey has no floor.
    has_errors : bool
        Whether the errors of the factors are wanted.
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
    wanted = _wanted(some, usual)
    likelihood = _Likelihood(some, of, usual, prior or Prior.wide(surveys), wanted)
    counts = np.bincount(sides, minlength=surveys)
    if last is None or ((last.n_survey > 0) != (counts > 0)).any():
        without, start = _surest(likelihood), None
    else:
        without, start = last.without_floor, last.found
    found = likelihood.maximum([without], start)
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
        counts,
        np.bincount(groups, minlength=of.size),
        without,
        found,
    )


def _wanted(pairs: Pairs, usual: Floats) -> Floats:
    """Return the logarithms of the factors that would explain all of the scatter.

    Of each survey's pairs with that other one whose differences scatter the least. A
    search that starts from errors which are far too small finds no way: they leave no
    trace in the differences.
    """
    found = np.full(usual.size, np.inf)
    for left, right in product(range(usual.size), repeat=2):
        of_both = (pairs.left == left) & (pairs.right == right)
        if of_both.sum() >= _LEAST_PAIRS:
            size = scatter_about_zero(pairs.difference[of_both])
            for survey in (left, right):
                found[survey] = min(found[survey], size)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        logs = np.log(found) - np.log(usual)
    return np.asarray(np.where(np.isfinite(logs), np.maximum(logs, 0.0), 0.0))


def _surest(likelihood: "_Likelihood") -> int:
    """Return the survey whose errors are the smallest: the one that has no floor.

    Where stated errors hardly differ, nothing tells a floor from a factor; in the
    trace of the smallest errors that would show most.
    """
    usual = likelihood.usual
    logs, _ = likelihood.parts(likelihood.maximum(range(usual.size)))
    size = np.where(usual > 0, usual * np.exp(logs[: usual.size]), np.inf)
    return int(size.argmin())


@dataclass(frozen=True)
class _Likelihood:
    """Of logarithms of surveys' factors, of groups', and floors over usual errors."""

    pairs: Pairs
    of: Integers  # the survey of each group
    usual: Floats  # the usual error of each survey
    prior: Prior
    wanted: Floats  # the logarithms of factors that would explain all

    def parts(self, found: Floats) -> tuple[Floats, Floats]:
        """Return the logarithms, and the floors in the unit of the errors."""
        surveys = self.usual.size
        return found[:-surveys], found[-surveys:] * self.usual

    def maximum(
        self, without_floor: Sequence[int], start: Floats | None = None
    ) -> Floats:
        """Return what is most likely, where some surveys have no floor."""
        surveys, logs = self.usual.size, self.usual.size + self.of.size
        starts = [np.full(logs + surveys, _START) if start is None else start]
        is_far = self.wanted > _MOST
        if is_far.any():
            # Half of the variance of a difference.
            each = np.where(is_far, self.wanted - 0.5 * np.log(2), _START)
            floors = np.full(surveys, _START)
            starts.append(np.concatenate([each, each[self.of], floors]))
        most = np.where(is_far, self.wanted + 1.0, _MOST)
        ends = np.concatenate([most, most[self.of], np.full(surveys, _MOST)])
        least = np.repeat([0.0, _LEAST_START], [logs, surveys])
        for survey in without_floor:
            ends[logs + survey] = least[logs + survey] = 0.0
        every = [
            minimize(
                self.negative,
                np.clip(start, least, ends),
                jac=True,
                method="L-BFGS-B",
                bounds=[(0.0, end) for end in ends],
            )
            for start in starts
        ]
        found: Floats = min(every, key=lambda result: float(result.fun)).x
        return found

    def errors(self, found: Floats) -> Floats:
        """Return the errors from the curvature at what is most likely."""
        inverse = np.linalg.pinv(self.curvature(found))
        return np.sqrt(np.maximum(np.diag(inverse), 0.0))

    def curvature(self, found: Floats) -> Floats:
        """Return the second derivatives of what `negative` returns."""
        surveys, logs = self.usual.size, self.usual.size + self.of.size
        result = np.zeros((found.size, found.size))
        of_group = np.arange(surveys, logs)
        result[self.of, self.of] += np.bincount(self.of, minlength=surveys)[self.of]
        result[of_group, of_group] += 1
        result[of_group, self.of] -= 1
        result[self.of, of_group] -= 1
        result /= _SPREAD**2
        of_survey = np.arange(surveys)
        result[of_survey, of_survey] += self.prior.curvature(found[:surveys])
        result[surveys:, surveys:] -= self._curvature_of_pairs(
            found[surveys:logs], found[logs:]
        )
        return result

    def negative(self, found: Floats) -> tuple[float, Floats]:
        """Return minus the logarithm of likelihood and priors, and its gradient."""
        surveys = self.usual.size
        of_survey, of_group = found[:surveys], found[surveys:-surveys]
        value, of_groups, of_floors = self._of_pairs(of_group, found[-surveys:])
        away = (of_group - of_survey[self.of]) / _SPREAD
        of_prior, by_prior = self.prior.negative(of_survey)
        of_surveys = by_prior - np.bincount(self.of, away, surveys) / _SPREAD
        value += of_prior + float(0.5 * (away**2).sum())
        return value, np.concatenate(
            [of_surveys, of_groups + away / _SPREAD, of_floors]
        )

    def _of_pairs(self, logs: Floats, floor: Floats) -> tuple[float, Floats, Floats]:
        """Return the same of the pairs alone, by groups and by floors."""
        pairs = self.pairs
        left, right, variance = self._variances(logs, floor)
        total, shares, slopes = _mixture(pairs.difference, variance)
        slope = 2 * sum(s * a for s, a in zip(shares, slopes, strict=True)) / variance
        of_groups = _sums(pairs.left_group, slope * left, logs.size)
        of_groups += _sums(pairs.right_group, slope * right, logs.size)
        of_floors = _sums(pairs.left, slope, floor.size)
        of_floors += _sums(pairs.right, slope, floor.size)
        return -float(total.sum()), -of_groups, -of_floors * floor * self.usual**2

    def _variances(self, logs: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the parts of the variance that the factors make, and the whole."""
        pairs = self.pairs
        left = np.exp(2 * logs)[pairs.left_group] * pairs.left_err**2
        right = np.exp(2 * logs)[pairs.right_group] * pairs.right_err**2
        added = (floor * self.usual) ** 2
        return left, right, left + right + added[pairs.left] + added[pairs.right]

    def _curvature_of_pairs(self, logs: Floats, floor: Floats) -> Floats:
        """Return second derivatives of the pairs' likelihood by logarithms and floors.

        By the chain rule over the variance V, which each pair has of two groups and
        two floors: with x = log V, (L_xx - L_x) V_i V_j / V^2 + L_x V_ij / V.
        """
        pairs, size = self.pairs, logs.size + floor.size
        left, right, variance = self._variances(logs, floor)
        _, shares, slopes = _mixture(pairs.difference, variance)
        first = sum(s * a for s, a in zip(shares, slopes, strict=True))
        # Of each part L_xx is -(a + 1/2), a its first derivative.
        second = (
            sum(s * (a**2 - a - 0.5) for s, a in zip(shares, slopes, strict=True))
            - first**2
        )
        by_floor, twice = 2 * floor * self.usual**2, 2 * self.usual**2
        sides = [
            (pairs.left_group, 2 * left, 4 * left),
            (pairs.right_group, 2 * right, 4 * right),
            (logs.size + pairs.left, by_floor[pairs.left], twice[pairs.left]),
            (logs.size + pairs.right, by_floor[pairs.right], twice[pairs.right]),
        ]
        mixed = (second - first) / variance**2
        found = np.zeros(size * size)
        for (one, by_one, _), (other, by_other, _) in product(sides, sides):
            found += _sums(one * size + other, mixed * by_one * by_other, found.size)
        for one, _, twice_by_one in sides:
            found += _sums(
                one * (size + 1), first / variance * twice_by_one, found.size
            )
        return found.reshape(size, size)


def _mixture(
    difference: Floats, variance: Floats
) -> tuple[Floats, list[Floats], list[Floats]]:
    """Return the logarithm of likelihood of each difference, and of what it is made.

    Returns
    -------
    total : ndarray of shape (n,)
    shares : list of ndarray of shape (n,)
        Of each part of the mixture: how likely the difference is of it.
    slopes : list of ndarray of shape (n,)
        Of each part: the derivative by the logarithm of the variance.
    """
    squared, log_variance = difference**2 / variance, np.log(variance)
    slopes = [0.5 * (squared / wider - 1) for _, wider in _PARTS]
    # -log(w V) / 2 - s / 2 w, of which s / 2 w = slope + 1/2.
    logs = [
        np.log(part / np.sqrt(wider)) - 0.5 * (log_variance + 1) - slope
        for (part, wider), slope in zip(_PARTS, slopes, strict=True)
    ]
    total = np.logaddexp(*logs)
    return total, [np.exp(log - total) for log in logs], slopes


def _sums(places: Integers, weights: Floats, size: int) -> Floats:
    return np.asarray(np.bincount(places, weights, size), dtype=np.float64)
