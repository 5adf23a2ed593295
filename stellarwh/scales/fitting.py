"""Fit the trends of all surveys together, in turn with their errors."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import numpy as np

from stellarwh.scales.error_factors import Factors
from stellarwh.scales.errors import Errors
from stellarwh.scales.following import follows, scatter
from stellarwh.scales.groups import Groups
from stellarwh.scales.kinds import CONSTANT, PARAMETERS
from stellarwh.scales.order import LEAST, chains, references_of
from stellarwh.scales.places import (
    COVARIATES,
    Places,
    find_places,
    term_names,
    terms_at,
)
from stellarwh.scales.repeats import Repeats
from stellarwh.scales.sample import Booleans, Floats, Integers, Key, Sample
from stellarwh.scales.trends import Trend, fit_constant, fit_trend

_ROUNDS = 3  # places, trends and factors need each other
_LEAST_TRENDS = 100  # stars; with fewer the constant alone is fitted
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


@dataclass(frozen=True)
class Scale:
    """All that was fitted.

    Attributes
    ----------
    fitted : dict of (survey, quantity) to Fitted
    errors : Errors
        By what stated errors are multiplied.
    """

    fitted: dict[Key, Fitted]
    errors: Errors

    @property
    def factors(self) -> dict[str, Factors]:
        """Factors by quantity, of those that two surveys share."""
        return self.errors.factors


def fit_scale(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    groups: Groups,
    repeats: Repeats,
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
    repeats : Repeats
        Which tell of the errors of surveys that no pairs tell of.
    reference : str
        The survey whose scale it is.
    seed : int
        For all that is drawn.
    progress : callable
        Called with the number of fits done, of how many, and what is fitted next.
    """
    errors = Errors(sample, groups, repeats, seed)
    return _Fitting(connection, sample, groups, errors, reference, seed, progress).run()


class _Fitting:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        sample: Sample,
        groups: Groups,
        errors: Errors,
        reference: str,
        seed: int,
        progress: Callable[[int, int, str], object],
    ) -> None:
        self.connection = connection
        self.sample = sample
        self.groups = groups
        self.errors = errors
        self.reference = reference
        self.seed = seed
        self.progress = progress
        self.terms = len(term_names(connection))
        self.fitted: dict[Key, Fitted] = {}
        self.zero_points: dict[Key, float] = {}  # of what is on the scale
        self.corrections: dict[str, dict[str, Floats]] = {}
        self.places_of_stars: Places
        self.group_of_stars: dict[str, Integers]

    def run(self) -> Scale:
        covariates = [q for q in COVARIATES if q in self.sample.quantities]
        others = [q for q in self.sample.quantities if q not in covariates]
        for quantity in covariates:
            self._start(quantity)
        # A place needs zero points and factors, which need places; weights, factors.
        rounds = [*[covariates] * _ROUNDS, others, others]
        last = (_ROUNDS - 1, len(rounds) - 1)
        count, done = sum(map(len, rounds)), 0
        for number, quantities in enumerate(rounds):
            if number <= _ROUNDS:  # from then on nothing of a place changes
                self._place()
            for quantity in quantities:
                self.progress(done, count, quantity)
                self._fit(quantity, is_last=number in last)
                done += 1
        self.errors.pool(self.corrections, self.group_of_stars)
        return Scale(self.fitted, self.errors)

    def _start(self, quantity: str) -> None:
        """Take medians for zero points, to begin with."""
        values, reference = self.sample.values, self._reference(quantity)
        self.zero_points[reference, quantity] = 0.0
        for survey, to in chains(self.sample, quantity, reference):
            both = self.sample.shared(survey, to, quantity)
            if self._follows(survey, to, quantity, both):
                found = values[to, quantity][both] - values[survey, quantity][both]
                self.zero_points[survey, quantity] = float(
                    np.median(found)
                ) + self.zero_points.get((to, quantity), 0.0)

    def _reference(self, quantity: str) -> str:
        return references_of(self.sample, quantity, self.reference) or self.reference

    def _place(self) -> None:
        errs = {key: self.errors.holding(*key) for key in self.sample.values}
        self.places_of_stars = find_places(
            self.connection, self.sample, self.zero_points, errs
        )
        self.group_of_stars = self.groups.of_stars(
            self.sample, self.places_of_stars.is_giant
        )

    def _fit(self, quantity: str, *, is_last: bool) -> None:
        """Fit the trends of a quantity, then its error factors."""
        reference = self._reference(quantity)
        corrections = {reference: np.zeros(self.sample.stars.size)}
        for number, (survey, to) in enumerate(chains(self.sample, quantity, reference)):
            if to not in corrections:
                continue
            key = (survey, quantity)
            found = self._fit_step(quantity, survey, to, corrections[to], number)
            if found is None:
                self.fitted.pop(key, None)
                self.zero_points.pop(key, None)
                self.errors.judge_apart(survey, to, quantity)
                continue
            self.fitted[key], corrections[survey] = found
            self.zero_points[key] = self.fitted[key].zero_point
            self.errors.apart.pop(key, None)
        self.corrections[quantity] = corrections
        self.errors.judge(
            quantity, corrections, self.group_of_stars, has_errors=is_last
        )

    def _fit_step(
        self, quantity: str, survey: str, to: str, to_correction: Floats, number: int
    ) -> tuple[Fitted, Floats] | None:
        """Return what brings a survey to another, and what it adds to all values."""
        values, places = self.sample.values, self.places_of_stars
        # Stars beyond what the survey of the step before is known for tell nothing.
        shared = self.sample.shared(survey, to, quantity) & np.isfinite(to_correction)
        seed = [self.seed, self.sample.quantities.index(quantity), number]
        # Stars of a survey that does not measure all of a place have none by it.
        is_placing = all((survey, of_place) in values for of_place in COVARIATES)
        is_constant = quantity in CONSTANT or not is_placing
        if not is_constant:
            shared &= places.is_known
        if shared.sum() < LEAST or not self._follows(survey, to, quantity, shared):
            return None
        difference = (values[to, quantity] + to_correction - values[survey, quantity])[
            shared
        ]
        err = np.hypot(
            *(
                self.errors.holding(s, quantity, self.group_of_stars[s])
                for s in (survey, to)
            )
        )[shared]
        cells = self.sample.cells[shared]
        is_constant |= int(shared.sum()) < _LEAST_TRENDS
        limits = None if is_constant else self._limits(survey, shared)
        constant = fit_constant(difference, cells, self.terms, seed)
        trend, correction = constant, np.full(self.sample.stars.size, np.nan)
        if limits is not None:
            known = places.is_known & np.isfinite(values[survey, quantity])
            terms = self._terms(survey, limits, known)
            trend = fit_trend(terms[shared[known]], difference, err, cells, seed)
            correction[known] = terms @ trend.coefficients
            with np.errstate(invalid="ignore"):
                inside = (places.values >= limits.least) & (
                    places.values <= limits.most
                )
            correction[~inside.all(axis=1)] = np.nan
        else:
            correction[:] = trend.coefficients[0]
        via: tuple[str, ...] = ()
        reference = self._reference(quantity)
        if to != reference:
            step = self.fitted[to, quantity]
            via = (*step.via, to)
            # What is wrong with the step before is wrong here, too.
            trend = Trend(
                trend.coefficients,
                trend.covariance + np.nan_to_num(step.trend.covariance),
                trend.n,
            )
        fitted = Fitted(
            reference,
            via,
            trend,
            limits,
            float(constant.coefficients[0]),
            float(np.sqrt(constant.covariance[0, 0])),
            scatter(difference),
        )
        return fitted, correction

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

    def _follows(self, survey: str, to: str, quantity: str, shared: Booleans) -> bool:
        """Return whether values of a survey vary where those of another do."""
        if quantity in CONSTANT:
            return True
        own, theirs = (self.sample.values[s, quantity][shared] for s in (survey, to))
        return follows(
            own,
            theirs,
            float(np.median(self.errors.holding(to, quantity)[shared])),
            [self.seed, self.sample.quantities.index(quantity)],
            is_sure=quantity in PARAMETERS,
        )


def _percentile(values: Floats, percent: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.percentile(known, percent)) if known.size else np.nan
