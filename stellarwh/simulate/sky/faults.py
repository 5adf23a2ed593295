"""What is wrong with the values of surveys beyond honest noise.

Values drift with Teff, log g, [Fe/H] and S/N about the survey's offset, every plate has
offsets of its own, one row in a hundred is plainly wrong, and stated errors are too
small. ``faults.csv`` has every size with its source. What was injected goes to
the truth file, row by row, and nowhere else.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, hash_normal
from stellarwh.simulate.sky.stars import Stars

SURVEYS = ("apogee", "galah", "lamost")
QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")
OUTLIERS = 0.01  # part of the rows; 0.5 to 2 % of common stars are beyond five sigma
# An outlier errs by this many of the typical random errors of its survey.
_LEAST_SIGMA, _MOST_SIGMA = 5.0, 10.0
# What no pipeline reports: an outlier errs to the other side instead.
_LIMITS = {
    "teff": (3200.0, 20_000.0),
    "logg": (0.0, 5.0),
    "fe_h": (-2.5, 0.6),
    "alpha_fe": (-0.4, 0.8),
}
_TERMS = ("teff", "logg", "fe_h", "snr")


@cache
def sizes() -> dict[tuple[str, str, str], float]:
    """Return sizes by survey, quantity and term, as ``faults.csv`` has them.

    Terms are slopes with ``teff`` (per 1000 K), ``logg`` and ``fe_h`` (per dex) and
    ``snr`` (per factor of ten below 100), the standard deviation of ``plate`` offsets,
    the unit of an ``outlier``, and by what true errors are multiplied to be ``stated``.
    """
    text = files("stellarwh.simulate").joinpath("faults.csv").read_text("utf-8")
    return {
        (row["survey"], row["quantity"], row["term"]): float(row["size"])
        for row in csv.DictReader(text.splitlines())
    }


def stated_share(survey: str) -> float:
    """Return the stated error over the true one."""
    return sizes()[survey, "all", "stated"]


def trend(
    survey: str,
    quantity: str,
    teff: FloatArray,
    logg: FloatArray,
    fe_h: FloatArray,
    snr: FloatArray,
) -> FloatArray:
    """Return by how much a survey's values are off, beside its offset, at true values.

    Linear in Teff - 4800 K, log g - 2.5, [Fe/H] and log10(100 / S/N), each held at its
    ends: 3300 to 7800 K, 0 to 5, -2 to 0.5, and S/N 100 to 10.

    Parameters
    ----------
    survey, quantity : str
        One of `SURVEYS` and of `QUANTITIES`.
    teff, logg, fe_h, snr : ndarray of shape (n,)
        True values of the stars in K and dex, and S/N of the rows.

    Returns
    -------
    ndarray of shape (n,)
        In K for Teff, else in dex.
    """
    terms = (
        np.clip((teff - 4800.0) / 1000.0, -1.5, 3.0),
        np.clip(logg - 2.5, -2.5, 2.5),
        np.clip(fe_h, -2.0, 0.5),
        np.clip(np.log10(100.0 / np.maximum(snr, 1.0)), 0.0, 1.0),
    )
    result = np.zeros(teff.size)
    for name, term in zip(_TERMS, terms, strict=True):
        result += sizes().get((survey, quantity, name), 0.0) * term
    return result


@dataclass(frozen=True)
class Injected:
    """What was added to the values of n rows beside offset and honest noise.

    Attributes
    ----------
    trends, plates, outliers : dict of str to ndarray of shape (n,)
        Per quantity, in K or dex.
    plate : ndarray of shape (n,)
        Number of the plate, within the survey.
    stated : float
        What the true errors were multiplied by to be stated.
    """

    trends: dict[str, FloatArray]
    plates: dict[str, FloatArray]
    outliers: dict[str, FloatArray]
    plate: IntArray
    stated: float

    @property
    def is_outlier(self) -> BoolArray:
        """Whether a row is plainly wrong."""
        result: BoolArray = self.outliers["teff"] != 0.0
        return result

    def of(self, quantity: str) -> FloatArray:
        """Return all that was added to a quantity."""
        return self.trends[quantity] + self.plates[quantity] + self.outliers[quantity]

    def take(self, rows: BoolArray) -> Self:
        """Select rows."""
        return replace(
            self,
            trends={name: values[rows] for name, values in self.trends.items()},
            plates={name: values[rows] for name, values in self.plates.items()},
            outliers={name: values[rows] for name, values in self.outliers.items()},
            plate=self.plate[rows],
        )


@dataclass(frozen=True)
class Injector:
    """Draws faults with a generator of its own: the rest is the same on both skies.

    Attributes
    ----------
    seed : int
        Of the sky: plates keep their offsets from chunk to chunk.
    rng : Generator or None
        None on the ideal sky, which has no faults.
    """

    seed: int
    rng: np.random.Generator | None

    def inject(
        self, survey: str, stars: Stars, snr: FloatArray, plate: IntArray
    ) -> Injected:
        """Draw the faults of rows.

        Parameters
        ----------
        survey : str
            One of `SURVEYS`.
        stars : Stars
            The star of each of n rows.
        snr : ndarray of shape (n,)
            S/N.
        plate : ndarray of shape (n,)
            Number of the plate, within the survey.
        """
        n = snr.size
        if self.rng is None:
            none = dict.fromkeys(QUANTITIES, np.zeros(n))
            # LAMOST states too small errors there, too.
            stated = 1.0 if survey == "apogee" else stated_share(survey)
            return Injected(none, none, none, plate, stated)
        truth: Mapping[str, FloatArray] = {q: getattr(stars, q) for q in QUANTITIES}
        is_outlier = self.rng.random(n) < OUTLIERS
        trends, plates, outliers = {}, {}, {}
        for index, name in enumerate(QUANTITIES):
            salt = 100 + 12 * self.seed + 4 * SURVEYS.index(survey) + index
            plates[name] = sizes()[survey, name, "plate"] * hash_normal(plate, salt)
            trends[name] = trend(survey, name, stars.teff, stars.logg, stars.fe_h, snr)
            size = self.rng.uniform(_LEAST_SIGMA, _MOST_SIGMA, n)
            wrong = sizes()[survey, name, "outlier"] * size
            wrong = np.where(self.rng.random(n) < 0.5, -wrong, wrong)
            low, high = _LIMITS[name]
            moved = truth[name] + wrong
            wrong = np.where((moved < low) | (moved > high), -wrong, wrong)
            outliers[name] = np.where(is_outlier, wrong, 0.0)
        return Injected(trends, plates, outliers, plate, stated_share(survey))
