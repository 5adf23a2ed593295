"""Published colour-temperature relations and bolometric corrections, and inverses.

Gonzalez Hernandez & Bonifacio (2009) for J-Ks, Mucciarelli et al. (2021) for BP-RP
and BP-Ks, Casagrande et al. (2021) for G-RP, Andrae et al. (2018) for BC_G, and the
main-sequence table of Pecaut & Mamajek for what lies outside their ranges.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import FloatArray, smooth_step

THETA_SCALE = 5040.0

# theta = b0 + b1 X + b2 X^2 + b3 X F + b4 F + b5 F^2, X = (J-Ks)0, F = [Fe/H]
_J_KS_DWARF = (0.6524, 0.5813, 0.1225, -0.0646, 0.0370, 0.0016)
_J_KS_GIANT = (0.6517, 0.6312, 0.0168, -0.0381, 0.0256, 0.0013)
# theta = b0 + b1 C + b2 C^2 + b3 F + b4 F^2 + b5 F C
_BP_RP_DWARF = (0.4929, 0.5092, -0.0353, 0.0192, -0.0020, -0.0395)
_BP_RP_GIANT = (0.5323, 0.4775, -0.0344, -0.0110, -0.0020, -0.0009)
_BP_KS_DWARF = (0.5342, 0.2044, -0.0021, 0.0276, 0.0005, -0.0158)
_BP_KS_GIANT = (0.5668, 0.1890, -0.0017, 0.0065, -0.0008, -0.0045)
# Teff = sum of a_i * terms (a4, a9 multiply C^5), Gaia DR3 colours
_CASAGRANDE_BP_RP = (
    7980.8845, -4138.3457, 1264.9366, -130.4388, 0.0,
    285.8393, -324.2196, 106.8511, -4.9825, 0.0,
    4.5138, -203.7774, 126.6981, -14.7442, 40.7376,
)  # fmt: skip
_CASAGRANDE_G_RP = (
    8027.119, -5796.4277, 0.0, 1747.7036, -308.7685,
    248.1828, -323.9569, -120.2658, 225.9584, 0.0,
    -35.8856, -16.5715, 0.0, 0.0, 48.5619,
)  # fmt: skip

# Main sequence by type: Teff, M_G, M_J, M_Ks.
MAIN_SEQUENCE = np.array(
    [
        (3200.0, 11.39, 8.39, 7.55),
        (3550.0, 9.38, 6.89, 6.06),
        (3870.0, 8.26, 6.04, 5.22),
        (4070.0, 7.58, 5.60, 4.82),
        (4410.0, 6.95, 5.18, 4.48),
        (5040.0, 5.89, 4.57, 4.04),
        (5280.0, 5.53, 4.29, 3.81),
        (5490.0, 5.15, 3.97, 3.55),
        (5770.0, 4.65, 3.57, 3.20),
        (5920.0, 4.32, 3.34, 3.01),
        (6510.0, 3.32, 2.55, 2.32),
        (7220.0, 2.46, 1.90, 1.76),
        (9700.0, 1.09, 1.07, 1.07),
    ]
)
# Above 7700 K the polynomial of Andrae et al. no longer holds: textbook values.
_HOT_TEFF = np.array([7700.0, 8080.0, 9700.0, 12500.0, 15700.0, 20000.0, 31500.0])
_HOT_BC = np.array([0.058, 0.0, -0.22, -0.75, -1.30, -1.90, -3.00])


def temperature_from_j_ks(
    j_ks: FloatArray, fe_h: FloatArray, is_giant: npt.NDArray[np.bool_]
) -> FloatArray:
    """Teff in K from dereddened J-Ks (Gonzalez Hernandez & Bonifacio 2009)."""
    b = [
        np.where(is_giant, giant, dwarf)
        for giant, dwarf in zip(_J_KS_GIANT, _J_KS_DWARF, strict=True)
    ]
    theta = b[0] + b[1] * j_ks + b[2] * j_ks**2 + b[3] * j_ks * fe_h
    theta = theta + b[4] * fe_h + b[5] * fe_h**2
    result: FloatArray = THETA_SCALE / np.maximum(theta, 0.05)
    return result


def colours(teff: FloatArray, logg: FloatArray, fe_h: FloatArray) -> list[FloatArray]:
    """Intrinsic BP-RP, BP-Ks, J-Ks and G-RP in mag for stars of any kind."""
    giant = smooth_step(-logg, -3.9, -3.5) * (1.0 - smooth_step(teff, 6500.0, 7500.0))
    metals = np.clip(fe_h, -2.5, 0.5)
    theta = THETA_SCALE / teff
    bp_rp = _blend(
        _invert_mucciarelli, _BP_RP_DWARF, _BP_RP_GIANT, theta, metals, giant
    )
    bp_ks = _blend(
        _invert_mucciarelli, _BP_KS_DWARF, _BP_KS_GIANT, theta, metals, giant
    )
    j_ks = _blend(_invert_ghb, _J_KS_DWARF, _J_KS_GIANT, theta, metals, giant)
    table = MAIN_SEQUENCE
    from_table = np.interp(teff, table[:, 0], table[:, 2] - table[:, 3])
    from_table -= 0.03 * smooth_step(teff, 9700.0, 16000.0)
    outside = smooth_step(teff, 6900.0, 7400.0)
    outside = np.maximum(outside, (1 - giant) * smooth_step(-teff, -4700.0, -4200.0))
    j_ks = (1.0 - outside) * j_ks + outside * from_table
    grid, g_rp = _g_rp_table()
    return [bp_rp, bp_ks, j_ks, np.interp(bp_rp, grid, g_rp)]


def bolometric_correction_g(teff: FloatArray) -> FloatArray:
    """BC_G in mag, Andrae et al. (2018) up to 7700 K, textbook values above."""
    t = np.clip(teff, 2900.0, 7700.0) - 5772.0
    cool = 0.060 + t * (6.731e-5 + t * (-6.647e-8 + t * (2.859e-11 - 7.197e-15 * t)))
    result: FloatArray = np.where(
        teff > 7700.0, np.interp(teff, _HOT_TEFF, _HOT_BC), cool
    )
    return result


def temperature_from_gaia(
    coefficients: tuple[float, ...], colour: FloatArray, logg: float
) -> FloatArray:
    """Teff in K at [Fe/H] = 0 from the form of Casagrande et al. (2021)."""
    c, a = colour, coefficients
    powers = (np.ones_like(c), c, c**2, c**3, c**5)
    result = np.zeros_like(c)
    for index, power in enumerate(powers):
        result += (a[index] + a[5 + index] * logg) * power
    return result


@cache
def _g_rp_table() -> tuple[FloatArray, FloatArray]:
    """G-RP against BP-RP: the colours that give the same Teff; straight outside."""
    bp_rp = np.linspace(0.25, 1.9, 34)
    teff = temperature_from_gaia(_CASAGRANDE_BP_RP, bp_rp, 4.4)
    fine = np.linspace(0.1, 0.95, 200)
    fine_teff = temperature_from_gaia(_CASAGRANDE_G_RP, fine, 4.4)
    g_rp = np.interp(-teff, -fine_teff, fine)
    slope = np.polynomial.Polynomial.fit(bp_rp, g_rp, 3)
    grid = np.linspace(-0.5, 1.9, 49)
    values = slope(np.maximum(grid, 0.25)) + 0.60 * np.minimum(grid - 0.25, 0.0)
    grid = np.append(grid, 4.0)
    values = np.append(values, values[-1] + 0.42 * (4.0 - 1.9))
    return grid, values


_Coefficients = tuple[float, ...]
_Inverse = Callable[[_Coefficients, FloatArray, FloatArray], FloatArray]


def _blend(
    invert: _Inverse,
    dwarf: _Coefficients,
    giant: _Coefficients,
    theta: FloatArray,
    metals: FloatArray,
    weight: FloatArray,
) -> FloatArray:
    """Pass smoothly from the dwarf (``weight`` 0) to the giant relation (1)."""
    of_dwarf, of_giant = invert(dwarf, theta, metals), invert(giant, theta, metals)
    result: FloatArray = (1.0 - weight) * of_dwarf + weight * of_giant
    return result


def _invert_mucciarelli(
    b: _Coefficients, theta: FloatArray, metals: FloatArray
) -> FloatArray:
    constant = b[0] + b[3] * metals + b[4] * metals**2 - theta
    return _smaller_root(b[2], b[1] + b[5] * metals, constant)


def _invert_ghb(b: _Coefficients, theta: FloatArray, metals: FloatArray) -> FloatArray:
    constant = b[0] + b[4] * metals + b[5] * metals**2 - theta
    return _smaller_root(b[2], b[1] + b[3] * metals, constant)


def _smaller_root(a: float, b: FloatArray, c: FloatArray) -> FloatArray:
    """Root of a x^2 + b x + c that tends to -c/b as a vanishes."""
    result: FloatArray = -2.0 * c / (b + np.sqrt(np.maximum(b**2 - 4.0 * a * c, 1e-6)))
    return result
