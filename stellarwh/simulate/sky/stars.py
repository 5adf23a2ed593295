"""The truth about the stars of a chunk, and what follows from it at once."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray

APOGEE, GALAH, LAMOST = range(3)


@dataclass
class Stars:
    """Truth about stars; every array has one entry per star.

    Positions are degrees at epoch 2016.0, distances kpc, ages Gyr, masses solar,
    proper motions mas/yr, velocities km/s, magnitudes mag, abundances dex.
    """

    truth_id: IntArray
    pointing: IntArray
    ra: FloatArray
    dec: FloatArray
    targeted: BoolArray  # (n, 3)
    stage: IntArray
    population: IntArray
    age: FloatArray
    fe_h: FloatArray
    alpha_fe: FloatArray
    m_h: FloatArray
    mass: FloatArray
    teff: FloatArray
    logg: FloatArray
    vsini: FloatArray
    distance: FloatArray
    ebv: FloatArray
    ebv_sfd: FloatArray
    pmra: FloatArray
    pmdec: FloatArray
    radial_velocity: FloatArray
    mass_ratio: FloatArray  # of an unresolved companion, 0 without one
    brightening: FloatArray  # mag by which the companion brightens the star
    neighbour: FloatArray  # arcsec to the nearest other star of the chunk, or NaN
    neighbour_contrast: FloatArray  # mag; positive where the neighbour is brighter
    magnitudes: dict[str, FloatArray]
    intrinsic_j_ks: FloatArray
    abundances: dict[str, FloatArray]

    def take(self, rows: IntArray | BoolArray) -> Self:
        """Select stars."""
        chosen: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, dict):
                chosen[field.name] = {key: v[rows] for key, v in value.items()}
            else:
                chosen[field.name] = value[rows]
        return replace(self, **chosen)

    @property
    def v_jk(self) -> FloatArray:
        """GALAH's pseudo-V from 2MASS."""
        return pseudo_v(self.magnitudes["j"], self.magnitudes["ks"])

    def pan_starrs(self, band: str) -> FloatArray:
        """Pan-STARRS magnitude, a straight line in BP-RP fitted to the Sun and K5V."""
        zero, slope = _PAN_STARRS[band]
        colour = self.magnitudes["bp"] - self.magnitudes["rp"]
        result: FloatArray = self.magnitudes["g"] + zero + slope * (colour - 0.82)
        return result


_PAN_STARRS = {
    "g": (0.38, 0.60),
    "r": (-0.03, 0.02),
    "i": (-0.15, -0.40),
    "z": (-0.16, -0.62),
    "y": (-0.17, -0.75),
}


def pseudo_v(j: FloatArray, ks: FloatArray) -> FloatArray:
    """V_JK = Ks + 2 (J-Ks+0.14) + 0.382 exp((J-Ks-0.2)/0.5), as GALAH defines it."""
    j_ks = j - ks
    result: FloatArray = ks + 2.0 * (j_ks + 0.14) + 0.382 * np.exp((j_ks - 0.2) / 0.5)
    return result
