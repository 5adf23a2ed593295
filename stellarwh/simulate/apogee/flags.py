"""ASPCAP's flags, set from the values as the pipeline's own code does."""

from dataclasses import dataclass

import numpy as np

from stellarwh.simulate import bits
from stellarwh.simulate.apogee.spectra import Fit, Spectra, combine
from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray
from stellarwh.simulate.sky import stellar
from stellarwh.simulate.sky.catalogues import Catalogues
from stellarwh.simulate.sky.relations import temperature_from_j_ks
from stellarwh.simulate.sky.stars import Stars

# Grid boxes: Teff, log g and [M/H] limits, and the size of one step of each.
_BOXES = {
    b"GKg": (3500.0, 6000.0, 0.0, 4.5),
    b"GKd": (3500.0, 6000.0, 2.5, 5.5),
    b"Mg": (3000.0, 4000.0, -0.5, 3.0),
    b"Md": (3000.0, 4000.0, 2.5, 5.5),
    b"Fd": (5500.0, 8000.0, 2.5, 5.5),
    b"BA": (7500.0, 20000.0, 2.0, 5.0),
}
_M_H_LIMITS = (-2.5, 1.0)
_STEPS = (250.0, 0.5, 0.25)
_RIDGE_MASS = 1.15


@dataclass
class Verdict:
    """How trustworthy a fit is; arrays with one entry per row."""

    chi2: FloatArray
    paramflag: IntArray  # (n, 9)
    aspcapflag: IntArray
    is_usable: BoolArray  # named parameters are published


def judge(
    rng: np.random.Generator,
    stars: Stars,
    catalogues: Catalogues,
    spectra: Spectra,
    fit: Fit,
    ak_targ: FloatArray,
    is_problem: BoolArray,
) -> Verdict:
    """Set PARAMFLAG and ASPCAPFLAG.

    Parameters
    ----------
    rng : Generator
        For chi2 and the rare failures.
    stars, catalogues, spectra, fit
        One entry per row.
    ak_targ : ndarray of shape (n,)
        A_Ks adopted in targeting, in mag.
    is_problem : ndarray of shape (n,)
        Targets unsuitable for the pipeline (extended, embedded …).
    """
    n = spectra.snr.size
    relative = (spectra.snr / 100.0) ** 2
    chi2 = (0.6 + 3.0 * relative) * np.exp(0.35 * rng.standard_normal(n))
    # Cool giants, composite and contaminated spectra fit badly.
    worse = 1.0 + 2.5 * (fit.fitted[:, 0] < 3900.0) + 3.0 * spectra.is_binary
    worse = worse + 4.0 * (stars.neighbour < 2.0)
    worse = np.where(rng.random(n) < 0.006, rng.uniform(6.0, 40.0, n), worse)
    chi2 *= worse
    paramflag = _parameter_flags(stars, fit)
    word = _star_level(rng, spectra, fit, chi2, relative, is_problem)
    word |= _colour_temperature(catalogues, fit, ak_targ)
    for slot, name in ((0, "TEFF"), (1, "LOGG"), (2, "VMICRO"), (3, "M_H"),
                       (4, "C_M"), (5, "N_M"), (6, "ALPHA_M")):  # fmt: skip
        flags = paramflag[:, slot]
        for level in ("BAD", "WARN"):
            is_set = flags >> bits.PARAMFLAG[f"GRIDEDGE_{level}"] & 1
            word |= is_set << bits.ASPCAPFLAG[f"{name}_{level}"]
    is_bad = (word & bits.mask_of(*bits.STAR_BAD_BITS)) != 0
    is_warned = (word & bits.mask_of(*bits.STAR_WARN_BITS)) != 0
    word |= is_bad.astype(np.int64) << bits.ASPCAPFLAG["STAR_BAD"]
    word |= (is_warned & ~is_bad).astype(np.int64) << bits.ASPCAPFLAG["STAR_WARN"]
    chi2_bad = (word >> bits.ASPCAPFLAG["CHI2_BAD"] & 1).astype(bool)
    return Verdict(chi2, paramflag, word, ~is_bad & ~chi2_bad)


def _star_level(
    rng: np.random.Generator,
    spectra: Spectra,
    fit: Fit,
    chi2: FloatArray,
    relative: FloatArray,
    is_problem: BoolArray,
) -> IntArray:
    n = chi2.size
    chi2_bad = chi2 > 50.0 * relative + 2.0
    sn_bad = spectra.snr < 30.0
    broad = spectra.ccf_width / spectra.template_width
    multiple = spectra.starflag >> bits.STARFLAG["MULTIPLE_SUSPECT"] & 1
    causes = {
        "CHI2_BAD": chi2_bad,
        "CHI2_WARN": (chi2 > 30.0 * relative + 2.0) & ~chi2_bad,
        "SN_BAD": sn_bad,
        # The pipeline combines its S/N < 70 test with the one above.
        "SN_WARN": sn_bad & (spectra.snr < 70.0),
        "ROTATION_WARN": fit.is_giant_grid & (broad > 2.0),
        "MULTIPLE_SUSPECT": multiple.astype(bool),
        "PROBLEM_TARGET": is_problem,
        "NO_ASPCAP_RESULT": spectra.failed | (rng.random(n) < 0.002),
        "BAD_FRAC_LOWSNR": spectra.fraction_low > 0.5,
        "BAD_FRAC_BADPIX": spectra.fraction_bad > 0.5,
    }
    return combine(causes, bits.ASPCAPFLAG)


def _colour_temperature(
    catalogues: Catalogues, fit: Fit, ak_targ: FloatArray
) -> IntArray:
    """COLORTE_WARN: the fitted Teff is over 500 K from the one of the colour."""
    colour = catalogues.j - catalogues.ks - 1.5 * np.maximum(ak_targ, 0.0)
    m_h = fit.fitted[:, 3]
    photometric = temperature_from_j_ks(colour, m_h, fit.is_giant_grid)
    is_off = np.abs(fit.fitted[:, 0] - photometric) > 500.0
    has_extinction = (ak_targ != 0.0) & (np.abs(ak_targ) < 1.0)
    is_off &= has_extinction & (catalogues.h < 90.0)
    result: IntArray = is_off.astype(np.int64) << bits.ASPCAPFLAG["COLORTE_WARN"]
    return result


def _parameter_flags(stars: Stars, fit: Fit) -> IntArray:
    flags = np.zeros(fit.fitted.shape, dtype=np.int64)
    n = len(flags)
    low, high = np.empty((2, n)), np.empty((2, n))
    group = np.char.partition(fit.grid, b"_")[:, 0]
    for name, (teff_low, teff_high, logg_low, logg_high) in _BOXES.items():
        rows = group == name
        low[:, rows] = np.array([[teff_low], [logg_low]])
        high[:, rows] = np.array([[teff_high], [logg_high]])
    limits = (
        (0, low[0], high[0], _STEPS[0]),
        (1, low[1], high[1], _STEPS[1]),
        (3, np.full(n, _M_H_LIMITS[0]), np.full(n, _M_H_LIMITS[1]), _STEPS[2]),
    )
    for slot, bottom, top, step in limits:
        value = fit.fitted[:, slot]
        room = np.minimum(value - bottom, top - value) / step
        bad, near = room < 0.125, (room < 1.0) & (room >= 0.125)
        # A hot star has no metal lines: its [M/H] is not near an edge, only uncertain.
        flags[:, slot] |= bad.astype(np.int64) << bits.PARAMFLAG["GRIDEDGE_BAD"]
        flags[:, slot] |= near.astype(np.int64) << bits.PARAMFLAG["GRIDEDGE_WARN"]
    flags[:, 1] |= _spectroscopic_stage(fit)
    return flags


def _spectroscopic_stage(fit: Fit) -> IntArray:
    """SPEC_RC and SPEC_RGB from [C/N] and the distance to the giant-branch ridge."""
    value = fit.calibrated
    m_h, logg = value[:, 3], value[:, 1]
    ridge = stellar.giant_branch_teff(logg, np.full(logg.size, _RIDGE_MASS), m_h)
    excess = value[:, 0] - ridge
    c_n = value[:, 4] - value[:, 5]
    in_window = (logg > 2.2) & (logg < 3.5)
    clump = in_window & (c_n > -0.08 - 0.5 * m_h - 0.0039 * excess)
    giant = fit.is_giant_grid & (logg < 3.5)
    result: IntArray = (giant & clump).astype(np.int64) << bits.PARAMFLAG["SPEC_RC"]
    result |= (giant & ~clump).astype(np.int64) << bits.PARAMFLAG["SPEC_RGB"]
    return result
