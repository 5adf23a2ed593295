"""APOGEE's 27 element windows: values, errors, flags and what is withheld."""

from dataclasses import dataclass

import numpy as np

from stellarwh.simulate import bits
from stellarwh.simulate.apogee.flags import Verdict
from stellarwh.simulate.apogee.spectra import Fit, Repeats, Spectra
from stellarwh.simulate.arrays import FloatArray, IntArray, smooth_step
from stellarwh.simulate.sky.population import element_table
from stellarwh.simulate.sky.stars import Stars

ELEMENTS = [
    "C",
    "CI",
    "N",
    "O",
    "NA",
    "MG",
    "AL",
    "SI",
    "P",
    "S",
    "K",
    "CA",
    "TI",
    "TIII",
    "V",
    "CR",
    "MN",
    "FE",
    "CO",
    "NI",
    "CU",
    "GE",
    "RB",
    "CE",
    "ND",
    "YB",
    "C13",
]
IRON = ELEMENTS.index("FE")
# 1: the window fit gives [X/H], 0: [X/M].
ELEMTOH = np.array([int(d) for d in "000010100010001111111111110"])
NEVER_CALIBRATED = ("P", "GE", "RB", "CU", "YB", "ND", "C13")
_TRUTH_NAME = {"CI": "c", "TIII": "ti2", "C13": "c"}
_ERROR_CI = 0.05
_ERROR_ELSEWHERE = 0.10  # elements that are never released
# Coolest Teff in K at which an element is released for giants and for dwarfs.
_NEVER = np.inf
_COOLEST = {
    "C": (3000.0, 3500.0), "CI": (0.0, 3500.0), "N": (3000.0, 4500.0),
    "O": (3000.0, 3500.0), "MG": (3000.0, 3500.0), "SI": (3000.0, 3500.0),
    "FE": (3000.0, 3500.0), "NA": (3600.0, 4400.0), "AL": (3700.0, 4400.0),
    "S": (3700.0, 4500.0), "K": (3600.0, 3500.0), "CA": (3300.0, 3700.0),
    "TI": (3800.0, 3700.0), "TIII": (3800.0, _NEVER), "V": (3500.0, 4800.0),
    "CR": (3700.0, 4400.0), "MN": (3800.0, 4000.0), "CO": (3600.0, _NEVER),
    "NI": (3500.0, 3500.0), "CE": (3900.0, 3500.0),
}  # fmt: skip
_HOTTEST, _HOTTEST_CE_DWARF = 7000.0, 6800.0


@dataclass
class Abundances:
    """Element results; every array of shape (n, 27)."""

    x_h: FloatArray  # calibrated, NaN where never calibrated
    x_h_error: FloatArray
    x_h_raw: FloatArray
    flag: IntArray
    chi2: FloatArray
    good_fraction: FloatArray


def measure_abundances(
    rng: np.random.Generator,
    stars: Stars,
    spectra: Spectra,
    repeats: Repeats,
    fit: Fit,
    verdict: Verdict,
) -> Abundances:
    """Measure [X/H] of all elements of every row."""
    n = stars.ra.size
    shape = (n, len(ELEMENTS))
    poor = 1.0 + 0.6 * np.clip(-stars.fe_h - 0.8, 0.0, 2.0)
    hot = 1.0 + 2.0 * smooth_step(stars.teff, 5800.0, 8000.0)
    scale = (spectra.noise_factor * poor * hot)[:, None]
    base = np.array([_base_error(name) for name in ELEMENTS])
    error = scale * base * np.exp(0.1 * rng.standard_normal(shape))
    noise = error * repeats.share(rng.standard_normal(shape))
    iron = fit.calibrated[:, 3] + noise[:, IRON]
    truth = np.stack([_truth(stars, name) for name in ELEMENTS], axis=1)
    # The error of iron enters every [X/H], and cancels in [X/Fe].
    x_h = iron[:, None] + truth + noise
    x_h[:, IRON] = iron
    error[:, IRON] = np.hypot(error[:, IRON], fit.error[:, 3])
    raw = x_h + 0.04 * np.sin(np.arange(len(ELEMENTS)))[None, :]
    flag = _flags(rng, fit, x_h)
    calibrated = np.array([name not in NEVER_CALIBRATED for name in ELEMENTS])
    x_h = np.where(calibrated & verdict.is_usable[:, None], x_h, np.nan)
    chi2 = verdict.chi2[:, None] * np.exp(0.3 * rng.standard_normal(shape))
    good = np.clip(1.0 - spectra.fraction_bad[:, None] * rng.random(shape), 0.0, 1.0)
    return Abundances(x_h, error, raw, flag, chi2, good)


def _base_error(name: str) -> float:
    if name == "FE":
        return 0.008
    if name == "CI":
        return _ERROR_CI
    known = element_table().get(_TRUTH_NAME.get(name, name.lower()), {})
    error = known.get("apogee_err", np.nan)
    return _ERROR_ELSEWHERE if np.isnan(error) else error


def _truth(stars: Stars, name: str) -> FloatArray:
    if name == "FE":
        return np.zeros(stars.ra.size)
    return stars.abundances[_TRUTH_NAME.get(name, name.lower())]


def _flags(rng: np.random.Generator, fit: Fit, x_h: FloatArray) -> IntArray:
    """ELEMFLAG: grid edges, Teff windows and elements without calibration."""
    n = len(x_h)
    teff = fit.calibrated[:, 0]
    flag = np.zeros(x_h.shape, dtype=np.int64)
    # The element grids end at [X/H] = -2.5; lines vanish before that.
    room = (x_h + 2.5) / 0.25
    flag |= (room < 0.125).astype(np.int64) << bits.PARAMFLAG["GRIDEDGE_BAD"]
    near = (room >= 0.125) & (room < 1.0)
    flag |= near.astype(np.int64) << bits.PARAMFLAG["GRIDEDGE_WARN"]
    used = rng.random(x_h.shape) < 0.002
    flag |= used.astype(np.int64) << bits.PARAMFLAG["FERRE_ERR_USED"]
    for index, name in enumerate(ELEMENTS):
        if name in NEVER_CALIBRATED:
            flag[:, index] |= 1 << bits.PARAMFLAG["CALRANGE_BAD"]
            continue
        giant, dwarf = _COOLEST[name]
        coolest = np.where(fit.is_giant_grid, giant, dwarf)
        hottest = np.full(n, _HOTTEST)
        if name == "CE":
            hottest = np.where(fit.is_giant_grid, _HOTTEST, _HOTTEST_CE_DWARF)
        cut = (teff < coolest) | (teff > hottest)
        flag[:, index] |= cut.astype(np.int64) << bits.PARAMFLAG["TEFF_CUT"]
    return flag
