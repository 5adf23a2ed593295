"""Fit the trends and the error factors of all surveys together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np

from stellarwh.scales.error_factors import Factors, Pairs, Prior, fit_factors
from stellarwh.scales.groups import Groups
from stellarwh.scales.order import LEAST, chains, references_of
from stellarwh.scales.places import (
    COVARIATES,
    Places,
    find_places,
    term_names,
    terms_at,
)
from stellarwh.scales.pooling import prior_of_others
from stellarwh.scales.sample import Booleans, Floats, Key, Sample
from stellarwh.scales.trends import Trend, fit_constant, fit_trend

# Zero points alone do for what no parameter of a star can change.
_CONSTANT = ("radial_velocity",)
_PARAMETERS = (*COVARIATES, "alpha_fe")
_ROUNDS = 3  # places, trends and factors need each other
_LEAST_TRENDS = 100  # stars; with fewer the constant alone is fitted
_LEAST_PAIRS = 50  # for factors
# Of the spread of another survey's values for the same stars, that of one that follows.
_LEAST_SPREAD = 0.2
_LEAST_SHARE = 0.1  # of the variance of a difference, for an error not stated
_HELD = (0.5, 99.5)  # per cent of the stars of a fit
_OUTERMOST = 10  # stars at each end that say where a fit ends


@dataclass(frozen=True)
class Limits:
    """Where a trend was fitted, in Teff, log g, [Fe/H] and S/N.

    Attributes
    ----------
    low, high : ndarray of shape (4,)
        Terms are held there.
    least, most : ndarray of shape (3,)
        Beyond them there is no correction.
    """

    low: Floats
    high: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True)
class Fitted:
    """What brings a quantity of a survey to the scale of the reference.

    ``limits`` are None where the correction is the same for all stars.
    """

    reference: str
    via: tuple[str, ...]
    trend: Trend
    limits: Limits | None
    zero_point: float
    zero_point_err: float
    scatter: float


@dataclass
class Scale:
    """All that was fitted.

    Attributes
    ----------
    fitted : dict of (survey, quantity) to Fitted
    factors : dict of str to Factors
        By quantity, of those that two surveys share.
    missing : dict of (survey, quantity) to float
        What stands for an error that is not stated.
    apart : dict of (survey, quantity) to float
        Factors of errors of surveys that are not fitted, as large as they differ.
    """

    fitted: dict[Key, Fitted] = field(default_factory=dict)
    factors: dict[str, Factors] = field(default_factory=dict)
    missing: dict[Key, float] = field(default_factory=dict)
    apart: dict[Key, float] = field(default_factory=dict)

    def zero_points(self) -> dict[Key, float]:
        """Return the zero points alone."""
        return {key: fitted.zero_point for key, fitted in self.fitted.items()}


def fit_scale(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    groups: Groups,
    reference: str,
    seed: int,
    progress: Callable[[int, int, str], object],
) -> Scale:
    """Fit all quantities.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, for its macros.
    sample : Sample
        The stars that surveys share.
    groups : Groups
        For which factors are fitted.
    reference : str
        The survey whose scale it is.
    seed : int
        For all that is drawn.
    progress : callable
        Called with the number of fits done, of how many, and what is fitted next.
    """
    return _Fitting(connection, sample, groups, reference, seed, progress).run()


class _Fitting:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        sample: Sample,
        groups: Groups,
        reference: str,
        seed: int,
        progress: Callable[[int, int, str], object],
    ) -> None:
        self.connection = connection
        self.sample = sample
        self.groups = groups
        self.reference = reference
        self.seed = seed
        self.progress = progress
        self.terms = len(term_names(connection))
        self.scale = Scale()
        self.errs: dict[Key, Floats] = {}
        self.corrections: dict[str, dict[str, Floats]] = {}
        self.places_of_stars: Places

    def run(self) -> Scale:
        for key in self.sample.values:
            self.scale.missing[key] = self._missing(*key)
            self.errs[key] = self._stated(*key)
        covariates = [q for q in COVARIATES if q in self.sample.quantities]
        others = [q for q in self.sample.quantities if q not in covariates]
        self._start(covariates)
        # A place needs zero points and factors, which need places; weights, factors.
        rounds = [*[covariates] * _ROUNDS, others, others]
        last = (_ROUNDS - 1, len(rounds) - 1)
        count, done = sum(map(len, rounds)), 0
        for number, quantities in enumerate(rounds):
            self._place()
            for quantity in quantities:
                self.progress(done, count, quantity)
                self._fit(quantity, is_last=number in last)
                done += 1
        self._pool()
        return self.scale

    def _pool(self) -> None:
        """Fit factors once more, with what those of other quantities say."""
        alone = dict(self.scale.factors)
        for quantity, own in alone.items():
            kin = [
                factors
                for other, factors in alone.items()
                if other != quantity and _kind(other) == _kind(quantity)
            ]
            if kin:
                self._fit_factors(
                    quantity, has_errors=True, prior=prior_of_others(own, kin)
                )

    def _missing(self, survey: str, quantity: str) -> float:
        """Return what stands for errors that are not stated: their usual size."""
        stated = self.sample.errs[survey, quantity]
        if np.isfinite(stated).any():
            return float(np.nanmedian(stated))
        value = self.sample.values[survey, quantity]
        spreads = [
            _scatter(value[both] - self.sample.values[other, quantity][both])
            for other in self.sample.surveys
            if other != survey
            for both in [self.sample.shared(survey, other, quantity)]
            if both.sum() >= LEAST
        ]
        # Half of the variance of a difference.
        return min(filter(None, spreads), default=np.nan) / float(np.sqrt(2))

    def _start(self, quantities: list[str]) -> None:
        """Take medians for zero points, to begin with."""
        for quantity in quantities:
            values = self.sample.values
            moved: dict[str, float] = {}
            for survey, to in chains(self.sample, quantity, self._reference(quantity)):
                both = self.sample.shared(survey, to, quantity)
                if not self._follows(survey, to, quantity, both):
                    continue
                found = values[to, quantity][both] - values[survey, quantity][both]
                moved[survey] = float(np.median(found)) + moved.get(to, 0.0)
                self.scale.fitted[survey, quantity] = Fitted(
                    to, (), fit_constant(found, self.sample.cells[both], 1, [0]),
                    None, moved[survey], np.nan, np.nan,
                )  # fmt: skip

    def _reference(self, quantity: str) -> str:
        return references_of(self.sample, quantity, self.reference) or self.reference

    def _place(self) -> None:
        self.places_of_stars = find_places(
            self.connection, self.sample, self.scale.zero_points(), self._errs_of_all()
        )

    def _errs_of_all(self) -> dict[Key, Floats]:
        """Return errors by the factor of a survey's stars together."""
        found = {}
        for survey, quantity in self.sample.values:
            found[survey, quantity] = self._stated(survey, quantity)
            if (survey, quantity) in self.scale.apart:
                found[survey, quantity] *= self.scale.apart[survey, quantity]
                continue
            factors = self.scale.factors.get(quantity)
            number = self.sample.surveys.index(survey)
            if factors is not None:
                found[survey, quantity] = np.hypot(
                    found[survey, quantity] * factors.of_survey[number],
                    factors.floor[number],
                )
        return found

    def _fit(self, quantity: str, *, is_last: bool) -> None:
        """Fit the trends of a quantity, then its error factors."""
        reference = self._reference(quantity)
        corrections = {reference: np.zeros(self.sample.stars.size)}
        for number, (survey, to) in enumerate(chains(self.sample, quantity, reference)):
            if to not in corrections:
                continue
            fitted = self._fit_step(quantity, survey, to, corrections[to], number)
            if fitted is None:
                self.scale.fitted.pop((survey, quantity), None)
                self._judge_apart(survey, to, quantity)
                continue
            self.scale.fitted[survey, quantity] = fitted
            corrections[survey] = self._correction(survey, fitted)
        self.corrections[quantity] = corrections
        self._fit_factors(quantity, has_errors=is_last)

    def _fit_step(
        self, quantity: str, survey: str, to: str, to_correction: Floats, number: int
    ) -> Fitted | None:
        values, places = self.sample.values, self.places_of_stars
        # Stars beyond what the survey of the step before is known for tell nothing.
        shared = self.sample.shared(survey, to, quantity) & np.isfinite(to_correction)
        seed = [self.seed, self.sample.quantities.index(quantity), number]
        # Stars of a survey that does not measure all of a place have none by it.
        is_placing = all((survey, of_place) in values for of_place in COVARIATES)
        is_constant = quantity in _CONSTANT or not is_placing
        if not is_constant:
            shared &= places.is_known
        if shared.sum() < LEAST or not self._follows(survey, to, quantity, shared):
            return None
        difference = (values[to, quantity] + to_correction - values[survey, quantity])[
            shared
        ]
        err = np.hypot(self.errs[survey, quantity], self.errs[to, quantity])[shared]
        cells = self.sample.cells[shared]
        is_constant |= int(shared.sum()) < _LEAST_TRENDS
        limits = None if is_constant else self._limits(survey, shared)
        constant = fit_constant(difference, cells, self.terms, seed)
        trend = constant
        if limits is not None:
            trend = fit_trend(
                self._terms(survey, limits, shared), difference, err, cells, seed
            )
        via: tuple[str, ...] = ()
        reference = self._reference(quantity)
        if to != reference:
            step = self.scale.fitted[to, quantity]
            via = (*step.via, to)
            # What is wrong with the step before is wrong here, too.
            trend = Trend(
                trend.coefficients,
                trend.covariance + np.nan_to_num(step.trend.covariance),
                trend.n,
            )
        return Fitted(
            reference,
            via,
            trend,
            limits,
            float(constant.coefficients[0]),
            float(np.sqrt(constant.covariance[0, 0])),
            _scatter(difference),
        )

    def _limits(self, survey: str, stars: Booleans) -> Limits:
        covariates = np.column_stack(
            [self.places_of_stars.values[stars], self.sample.snr[survey][stars]]
        )
        with np.errstate(all="ignore"):
            low, high = (
                np.array([_percentile(column, p) for column in covariates.T])
                for p in _HELD
            )
        ordered = np.sort(covariates[:, :3], axis=0)
        end = min(_OUTERMOST, (len(ordered) + 1) // 2) - 1
        return Limits(low, high, ordered[end], ordered[-1 - end])

    def _terms(self, survey: str, limits: Limits, stars: Booleans) -> Floats:
        places = np.clip(
            self.places_of_stars.values[stars], limits.low[:3], limits.high[:3]
        )
        snr = np.clip(self.sample.snr[survey][stars], limits.low[3], limits.high[3])
        return terms_at(self.connection, places, snr, self.terms)

    def _correction(self, survey: str, fitted: Fitted) -> Floats:
        """Return what is added to the values of all stars; NaN beyond the limits."""
        if fitted.limits is None:
            return np.full(self.sample.stars.size, fitted.trend.coefficients[0])
        places = self.places_of_stars
        with np.errstate(invalid="ignore"):
            inside = places.is_known & (
                (places.values >= fitted.limits.least)
                & (places.values <= fitted.limits.most)
            ).all(axis=1)
        result = self.sample.nothing()
        terms = self._terms(survey, fitted.limits, inside)
        result[inside] = terms @ fitted.trend.coefficients
        return result

    def _fit_factors(
        self, quantity: str, *, has_errors: bool, prior: Prior | None = None
    ) -> None:
        """Fit the factors by all pairs of surveys on one scale."""
        sample, corrections = self.sample, self.corrections[quantity]
        group = self.groups.of_stars(sample, self.places_of_stars.is_giant)
        sides = []
        # Without stated errors a survey cannot say whether those of others hold.
        stating = [
            s
            for s in sample.surveys
            if s in corrections and np.isfinite(sample.errs[s, quantity]).any()
        ]
        for i, left in enumerate(stating):
            for right in stating[i + 1 :]:
                # Two releases of the same spectra share their noise.
                if sample.newer.get(left) == right or sample.newer.get(right) == left:
                    continue
                moved = [
                    sample.values[s, quantity] + corrections[s] for s in (left, right)
                ]
                stated = [self._stated(s, quantity) for s in (left, right)]
                difference = moved[0] - moved[1]
                both = np.isfinite(difference) & np.isfinite(stated[0] * stated[1])
                numbers = [sample.surveys.index(s) for s in (left, right)]
                sides.append(
                    (
                        difference[both],
                        *(side[both] for side in stated),
                        *(np.full(int(both.sum()), number) for number in numbers),
                        *(group[s][both] for s in (left, right)),
                    )
                )
        if not sides or sum(len(side[0]) for side in sides) < _LEAST_PAIRS:
            self._judge_unstated(quantity, stating)
            return
        pairs = Pairs(*(np.concatenate(column) for column in zip(*sides, strict=True)))
        factors = fit_factors(
            pairs,
            self.groups.survey,
            self.seed,
            prior=prior,
            has_errors=has_errors,
        )
        self.scale.factors[quantity] = factors
        for survey in stating:
            self.errs[survey, quantity] = np.hypot(
                self._stated(survey, quantity) * factors.of_group[group[survey]],
                factors.floor[sample.surveys.index(survey)],
            )
        self._judge_unstated(quantity, stating)

    def _follows(self, survey: str, to: str, quantity: str, shared: Booleans) -> bool:
        """Return whether values of a survey vary where those of another do."""
        if quantity in _CONSTANT:
            return True
        own, theirs = (self.sample.values[s, quantity][shared] for s in (survey, to))
        return bool(_scatter(own) >= _LEAST_SPREAD * _scatter(theirs))

    def _judge_apart(self, survey: str, to: str, quantity: str) -> None:
        """Let the errors of a survey that is not fitted be as large as it differs."""
        shared = self.sample.shared(survey, to, quantity)
        if shared.sum() >= LEAST:
            values = self.sample.values
            off = (values[survey, quantity] - values[to, quantity])[shared]
            usual = float(np.median(self._stated(survey, quantity)[shared]))
            self.scale.apart[survey, quantity] = max(_scatter(off) / usual, 1.0)

    def _judge_unstated(self, quantity: str, stating: Sequence[str]) -> None:
        """Give errors to surveys that state none: what others' do not account for."""
        sample, corrections = self.sample, self.corrections[quantity]
        for survey in corrections:
            found = []
            for other in stating if survey not in stating else ():
                moved = sample.values[survey, quantity] + corrections[survey]
                off = moved - sample.values[other, quantity] - corrections[other]
                both = np.isfinite(off)
                if both.sum() >= LEAST:
                    whole = _scatter(off[both]) ** 2
                    theirs = np.median(self.errs[other, quantity][both] ** 2)
                    found.append(max(whole - theirs, _LEAST_SHARE * whole))
            if found:
                self.scale.missing[survey, quantity] = float(np.sqrt(min(found)))
                self.errs[survey, quantity] = self._stated(survey, quantity)

    def _stated(self, survey: str, quantity: str) -> Floats:
        stated = self.sample.errs[survey, quantity]
        return np.where(
            np.isfinite(stated), stated, self.scale.missing[survey, quantity]
        )


def _kind(quantity: str) -> str:
    """Return of which kind a quantity is: errors of one kind are stated alike."""
    if quantity in _PARAMETERS:
        return "parameter"
    return quantity if quantity in _CONSTANT else "abundance"


def _scatter(values: Floats) -> float:
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def _percentile(values: Floats, percent: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if known.size else np.nan
