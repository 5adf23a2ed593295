"""Magnitudes and extinction of stars, as a perfect instrument would see them.

Extinction per E(B-V) is Cardelli + O'Donnell for R_V = 3.1 (``COD`` of Casagrande et
al. 2021); its near-infrared ratios are those of the RJCE method (A_H / A_Ks = 1.55).
"""

from dataclasses import dataclass

import numpy as np

from stellarwh.simulate.arrays import FloatArray
from stellarwh.simulate.sky.pointings import TO_GALACTIC, unit_vectors
from stellarwh.simulate.sky.relations import bolometric_correction_g, colours

BANDS = ("g", "bp", "rp", "j", "h", "ks", "w2")
R_J, R_H, R_KS = 0.899, 0.567, 0.366
# So that A_Ks = 0.918 (H - W2 - 0.05) of RJCE holds exactly.
RJCE_SLOPE, RJCE_ZERO = 0.918, 0.05
R_W2 = R_H - R_KS / RJCE_SLOPE
# E(B-V) of Schlegel et al. (1998) over the true one: 1 / 0.86.
SFD_SCALE = 1.0 / 0.86
_DUST_HEIGHT = 0.125  # kpc
_DUST_LOCAL = 0.26  # mag of E(B-V) per kpc in the plane
_DUST_EDGE = 9.0  # kpc


@dataclass
class Magnitudes:
    """Magnitudes by band, in the order of `BANDS`; each array of shape (n,)."""

    values: dict[str, FloatArray]

    def __getitem__(self, band: str) -> FloatArray:
        return self.values[band]


def absolute_magnitudes(
    rng: np.random.Generator,
    teff: FloatArray,
    logg: FloatArray,
    fe_h: FloatArray,
    m_bol: FloatArray,
) -> Magnitudes:
    """Intrinsic absolute magnitudes from the published colour relations.

    A scatter of about 25 K in temperature stands for what two parameters do not
    say about a colour; it is common to all bands, as activity or spots would make it.
    """
    effective = teff * (1.0 + 0.005 * rng.standard_normal(teff.size))
    bp_rp, bp_ks, j_ks, g_rp = colours(effective, logg, fe_h)
    g = m_bol - bolometric_correction_g(teff)
    rp = g - g_rp
    bp = rp + bp_rp
    ks = bp - bp_ks
    h_ks = 0.02 + 0.06 * j_ks + 0.13 * j_ks**2
    h = ks + h_ks
    w2 = h - RJCE_ZERO + 0.015 * rng.standard_normal(teff.size)
    values = (g, bp, rp, ks + j_ks, h, ks, w2)
    return Magnitudes(dict(zip(BANDS, values, strict=True)))


def extinction(ebv: FloatArray, bp_rp_intrinsic: FloatArray) -> Magnitudes:
    """Extinction in mag in each band for a true E(B-V)."""
    c = np.clip(bp_rp_intrinsic, -0.3, 2.5)
    ratios = (
        3.071 - 0.511 * c + 0.058 * c**2,
        3.526 - 0.168 * c - 0.170 * c**2 + 0.060 * c**3,
        2.062 - 0.072 * c,
        np.full_like(c, R_J),
        np.full_like(c, R_H),
        np.full_like(c, R_KS),
        np.full_like(c, R_W2),
    )
    return Magnitudes(
        {band: ratio * ebv for band, ratio in zip(BANDS, ratios, strict=True)}
    )


@dataclass
class Dust:
    """Dust along lines of sight: a disc with smooth patches; arrays of shape (n,)."""

    strength: FloatArray
    sin_b: FloatArray

    def reddening(self, distance: FloatArray) -> FloatArray:
        """E(B-V) in mag out to ``distance`` in kpc."""
        climb = np.maximum(np.abs(self.sin_b), 1e-4)
        path = np.minimum(distance, _DUST_EDGE)
        depth = _DUST_HEIGHT / climb * (1.0 - np.exp(-path * climb / _DUST_HEIGHT))
        result: FloatArray = _DUST_LOCAL * self.strength * depth
        return result


def dust_towards(ra: FloatArray, dec: FloatArray) -> Dust:
    """Smooth dust map as a function of direction; positions in degrees."""
    x, y, z = (unit_vectors(ra, dec) @ TO_GALACTIC.T).T
    pattern = np.sin(7.0 * x + 3.0 * y + 1.0) * np.cos(6.0 * y - 5.0 * z)
    pattern = pattern + 0.6 * np.sin(17.0 * x - 11.0 * y + 9.0 * z + 0.7)
    inner = 1.0 + 0.35 * x
    return Dust(strength=inner * np.exp(0.45 * pattern), sin_b=z)


def distance_for(
    apparent: FloatArray, absolute: FloatArray, ratio: float, dust: Dust
) -> FloatArray:
    """Distance in kpc at which ``absolute`` appears as ``apparent``, dust included.

    Bisection in the distance modulus: extinction only ever grows with distance.
    """
    target = apparent - absolute
    high = target
    low = target - ratio * dust.reddening(np.full_like(target, _DUST_EDGE))
    for _ in range(22):
        middle = 0.5 * (low + high)
        distance = 10.0 ** (0.2 * middle - 2.0)
        too_far = middle + ratio * dust.reddening(distance) > target
        low, high = np.where(too_far, low, middle), np.where(too_far, middle, high)
    result: FloatArray = 10.0 ** (0.1 * (low + high) - 2.0)
    return result
