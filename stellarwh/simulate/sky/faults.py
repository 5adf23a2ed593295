"""What is wrong with the values of surveys beyond honest noise.

Values drift with Teff, log g, [Fe/H] and S/N about the survey's offset, every plate has
offsets of its own, one row in a hundred is plainly wrong, and stated errors are too
small. ``faults.csv`` has every size with its source, ``faults_hard.csv`` those of the
hard sky. What was injected goes to the truth file, row by row, and nowhere else.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, hash_normal
from stellarwh.simulate.sky.shapes import SHAPES, shape
from stellarwh.simulate.sky.skies import DEFAULT, HARD, IDEAL, Sky
from stellarwh.simulate.sky.stars import Stars

SURVEYS = ("apogee", "galah", "lamost")
QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")
# An outlier errs by this many of the typical random errors of its survey.
_LEAST_SIGMA, _MOST_SIGMA = 5.0, 10.0
# What no pipeline reports: an outlier errs to the other side instead.
_LIMITS = {
    "teff": (3200.0, 20_000.0),
    "logg": (0.0, 5.0),
    "fe_h": (-2.5, 0.6),
    "alpha_fe": (-0.4, 0.8),
}
_FILES = {DEFAULT: "faults.csv", HARD: "faults_hard.csv"}
# S/N between which the part of an error that is stated falls.
_LEAST_SNR, _STATED_SNR = 10.0, 50.0


@cache
def sizes(sky: str = DEFAULT) -> dict[tuple[str, str, str], float]:
    """Return sizes by survey, quantity and term, as the file of the sky has them.

    Terms are the slopes with each of `SHAPES`; the ``constant`` by which the values are
    off where all shapes are 0, where the survey has no offset that is the same on every
    sky; the standard deviation of ``plate`` offsets; the unit of an ``outlier``; and of
    all quantities, which part of the rows are ``outliers``, by what true errors are
    multiplied to be ``stated``, and with which power of S/N below 50 that falls
    (``stated_snr``).
    """
    if sky == IDEAL:
        return {}
    text = files("stellarwh.simulate").joinpath(_FILES[sky]).read_text("utf-8")
    return {
        (row["survey"], row["quantity"], row["term"]): float(row["size"])
        for row in csv.DictReader(text.splitlines())
    }


def stated_share(survey: str, snr: FloatArray, sky: str = DEFAULT) -> FloatArray:
    """Return the stated error over the true one.

    Parameters
    ----------
    survey : str
        One of `SURVEYS`.
    snr : ndarray of shape (n,)
        S/N of the rows.
    sky : str, optional
        One of `SKIES`.

    Returns
    -------
    ndarray of shape (n,)
        The same for all rows, but for LAMOST's on the hard sky: there it falls below
        S/N 50 with a power of S/N, and is held from S/N 10 down.
    """
    if sky == IDEAL:
        # LAMOST states too small errors there, too.
        sky = DEFAULT
        if survey == "apogee":
            return np.ones(snr.size)
    power = sizes(sky).get((survey, "all", "stated_snr"), 0.0)
    part = np.clip(snr / _STATED_SNR, _LEAST_SNR / _STATED_SNR, 1.0)
    return sizes(sky)[survey, "all", "stated"] * part**power


def trend(
    survey: str,
    quantity: str,
    teff: FloatArray,
    logg: FloatArray,
    fe_h: FloatArray,
    snr: FloatArray,
    sky: str = DEFAULT,
) -> FloatArray:
    """Return by how much a survey's values are off, beside its offset, at true values.

    Parameters
    ----------
    survey : str
        One of `SURVEYS`.
    quantity : str
        One of `QUANTITIES`, or the ratio of an element, as ``mg_fe``.
    teff, logg, fe_h, snr : ndarray of shape (n,)
        True values of the stars in K and dex, and S/N of the rows.
    sky : str, optional
        One of `SKIES`.

    Returns
    -------
    ndarray of shape (n,)
        In K for Teff, else in dex.
    """
    result = np.zeros(teff.size)
    for name in SHAPES:
        size = sizes(sky).get((survey, quantity, name), 0.0)
        if size:
            result += size * shape(name, teff, logg, fe_h, snr)
    return result


@dataclass(frozen=True)
class Injected:
    """What was added to the values of n rows beside offset and honest noise.

    Attributes
    ----------
    trends, plates, outliers : dict of str to ndarray of shape (n,)
        Per quantity, in K or dex. Trends are of ratios of elements, too, that have one.
    plate : ndarray of shape (n,)
        Number of the plate, within the survey.
    stated : ndarray of shape (n,)
        What the true errors were multiplied by to be stated.
    constants : dict of str to float
        Per quantity that has one: the offset of the survey's scale on this sky.
    """

    trends: dict[str, FloatArray]
    plates: dict[str, FloatArray]
    outliers: dict[str, FloatArray]
    plate: IntArray
    stated: FloatArray
    constants: dict[str, float]

    @property
    def is_outlier(self) -> BoolArray:
        """Whether a row is plainly wrong."""
        result: BoolArray = self.outliers["teff"] != 0.0
        return result

    def of(self, quantity: str) -> FloatArray:
        """Return all that was added to a quantity."""
        return self.trends[quantity] + self.plates[quantity] + self.outliers[quantity]

    def offset(self, quantity: str, usual: FloatArray) -> FloatArray:
        """Return the offset of the survey's scale on this sky, or the usual one."""
        if quantity not in self.constants:
            return usual
        return np.full(usual.size, self.constants[quantity])

    def take(self, rows: BoolArray) -> Self:
        """Select rows."""
        return replace(
            self,
            trends={name: values[rows] for name, values in self.trends.items()},
            plates={name: values[rows] for name, values in self.plates.items()},
            outliers={name: values[rows] for name, values in self.outliers.items()},
            plate=self.plate[rows],
            stated=self.stated[rows],
        )


@dataclass(frozen=True)
class Injector:
    """Draws faults with a generator of its own: the rest is the same on every sky.

    Attributes
    ----------
    sky : Sky
        Which faults there are; its seed gives plates their offsets in every chunk.
    rng : Generator
        Of nothing but faults.
    """

    sky: Sky
    rng: np.random.Generator

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
        n, kind = snr.size, self.sky.kind
        stated = stated_share(survey, snr, kind)
        if kind == IDEAL:
            none = dict.fromkeys(QUANTITIES, np.zeros(n))
            return Injected(none, none, none, plate, stated, {})
        known = sizes(kind)
        truth: Mapping[str, FloatArray] = {q: getattr(stars, q) for q in QUANTITIES}
        is_outlier = self.rng.random(n) < known[survey, "all", "outliers"]
        plates, outliers = {}, {}
        for index, name in enumerate(QUANTITIES):
            salt = 100 + 12 * self.sky.seed + 4 * SURVEYS.index(survey) + index
            plates[name] = known[survey, name, "plate"] * hash_normal(plate, salt)
            size = self.rng.uniform(_LEAST_SIGMA, _MOST_SIGMA, n)
            wrong = known[survey, name, "outlier"] * size
            wrong = np.where(self.rng.random(n) < 0.5, -wrong, wrong)
            low, high = _LIMITS[name]
            moved = truth[name] + wrong
            wrong = np.where((moved < low) | (moved > high), -wrong, wrong)
            outliers[name] = np.where(is_outlier, wrong, 0.0)
        drifting = {q for s, q, term in known if s == survey and term in SHAPES}
        star = (stars.teff, stars.logg, stars.fe_h, snr)
        trends = {
            name: trend(survey, name, *star, kind)
            for name in sorted(drifting | set(QUANTITIES))
        }
        constants = {
            q: size
            for (s, q, term), size in known.items()
            if s == survey and term == "constant"
        }
        return Injected(trends, plates, outliers, plate, stated, constants)
