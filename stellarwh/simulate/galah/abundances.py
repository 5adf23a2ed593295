"""GALAH's 33 element ratios with detection limits."""

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import FloatArray, IntArray
from stellarwh.simulate.bits import FLAG_SP
from stellarwh.simulate.sky.faults import Injected
from stellarwh.simulate.sky.population import element_table
from stellarwh.simulate.sky.stars import Stars

ELEMENTS = (
    "Li", "C", "O", "Na", "Mg", "Al", "Si", "K", "Ca", "Sc", "Sc2", "Ti", "Ti2", "V",
    "Cr", "Cr2", "Mn", "Co", "Ni", "Cu", "Zn", "Rb", "Sr", "Y", "Zr", "Mo", "Ru", "Ba",
    "La", "Ce", "Nd", "Sm", "Eu",
)  # fmt: skip
ALPHA_OFFSET = 0.03
# Present in the release, but without a single value.
_NEVER_MEASURED = ("Sc2", "Cr2")
# GALAH minus APOGEE in dex, Buder et al. 2021.
_GALAH_OFFSET = {
    "C": 0.009, "O": 0.176, "Na": 0.085, "Mg": 0.007, "Al": 0.081, "Si": 0.025,
    "K": -0.009, "Ca": 0.053, "Ti": 0.038, "Ti2": -0.027, "V": 0.232, "Cr": 0.005,
    "Mn": -0.005, "Co": 0.017, "Ni": -0.003, "Cu": 0.027, "Ce": -0.064,
}  # fmt: skip


def fill_abundances(
    rows: npt.NDArray[np.void],
    rng: np.random.Generator,
    stars: Stars,
    snr: FloatArray,
    flag_sp: IntArray,
    injected: Injected,
) -> FloatArray:
    """[X/Fe] with detection limits: 1 marks an upper limit, 32 no measurement.

    Returns
    -------
    ndarray of shape (n,)
        The random error of [alpha/Fe] in dex.
    """
    n = len(rows)
    faint = np.clip(40.0 / np.maximum(snr, 5.0), 0.6, 4.0) ** 0.6
    failed = flag_sp & FLAG_SP["not_converged"] != 0
    error = 0.05 * faint
    offset = injected.offset("alpha_fe", np.full(n, ALPHA_OFFSET))
    alpha = stars.alpha_fe + offset + error * rng.standard_normal(n)
    alpha = alpha + injected.of("alpha_fe")
    none = failed | (rng.random(n) < 0.004)
    rows["alpha_fe"] = np.where(none, np.nan, alpha)
    rows["e_alpha_fe"] = np.where(none, np.nan, error * injected.stated)
    lines = rng.choice(np.array([511.0, 447.0, 383.0, 364.0]), n)
    rows["nr_alpha_fe"] = np.where(none, np.nan, lines)
    rows["flag_alpha_fe"] = np.where(none, 32, 0)
    for name in ELEMENTS:
        if name in _NEVER_MEASURED:
            rows[f"flag_{name}_fe"] = 0
            continue
        trend = element_table()[name.lower()]
        # Weak lines vanish where metals are few, spectra noisy or atmospheres hot.
        odds = rng.random(n) / (1.0 + 0.6 * np.clip(-stars.fe_h - 0.3, 0.0, 3.0))
        odds = odds / np.clip(faint * (1.0 + (stars.teff > 6300.0)), 0.7, 4.0)
        none = failed | (odds < trend["galah_none"])
        limit = ~none & (odds < trend["galah_none"] + trend["galah_limit"])
        sigma = trend["galah_err"] * faint
        value = stars.abundances[name.lower()] + _GALAH_OFFSET.get(name, 0.0)
        value = value + sigma * rng.standard_normal(n)
        if f"{name.lower()}_fe" in injected.trends:
            value = value + injected.trends[f"{name.lower()}_fe"]
        value = np.where(limit, value + 2.0 * sigma, value)
        rows[f"{name}_fe"] = np.where(none, np.nan, value)
        rows[f"e_{name}_fe"] = np.where(none, np.nan, sigma)
        rows[f"nr_{name}_fe"] = np.where(none, 0, 1)
        rows[f"flag_{name}_fe"] = np.where(none, 32, np.where(limit, 1, 0))
    return error
