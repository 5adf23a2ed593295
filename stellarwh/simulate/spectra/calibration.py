"""How strong the indices of a star are: polynomials in its parameters.

The form is that of the fitting functions of Worthey et al. 1994, ApJS 94, 687: a
polynomial in θ = 5040 K / Teff, log g and [Fe/H]. The coefficients in
``index_calibrations.csv`` are fitted to the MILES library (Sánchez-Blázquez et al.
2006, MNRAS 371, 703, version 9.1), with its stars' published parameters (Cenarro et al.
2007, MNRAS 374, 664), between 3400 and 9500 K: least squares, without what is beyond
3.5 robust σ. Its indices were measured here, at MILES's own resolution of 2.5 Å, which
is about LAMOST's. ``stars`` and ``rms`` say how many went in and what is left.

MILES's stars are stars about the Sun, which have more magnesium at low [Fe/H]; a star
with another [alpha/Fe] than they has the magnesium indices of that much more [Fe/H].
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from stellarwh.simulate.arrays import FloatArray, IntArray, hash_normal

# Of the stars that the polynomials were fitted to; beyond, they are those of the limit.
_TEFF, _LOGG, _FE_H = (3400.0, 9500.0), (0.0, 5.0), (-2.5, 0.5)
_MAGNESIUM = ("Mg1", "Mgb")
# [alpha/Fe] of MILES's stars (recalled: Milone et al. 2011, MNRAS 414, 1227): it grows
# by 0.4 dex as [Fe/H] falls by 1, and then stays.
_ALPHA_SLOPE, _ALPHA_MOST = -0.4, 0.4
_SALT = 101
_OWN_SHARE = 0.5  # of the scatter about the polynomials
_TERM = re.compile(r"t(\d)g(\d)z(\d)")


@dataclass(frozen=True)
class Calibrations:
    """Calibrations of k indices.

    Attributes
    ----------
    names : tuple of str
        Of the indices, as ``sql/index_definitions.csv`` has them.
    lines : tuple of tuple of float
        Air wavelengths in Å of the lines that make up each feature.
    width : ndarray of shape (k,)
        Å, full width at half maximum of these lines before the spectrograph.
    rms : ndarray of shape (k,)
        What MILES's stars scatter about the polynomial, in the unit of the index.
    lowest, highest : ndarray of shape (k,)
        Of the stars that it was fitted to; no value goes beyond.
    powers : ndarray of shape (terms, 3)
        Of θ - 1, log g - 3 and [Fe/H].
    coefficients : ndarray of shape (k, terms)
    """

    names: tuple[str, ...]
    lines: tuple[tuple[float, ...], ...]
    width: FloatArray
    rms: FloatArray
    lowest: FloatArray
    highest: FloatArray
    powers: FloatArray
    coefficients: FloatArray


@cache
def calibrations() -> Calibrations:
    """Return what ``index_calibrations.csv`` says."""
    file = files("stellarwh.simulate.spectra").joinpath("index_calibrations.csv")
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    terms = [name for name in rows[0] if _TERM.fullmatch(name)]

    def column(name: str) -> FloatArray:
        return np.array([float(row[name]) for row in rows])

    return Calibrations(
        names=tuple(row["name"] for row in rows),
        lines=tuple(tuple(map(float, row["lines"].split())) for row in rows),
        width=column("width"),
        rms=column("rms"),
        lowest=column("lowest"),
        highest=column("highest"),
        powers=np.array([[float(digit) for digit in term[1::2]] for term in terms]),
        coefficients=np.stack([column(term) for term in terms], axis=1),
    )


def calibrated_indices(
    teff: FloatArray, logg: FloatArray, fe_h: FloatArray, alpha_fe: FloatArray
) -> FloatArray:
    """Return the indices of stars by the calibrations.

    Parameters
    ----------
    teff, logg, fe_h, alpha_fe : ndarray of shape (n,)
        K and dex.

    Returns
    -------
    ndarray of shape (n, k)
        In Å or mag, as each index is defined.
    """
    known = calibrations()
    usual = np.clip(_ALPHA_SLOPE * fe_h, 0.0, _ALPHA_MOST)
    plain = _polynomials(teff, logg, fe_h)
    of_magnesium = _polynomials(teff, logg, fe_h + alpha_fe - usual)
    found = np.where(np.isin(known.names, _MAGNESIUM), of_magnesium, plain)
    return np.clip(found, known.lowest, known.highest)


def own_deviations(truth_id: IntArray) -> FloatArray:
    """Return by how much the stars' own indices differ from the calibrations.

    Two stars of the same parameters are not the same. They differ by half of what
    MILES's stars are off the polynomials by: Johansson et al. 2010, MNRAS 406, 165,
    find that errors of the parameters dominate the latter.

    Parameters
    ----------
    truth_id : ndarray of shape (n,)
        Numbers of the stars: a star has the same deviations in every spectrum.

    Returns
    -------
    ndarray of shape (n, k)
    """
    rms = calibrations().rms
    drawn = [hash_normal(truth_id, _SALT + place) for place in range(len(rms))]
    return np.stack(drawn, axis=1) * (_OWN_SHARE * rms)


def _polynomials(teff: FloatArray, logg: FloatArray, fe_h: FloatArray) -> FloatArray:
    known = calibrations()
    theta = 5040.0 / np.clip(teff, *_TEFF)
    places = (theta - 1.0, np.clip(logg, *_LOGG) - 3.0, np.clip(fe_h, *_FE_H))
    terms = np.ones((len(teff), len(known.powers)))
    for place, power in zip(places, known.powers.T, strict=True):
        terms *= place[:, np.newaxis] ** power
    result: FloatArray = terms @ known.coefficients.T
    return result
