"""Spectra whose indices are given: a smooth continuum, and lines of the right strength.

A spectrum is the black body of the star's temperature, times exp(-Σ strength × profile)
of the features of ``index_calibrations.csv``: Gaussian lines at wavelengths in air, as
wide as LAMOST's resolution and nature make them. The bands of an index lie on lines of
others, so that all strengths are found at once (Newton).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from stellarwh.simulate.arrays import FloatArray
from stellarwh.simulate.spectra.calibration import calibrations
from stellarwh.spectra.bands import Band
from stellarwh.spectra.definitions import read_definitions
from stellarwh.spectra.frame import vacuum_to_air

RESOLUTION = 1800.0  # λ / Δλ of LAMOST's low resolution
_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))  # in units of σ
_SECOND_RADIATION = 1.438777e8  # Å K: h c / k
# Where the bands of all indices lie, in air, and the step of the pixels that the
# strengths are found on: half of LAMOST's, in log10 of the wavelength.
_FIRST, _LAST, _STEP = 4020.0, 6460.0, 5e-5
_TURNS = 12
_CLOSE = 1e-5  # Å or mag
_LONGEST = 1.5  # most that a strength changes in one turn
_POGSON = 2.5 / np.log(10.0)


def continuum(waves: FloatArray, teff: FloatArray) -> FloatArray:
    """Return the black bodies of stars times a smooth response, about 1 at 5500 Å.

    Parameters
    ----------
    waves : ndarray of shape (n,) or (m, n)
        In vacuum at rest, in Å.
    teff : ndarray of shape (m,)
        K.

    Returns
    -------
    ndarray of shape (m, n)
    """
    heat = _SECOND_RADIATION / teff[:, np.newaxis]
    shape = (5500.0 / waves) ** 5 * np.expm1(heat / 5500.0) / np.expm1(heat / waves)
    result: FloatArray = shape * np.exp(-0.5 * ((waves - 6300.0) / 2200.0) ** 2)
    return result


def profiles(air: FloatArray) -> FloatArray:
    """Return the profiles of all features, of shape (k, n), at n wavelengths in air."""
    known = calibrations()
    found = np.zeros((len(known.names), len(air)))
    for place, (lines, width) in enumerate(zip(known.lines, known.width, strict=True)):
        for line in lines:
            sigma = np.hypot(line / RESOLUTION, width) / _FWHM
            found[place] += np.exp(-0.5 * ((air - line) / sigma) ** 2)
    return found


def strengths(teff: FloatArray, indices: FloatArray) -> FloatArray:
    """Return how strong the features are in spectra that have these indices.

    Parameters
    ----------
    teff : ndarray of shape (m,)
        K, of the continuum.
    indices : ndarray of shape (m, k)
        As `stellarwh.simulate.spectra.calibration` orders them.

    Returns
    -------
    ndarray of shape (m, k)
        Of exponents; below zero where the band is brighter than its continuum.
    """
    air, shapes, bands = _grid()
    smooth = continuum(_vacuum_grid(), teff)
    found = np.zeros_like(indices)
    for _ in range(_TURNS):
        flux = smooth * np.exp(-(found @ shapes))
        measured = np.empty_like(indices)
        slopes = np.empty((*indices.shape, indices.shape[1]))
        for place, band in enumerate(bands):
            near = flux[:, band.pixels]
            measured[:, place], by_pixel = band.measure(air, near)
            slopes[:, place] = -(by_pixel * near) @ shapes[:, band.pixels].T
        away = indices - measured
        if np.abs(away).max() < _CLOSE:
            break
        step = np.linalg.solve(slopes, away[:, :, np.newaxis])[:, :, 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        found += step * np.minimum(1.0, _LONGEST / np.maximum(longest, 1e-300))
    return found


@dataclass(frozen=True)
class _Measure:
    """An index on the pixels of the grid: shares of the pixels in each band."""

    pixels: slice
    feature: FloatArray  # Å
    blue: FloatArray  # of the mean flux
    red: FloatArray
    middles: tuple[float, float]
    is_magnitude: bool

    def measure(
        self, air: FloatArray, flux: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the index of spectra, and its derivative by the flux of each pixel."""
        blue, red = flux @ self.blue, flux @ self.red
        part = (air[self.pixels] - self.middles[0]) / np.diff(self.middles)
        line = blue[:, np.newaxis] * (1.0 - part) + red[:, np.newaxis] * part
        over = self.feature / line
        total = (flux * over).sum(axis=1)
        per_line = flux * over / line
        by_pixel = (
            over
            - (per_line @ (1.0 - part))[:, np.newaxis] * self.blue
            - (per_line @ part)[:, np.newaxis] * self.red
        )
        whole = self.feature.sum()
        if self.is_magnitude:
            value = -2.5 * np.log10(total / whole)
            return value, by_pixel * (-_POGSON / total)[:, np.newaxis]
        return whole - total, -by_pixel


@cache
def _vacuum_grid() -> FloatArray:
    steps = int(np.log10(_LAST / _FIRST) / _STEP)
    result: FloatArray = np.power(10.0, np.log10(_FIRST) + _STEP * np.arange(steps))
    return result


@cache
def _grid() -> tuple[FloatArray, FloatArray, tuple[_Measure, ...]]:
    """Return wavelengths in air, profiles there, and how each index is measured."""
    air = vacuum_to_air(_vacuum_grid())
    edges = np.concatenate([[2 * air[0] - air[1]], air, [2 * air[-1] - air[-2]]])
    edges = (edges[1:] + edges[:-1]) / 2.0
    known = read_definitions().chosen(list(calibrations().names))

    def covered(band: Band) -> FloatArray:
        lo, hi = np.maximum(edges[:-1], band.lo), np.minimum(edges[1:], band.hi)
        result: FloatArray = np.maximum(hi - lo, 0.0)
        return result

    measures = []
    for index in known.indices:
        blue, red = index.continuum
        bands = [covered(band) for band in (*index.bands, blue, red)]
        reached = np.flatnonzero(np.any(bands, axis=0))
        pixels = slice(int(reached[0]), int(reached[-1]) + 1)
        feature, at_blue, at_red = (band[pixels] for band in bands)
        measures.append(
            _Measure(
                pixels,
                feature,
                at_blue / at_blue.sum(),
                at_red / at_red.sum(),
                ((blue.lo + blue.hi) / 2.0, (red.lo + red.hi) / 2.0),
                index.unit == "mag",
            )
        )
    return air, profiles(air), tuple(measures)
