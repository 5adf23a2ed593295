"""Groups of stars whose intervals are calibrated apart.

Intervals that hold on average may fail for giants, for faint stars, or for those
without Gaia. A group is what a star has (its pattern of missing features), what it is
(giant or dwarf, by its predicted Teff and log g) and how noisy its spectrum is (S/N
below 50 or not): all of it is known for every star, labelled or not, and none of it
from its label.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.conformal import (
    LEVELS,
    conformal_quantile,
    normal_quantile,
)
from stellarwh.learning.uncertainty.patterns import pattern_codes

# A group with fewer calibration stars than this shares the factor of the wider group it
# is in: its own would be off by two points or more.
FEWEST_OF_A_GROUP = 400
# S/N per pixel that divides noisy spectra from good ones, as in main.star_strata.
LOW_SNR = 50.0
_SNR = "snr"
_KIELS = ("teff", "logg")


@dataclass(frozen=True)
class Grouping:
    """What divides stars into groups.

    Attributes
    ----------
    pattern_keys : list of str
        Features whose presence makes a pattern.
    snr_features : list of str
        Features that are a S/N; the lowest one that a star has counts.
    """

    pattern_keys: list[str] = field(default_factory=list)
    snr_features: list[str] = field(default_factory=list)

    def codes(
        self, features: pl.DataFrame, values: Mapping[str, Floats]
    ) -> list[Integers]:
        """Return the group of each star, from wide to narrow.

        Parameters
        ----------
        features : polars.DataFrame
            n rows of features.
        values : mapping of str to ndarray of shape (n,)
            Predicted values by target; giants and dwarfs are told apart where Teff and
            log g are among them, NaN where unknown.

        Returns
        -------
        list of ndarray of shape (n,)
            Code by pattern, and by pattern, kind and S/N.
        """
        pattern = pattern_codes(features, self.pattern_keys)
        kind = np.zeros(len(features), dtype=np.int64)
        if all(name in values for name in _KIELS):
            teff, logg = (values[name] for name in _KIELS)
            kind = np.where(is_giant(teff, logg), 2, 1)
            kind[~np.isfinite(teff) | ~np.isfinite(logg)] = 0
        return [pattern, 9 * pattern + 3 * kind + self._noise(features)]

    def _noise(self, features: pl.DataFrame) -> Integers:
        """Return 1 where the lowest S/N is low, 2 where it is not, 0 where unknown."""
        if not self.snr_features:
            return np.zeros(len(features), dtype=np.int64)
        lowest = pl.min_horizontal(self.snr_features)
        noise = pl.when(lowest < LOW_SNR).then(1).otherwise(2)
        code = pl.when(lowest.is_null()).then(0).otherwise(noise).cast(pl.Int64)
        return np.asarray(features.select(code.alias("noise"))["noise"].to_numpy())


def snr_features(names: Sequence[str]) -> list[str]:
    """Return which features are a S/N: ``snr`` itself, or that of one survey."""
    return [name for name in names if name == _SNR or name.endswith(f"_{_SNR}")]


def is_giant(teff: Floats, logg: Floats) -> Booleans:
    """Return which stars are giants, as the SQL macro ``giant_or_dwarf`` has it.

    The line of Ciardi et al. (2011): dwarfs have log g of at least 3.5 above 6000 K,
    4.0 below 4250 K, 5.2 - 0.00028 Teff in between.

    Parameters
    ----------
    teff, logg : ndarray of shape (n,)
        Effective temperature in K and log10 of the surface gravity in cm/s².
    """
    line = np.where(teff >= 6000, 3.5, np.where(teff <= 4250, 4.0, 5.2 - 2.8e-4 * teff))
    return np.asarray(logg < line)


@dataclass(frozen=True)
class Factors:
    """How many predicted spreads the half-width of an interval has, per level.

    Attributes
    ----------
    shared : dict of int to float
        Of all stars, for groups that are too small.
    own : list of dict
        As `Grouping.codes` has them from wide to narrow: code to factor per level.
    """

    shared: dict[int, float]
    own: list[dict[int, dict[int, float]]]

    def of(self, codes: Sequence[Integers], level: int) -> Floats:
        """Return the factor of each star: that of its narrowest group that has one.

        Parameters
        ----------
        codes : sequence of ndarray of shape (n,)
            From `Grouping.codes`.
        level : int
            Per cent that the interval holds.
        """
        found = np.full(len(codes[0]), self.shared[level])
        for code, own in zip(codes, self.own, strict=True):
            unique, which = np.unique(code, return_inverse=True)
            factors = [own.get(int(c), {}).get(level, np.nan) for c in unique]
            of_group = np.asarray(factors)[which]
            found = np.where(np.isfinite(of_group), of_group, found)
        return found

    def per_level(self, codes: Sequence[Integers]) -> Floats:
        """Return the factors of each star, of shape (n, levels)."""
        return np.column_stack([self.of(codes, level) for level in LEVELS])

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts with texts as keys."""
        return {
            "shared": {str(level): factor for level, factor in self.shared.items()},
            "own": [
                {
                    str(code): {str(level): factor for level, factor in found.items()}
                    for code, found in own.items()
                }
                for own in self.own
            ],
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Factors":
        """Return what `as_json` wrote."""
        return cls(
            {int(level): factor for level, factor in facts["shared"].items()},
            [
                {
                    int(code): {int(level): factor for level, factor in found.items()}
                    for code, found in own.items()
                }
                for own in facts["own"]
            ],
        )


def calibrate(scores: Mapping[int, Floats], codes: Sequence[Integers]) -> Factors:
    """Return the conformal quantile of the scores, of all stars and of each group.

    Intervals then hold what they promise in every group that is large enough, not on
    average alone (Mondrian conformal prediction, Vovk et al. 2005).

    Parameters
    ----------
    scores : mapping of int to ndarray of shape (n,)
        Per level, what `interval_scores` returned.
    codes : sequence of ndarray of shape (n,)
        From `Grouping.codes`.
    """
    shared = _nested(scores, np.ones(len(codes[0]), dtype=np.bool_))
    own = []
    for code in codes:
        unique, counts = np.unique(code, return_counts=True)
        own.append(
            {
                int(c): _nested(scores, code == c)
                for c in unique[counts >= FEWEST_OF_A_GROUP]
            }
        )
    return Factors(shared, own)


def _nested(scores: Mapping[int, Floats], inside: Booleans) -> dict[int, float]:
    """Return the factor of each level, none of which gives a narrower interval.

    Quantiles of each level's own scores alone need not: labels that err by one fixed
    amount, say, are all covered at a lower factor of the wider level.
    """
    found: dict[int, float] = {}
    least = 0.0
    for level in sorted(LEVELS):
        factor = conformal_quantile(scores[level][inside], level)
        found[level] = max(factor, least / normal_quantile(level))
        least = found[level] * normal_quantile(level)
    return found
