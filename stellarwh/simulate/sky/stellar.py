"""Mass, Teff and luminosity of stars from their age, metallicity and stage.

Smooth relations, not isochrones: the solar main sequence is the table of Pecaut &
Mamajek; lifetimes go as mass**-2.8; the giant branch is a fit to the seismic RGB
stars of APOKASC-3 with APOGEE's calibrated values, not the line by which
``evolutionary_stage`` tells the clump from the branch; the clump sits at
M_Ks = -1.61. Surface gravity follows from mass, Teff and luminosity, so that
photometry, parallax and log g agree by construction.
"""

from dataclasses import dataclass

import numpy as np

from stellarwh.simulate.arrays import FloatArray, IntArray, smooth_step
from stellarwh.simulate.sky.relations import MAIN_SEQUENCE, bolometric_correction_g

STAGES = (
    "dwarf",
    "turn-off",
    "subgiant",
    "rgb",
    "red_clump",
    "horizontal_branch",
)
DWARF, TURN_OFF, SUBGIANT, RGB, RED_CLUMP, HORIZONTAL_BRANCH = range(6)
SOLAR_TEFF, SOLAR_LOGG, SOLAR_M_BOL = 5772.0, 4.438, 4.74

_HOT_SEQUENCE = np.array([(12500.0, 2.35), (15700.0, 2.9), (26000.0, 4.1)])
_MASSES = np.array(
    [0.23, 0.44, 0.57, 0.63, 0.70, 0.82, 0.88, 0.94, 1.0, 1.07, 1.33, 1.59, 2.3]
)
_HOT_MASSES = np.array([3.4, 4.7, 11.0])
_cool = 0.4 * (
    SOLAR_M_BOL - MAIN_SEQUENCE[:, 1] - bolometric_correction_g(MAIN_SEQUENCE[:, 0])
)
_LOG_TEFF = np.log10(np.append(MAIN_SEQUENCE[:, 0], _HOT_SEQUENCE[:, 0]))
_LOG_MASS = np.log10(np.append(_MASSES, _HOT_MASSES))
_LOG_L = np.append(_cool, _HOT_SEQUENCE[:, 1])


@dataclass
class Structure:
    """What a star is like on the outside; each array of shape (n,)."""

    mass: FloatArray  # solar masses
    teff: FloatArray  # K
    logg: FloatArray  # log10 of cm/s^2
    m_bol: FloatArray  # mag


def turn_off_mass(age: FloatArray, m_h: FloatArray) -> FloatArray:
    """Mass in solar masses of a star that leaves the main sequence at ``age`` Gyr."""
    result: FloatArray = (10.0 / age) ** (1.0 / 2.8) * 10.0 ** (0.06 * m_h)
    return result


def main_sequence_age(mass: FloatArray, m_h: FloatArray) -> FloatArray:
    """Main-sequence lifetime in Gyr: the inverse of `turn_off_mass`."""
    result: FloatArray = 10.0 * (mass / 10.0 ** (0.06 * m_h)) ** -2.8
    return result


def giant_branch_teff(
    logg: FloatArray, mass: FloatArray, m_h: FloatArray
) -> FloatArray:
    """Teff in K of the red giant branch.

    4614 K + 484 K/dex (log g - 2.5) - 48 K (log g - 2.5)^2 - 280 K/dex [Fe/H] are the
    least squares of 5,301 seismic RGB stars of APOKASC-3 between log g 1.5 and 3.3
    (scatter 61 K); below, the branch goes on straight.
    """
    step = logg - 2.5
    bend = -48.0 * np.maximum(step, -1.0) * step
    metals = -280.0 * m_h - 55.0 * np.minimum(m_h, 0.0) * np.minimum(m_h + 1.0, 0.0)
    lift = 110.0 * np.clip(mass - 1.1, -0.4, 1.4)
    result: FloatArray = 4614.0 + 484.0 * step + bend + metals + lift
    return result


def evolve(
    rng: np.random.Generator,
    stage: IntArray,
    phase: FloatArray,
    age: FloatArray,
    m_h: FloatArray,
) -> Structure:
    """Place stars on the Teff-log g plane.

    Parameters
    ----------
    rng : Generator
        For the cosmic scatter.
    stage : ndarray of shape (n,)
        Index into `STAGES`.
    phase : ndarray of shape (n,)
        Where within the stage: mass over turn-off mass for dwarfs and turn-off stars,
        0 (turn-off) to 1 (base of the giant branch) for subgiants, log g for giants.
    age : ndarray of shape (n,)
        Gyr.
    m_h : ndarray of shape (n,)
        [M/H] in dex.
    """
    n = stage.size
    top = turn_off_mass(age, m_h)
    mass = np.where(stage <= TURN_OFF, phase * top, top)
    teff, logg = _main_sequence(mass, np.minimum(mass / top, 1.0) ** 2.8, m_h)
    base = np.minimum(3.75 - 0.35 * np.clip(top - 1.2, 0.0, 2.0), logg - 0.3)
    _subgiants(stage, phase, teff, logg, base, mass, m_h)
    _giants(rng, stage, phase, teff, logg, base, mass, m_h)
    teff *= 1.0 + 0.002 * rng.standard_normal(n)
    log_l = np.log10(mass) + 4.0 * np.log10(teff / SOLAR_TEFF) - logg + SOLAR_LOGG
    return Structure(mass, teff, logg, SOLAR_M_BOL - 2.5 * log_l)


def _main_sequence(
    mass: FloatArray, burnt: FloatArray, m_h: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Teff and log g; ``burnt`` is the age over the main-sequence lifetime."""
    log_mass = np.log10(mass)
    log_teff = np.interp(log_mass, _LOG_MASS, _LOG_TEFF)
    log_l = np.interp(log_mass, _LOG_MASS, _LOG_L)
    log_teff = log_teff - 0.055 * m_h * smooth_step(mass, 0.0, 0.6)
    log_l = log_l - 0.22 * m_h
    # The table is what field stars look like: about 40 % through their lives.
    log_l = log_l + 0.42 * (burnt**1.6 - 0.4**1.6)
    heavy = np.clip(mass - 1.1, 0.0, 1.0)
    late = np.maximum(burnt - 0.6, 0.0) ** 2
    log_teff = log_teff + 0.018 * (burnt - 0.4) * (1.0 - 3.5 * heavy) - 0.06 * late
    teff = 10.0**log_teff
    logg = SOLAR_LOGG + log_mass + 4.0 * np.log10(teff / SOLAR_TEFF) - log_l
    return teff, logg


def _subgiants(
    stage: IntArray,
    phase: FloatArray,
    teff: FloatArray,
    logg: FloatArray,
    base: FloatArray,
    mass: FloatArray,
    m_h: FloatArray,
) -> None:
    """Move subgiants from the turn-off towards the base of the giant branch."""
    rows = np.flatnonzero(stage == SUBGIANT)
    step = phase[rows]
    foot = giant_branch_teff(base[rows], mass[rows], m_h[rows])
    teff[rows] += (foot - teff[rows]) * smooth_step(step, 0.0, 1.0)
    logg[rows] += (base[rows] - logg[rows]) * step


def _giants(
    rng: np.random.Generator,
    stage: IntArray,
    phase: FloatArray,
    teff: FloatArray,
    logg: FloatArray,
    base: FloatArray,
    mass: FloatArray,
    m_h: FloatArray,
) -> None:
    """Put giants, clump stars and the blue horizontal branch in place."""
    rows = np.flatnonzero(stage == RGB)
    logg[rows] = np.minimum(phase[rows], base[rows])
    teff[rows] = giant_branch_teff(logg[rows], mass[rows], m_h[rows])
    rows = np.flatnonzero(stage == RED_CLUMP)
    mass[rows] = np.maximum(mass[rows] - 0.04, 0.6)
    metals = m_h[rows]
    teff[rows] = 4800.0 - 330.0 * metals + 60.0 * np.clip(mass[rows] - 1.2, -0.4, 1.2)
    teff[rows] += 25.0 * rng.standard_normal(rows.size)
    log_l = 1.735 - 0.05 * metals - 0.28 * smooth_step(mass[rows], 1.8, 2.3)
    log_l += 0.02 * rng.standard_normal(rows.size)
    logg[rows] = SOLAR_LOGG + np.log10(mass[rows]) - log_l
    logg[rows] += 4.0 * np.log10(teff[rows] / SOLAR_TEFF)
    rows = np.flatnonzero(stage == HORIZONTAL_BRANCH)
    mass[rows] = 0.62
    teff[rows] = 7100.0 + 3900.0 * phase[rows]
    logg[rows] = SOLAR_LOGG + np.log10(0.62) - 1.62
    logg[rows] += 4.0 * np.log10(teff[rows] / SOLAR_TEFF)
