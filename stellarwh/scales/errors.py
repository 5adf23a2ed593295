"""Errors that hold of surveys: by pairs, by repeats, by differences."""

from collections.abc import Mapping, Sequence

import numpy as np

from stellarwh.scales.error_factors import Factors, Pairs, Prior, fit_factors
from stellarwh.scales.following import scatter, scatter_about_zero
from stellarwh.scales.groups import Groups
from stellarwh.scales.kinds import is_near, kind_of
from stellarwh.scales.order import LEAST
from stellarwh.scales.pooling import agreed_factor, prior_of_others
from stellarwh.scales.repeats import Repeats
from stellarwh.scales.sample import Floats, Integers, Key, Sample

_LEAST_PAIRS = 50  # for factors
_LEAST_SHARE = 0.1  # of the variance of a difference, for an error not stated


class Errors:
    """By what stated errors are multiplied, and what stands for those not stated.

    Attributes
    ----------
    factors : dict of str to Factors
        By quantity, of those that two surveys share.
    missing : dict of (survey, quantity) to float
        What stands for an error that is not stated.
    apart : dict of (survey, quantity) to float
        Factors of errors of surveys that are not fitted, as large as they differ.
    agreed : dict of (survey, quantity) to (float, float)
        Of quantities that no pairs judge: the factor of the survey's others, with its
        error.
    """

    def __init__(
        self, sample: Sample, groups: Groups, repeats: Repeats, seed: int
    ) -> None:
        self.factors: dict[str, Factors] = {}
        self.missing = {key: _usual(sample, *key) for key in sample.values}
        self.apart: dict[Key, float] = {}
        self.agreed: dict[Key, tuple[float, float]] = {}
        self._sample = sample
        self._groups = groups
        self._repeats = repeats
        self._seed = seed

    def stated(self, survey: str, quantity: str) -> Floats:
        """Return the errors that a survey states, or what stands for them."""
        stated = self._sample.errs[survey, quantity]
        return np.where(np.isfinite(stated), stated, self.missing[survey, quantity])

    def holding(
        self, survey: str, quantity: str, group: Integers | None = None
    ) -> Floats:
        """Return the errors that hold: of each star's group, or of all stars alike.

        As macro ``holding_err`` has them, of what `store_scale` writes.

        Parameters
        ----------
        survey, quantity : str
        group : ndarray of shape (n,), optional
            The number of each star's group.
        """
        stated, number = self.stated(survey, quantity), self._number(survey)
        factors = self.factors.get(quantity)
        if factors is None or not factors.n_survey[number]:
            return stated * self.alone(survey, quantity)[0]
        by_stars = factors.of_survey[number]
        factor = by_stars if group is None else factors.of_group[group]
        return np.asarray(np.hypot(stated * factor, factors.floor[number]))

    def alone(self, survey: str, quantity: str) -> tuple[float, float | None, str]:
        """Return the factor of a survey whose errors no pairs tell of.

        Returns
        -------
        factor : float
            As large as it differs of a survey that is not fitted; else that of its
            other quantities, and at least that of repeated observations.
        error : float or None
        method : str
            Where it is from, as ``scale.error_factors`` has it.
        """
        key = (survey, quantity)
        if key in self.apart:
            return self.apart[key], None, "differences"
        repeated = self._repeats.factors.get(key)
        factor, error = self.agreed.get(key, (0.0, None))
        if repeated is not None and factor < max(repeated, 1.0):
            return max(repeated, 1.0), None, "repeats"
        if error is not None:
            return factor, error, "other quantities"
        return 1.0, None, "stated"

    def judge(
        self,
        quantity: str,
        corrections: Mapping[str, Floats],
        group: Mapping[str, Integers],
        *,
        has_errors: bool,
        prior: Prior | None = None,
    ) -> None:
        """Fit the factors of a quantity by all pairs of surveys on one scale.

        Parameters
        ----------
        quantity : str
        corrections : mapping of str to ndarray of shape (n,)
            What is added to the values of each survey on the scale; NaN where nothing
            is known to be.
        group : mapping of str to ndarray of shape (n,)
            The number of each star's group, by survey.
        has_errors : bool
            Whether the errors of the factors are wanted.
        prior : Prior, optional
            Of the surveys' factors.
        """
        # Without stated errors a survey cannot say whether those of others hold.
        stating = [
            survey
            for survey in self._sample.surveys
            if survey in corrections
            and np.isfinite(self._sample.errs[survey, quantity]).any()
        ]
        pairs = self._pairs(quantity, stating, corrections, group)
        if pairs is not None:
            self.factors[quantity] = fit_factors(
                pairs,
                self._groups.survey,
                self._seed,
                prior=prior,
                last=self.factors.get(quantity),
                has_errors=has_errors,
            )
        self._judge_unstated(quantity, stating, corrections, group)

    def pool(
        self,
        corrections: Mapping[str, Mapping[str, Floats]],
        group: Mapping[str, Integers],
    ) -> None:
        """Fit all factors once more, with what other quantities and repeats say.

        Parameters
        ----------
        corrections, group
            As for `judge`, the first by quantity.
        """
        alone = dict(self.factors)
        for quantity, own in alone.items():
            kin = [
                factors
                for other, factors in alone.items()
                if other != quantity and kind_of(other) == kind_of(quantity)
            ]
            surveys = self._sample.surveys
            least = self._repeats.least(surveys, quantity)
            prior = prior_of_others(own, kin) if kin else Prior.wide(len(surveys))
            self.judge(
                quantity,
                corrections[quantity],
                group,
                has_errors=True,
                prior=prior.at_least(*least),
            )

    def agree(self, survey: str, quantity: str) -> None:
        """Take the factor of a survey's other quantities for one that no pairs judge.

        Of those of its kind, else of the nearest. With the floor at the usual error:
        by how much it is too small in all.
        """
        number = self._number(survey)
        judged = {
            other: factors
            for other, factors in self.factors.items()
            if factors.n_survey[number]
        }
        kind = kind_of(quantity)
        near = {
            other: factors
            for other, factors in judged.items()
            if is_near(kind, kind_of(other))
        }
        own = {other: f for other, f in near.items() if kind_of(other) == kind}
        if quantity in judged or not near:
            return
        factors, errors = [], []
        for other, found in (own or near).items():
            usual = float(np.nanmedian(self.stated(survey, other)))
            factor = found.of_survey[number]
            factors.append(np.hypot(factor, found.floor[number] / usual))
            errors.append(found.of_survey_err[number] / factor)
        self.agreed[survey, quantity] = agreed_factor(factors, errors)

    def judge_apart(self, survey: str, to: str, quantity: str) -> None:
        """Let the errors of a survey that is not fitted be as large as it differs."""
        shared = self._sample.shared(survey, to, quantity)
        if shared.sum() >= LEAST:
            values = self._sample.values
            off = (values[survey, quantity] - values[to, quantity])[shared]
            usual = float(np.median(self.stated(survey, quantity)[shared]))
            self.apart[survey, quantity] = max(scatter_about_zero(off) / usual, 1.0)

    def _number(self, survey: str) -> int:
        return self._sample.surveys.index(survey)

    def _pairs(
        self,
        quantity: str,
        stating: Sequence[str],
        corrections: Mapping[str, Floats],
        group: Mapping[str, Integers],
    ) -> Pairs | None:
        """Return the differences of all pairs of surveys; None of too few."""
        sample, sides = self._sample, []
        for i, left in enumerate(stating):
            for right in stating[i + 1 :]:
                # Two releases of the same spectra share their noise.
                if sample.newer.get(left) == right or sample.newer.get(right) == left:
                    continue
                both = (left, right)
                moved = [sample.values[s, quantity] + corrections[s] for s in both]
                stated = [self.stated(s, quantity) for s in both]
                difference = moved[0] - moved[1]
                known = np.isfinite(difference) & np.isfinite(stated[0] * stated[1])
                count = int(known.sum())
                sides.append(
                    (
                        difference[known],
                        *(side[known] for side in stated),
                        *(np.full(count, self._number(s)) for s in both),
                        *(group[s][known] for s in both),
                    )
                )
        if sum(len(side[0]) for side in sides) < _LEAST_PAIRS:
            return None
        return Pairs(*(np.concatenate(column) for column in zip(*sides, strict=True)))

    def _judge_unstated(
        self,
        quantity: str,
        stating: Sequence[str],
        corrections: Mapping[str, Floats],
        group: Mapping[str, Integers],
    ) -> None:
        """Give errors to surveys that state none: what others' do not account for."""
        values = self._sample.values
        for survey in corrections:
            found = []
            for other in stating if survey not in stating else ():
                moved = values[survey, quantity] + corrections[survey]
                off = moved - values[other, quantity] - corrections[other]
                both = np.isfinite(off)
                if both.sum() >= LEAST:
                    whole = scatter(off[both]) ** 2
                    holding = self.holding(other, quantity, group[other])
                    theirs = np.median(holding[both] ** 2)
                    found.append(max(whole - theirs, _LEAST_SHARE * whole))
            if found:
                self.missing[survey, quantity] = float(np.sqrt(min(found)))


def _usual(sample: Sample, survey: str, quantity: str) -> float:
    """Return what stands for errors that are not stated: their usual size."""
    stated = sample.errs[survey, quantity]
    if np.isfinite(stated).any():
        return float(np.nanmedian(stated))
    value = sample.values[survey, quantity]
    spreads = [
        scatter(value[both] - sample.values[other, quantity][both])
        for other in sample.surveys
        if other != survey
        for both in [sample.shared(survey, other, quantity)]
        if both.sum() >= LEAST
    ]
    # Half of the variance of a difference.
    return min(filter(None, spreads), default=np.nan) / float(np.sqrt(2))
