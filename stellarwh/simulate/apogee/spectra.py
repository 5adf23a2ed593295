"""APOGEE spectra: S/N, radial velocities, ASPCAP parameters and why they fail."""

from dataclasses import dataclass

import numpy as np

from stellarwh.simulate import bits
from stellarwh.simulate.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    TextArray,
    smooth_step,
)
from stellarwh.simulate.sky import stellar
from stellarwh.simulate.sky.faults import Injected
from stellarwh.simulate.sky.stars import Stars

PARAMETERS = 9  # TEFF LOGG LOGVMICRO M_H C_M N_M ALPHA_M LGVSINI PARAM_O
_TEFF, _LOGG, _VMICRO, _M_H, _C_M, _N_M, _ALPHA_M, _VSINI, _O_M = range(PARAMETERS)


@dataclass
class Spectra:
    """Combined spectra; every array has one entry per catalogue row."""

    n_visits: IntArray
    snr: FloatArray
    snrev: FloatArray
    starflag: IntArray
    fibre: FloatArray
    is_binary: BoolArray  # seen as double-lined
    velocity: FloatArray
    velocity_error: FloatArray
    velocity_scatter: FloatArray
    ccf_width: FloatArray
    template_width: FloatArray
    fraction_bad: FloatArray
    fraction_low: FloatArray
    noise_factor: FloatArray  # errors in units of those at S/N = 100

    @property
    def failed(self) -> BoolArray:
        """Rows whose radial velocity could not be measured."""
        return (self.starflag >> bits.STARFLAG["RV_FAIL"] & 1).astype(bool)


def take_spectra(
    rng: np.random.Generator, stars: Stars, telescope: TextArray
) -> Spectra:
    """Observe each row: enough visits for its magnitude, then what goes wrong."""
    n = stars.ra.size
    h = stars.magnitudes["h"]
    wanted = np.select([h < 11.0, h < 12.2, h < 12.8, h < 13.3], [1, 3, 6, 12], 24)
    visits = np.maximum(wanted + rng.integers(-1, 2, n) * (wanted > 2), 1)
    visits = visits + (rng.random(n) < 0.25)
    snr = 62.0 * 10.0 ** (-0.2 * (h - 12.2)) * np.sqrt(visits)
    snr = np.minimum(snr * np.exp(0.25 * rng.standard_normal(n)), 1600.0)
    # A cloud or a badly plugged fibre now and then.
    snr = np.where(rng.random(n) < 0.025, snr * rng.uniform(0.05, 0.5, n), snr)
    fibre = rng.uniform(1.0, 300.0, n)
    persistent = (telescope == b"apo25m") & (fibre < 100.0) & (rng.random(n) < 0.7)
    double = (stars.mass_ratio > 0.65) & (stars.logg > 3.6) & (rng.random(n) < 0.45)
    width = np.hypot(15.5 + 2.0 * smooth_step(stars.teff, 4500.0, 6500.0), 0.0)
    ccf = np.hypot(width, 1.7 * stars.vsini) * np.exp(0.02 * rng.standard_normal(n))
    ccf = np.where(double, ccf * rng.uniform(1.2, 1.8, n), ccf)
    bad = 0.01 + 0.02 * rng.exponential(1.0, n)
    bad = np.where(rng.random(n) < 0.004, rng.uniform(0.22, 0.7, n), bad)
    low = np.clip(0.9 * np.exp(-snr / 12.0) + 0.002 * rng.random(n), 0.0, 1.0)
    flag = _star_flags(rng, stars, snr, visits, bad, persistent, double, ccf / width)
    failed = (flag >> bits.STARFLAG["RV_FAIL"] & 1).astype(bool)
    error = 0.02 + 0.04 * (100.0 / snr) * (ccf / 16.0) ** 1.5
    error = np.where(stars.teff > 7500.0, 5.0 * error, error)
    amplitude = np.where(stars.mass_ratio > 0, rng.exponential(6.0, n), 0.0)
    amplitude = np.where(double, 12.0 + amplitude, amplitude)
    velocity = stars.radial_velocity + error * rng.standard_normal(n)
    velocity += 0.5 * amplitude * rng.standard_normal(n) / np.sqrt(visits)
    scatter = np.hypot(0.05 * (1.0 + rng.random(n)), error) * np.sqrt(
        rng.chisquare(np.maximum(visits - 1, 1)) / np.maximum(visits - 1, 1)
    )
    scatter = np.where(visits > 1, np.hypot(scatter, amplitude * rng.random(n)), 0.0)
    # Saturates at S/N 200; doubled where a neighbour shines into the fibre.
    ratio = 100.0 / np.minimum(snr, 200.0)
    factor = np.sqrt(0.5 + 0.5 * ratio**2) * np.where(stars.neighbour < 2.5, 1.6, 1.0)
    return Spectra(
        n_visits=visits,
        snr=snr,
        snrev=np.where(persistent, snr * rng.uniform(0.75, 0.98, n), snr),
        starflag=flag,
        fibre=fibre,
        is_binary=double,
        velocity=np.where(failed, np.nan, velocity),
        velocity_error=np.where(failed, np.nan, error / np.sqrt(visits)),
        velocity_scatter=np.where(failed, np.nan, scatter),
        ccf_width=np.where(failed, np.nan, ccf),
        template_width=np.where(failed, np.nan, width),
        fraction_bad=bad,
        fraction_low=low,
        noise_factor=factor,
    )


def _star_flags(
    rng: np.random.Generator,
    stars: Stars,
    snr: FloatArray,
    visits: IntArray,
    bad: FloatArray,
    persistent: BoolArray,
    double: BoolArray,
    broadening: FloatArray,
) -> IntArray:
    n = snr.size
    drawn = rng.random((5, n))
    contrast = np.nan_to_num(stars.neighbour_contrast, nan=-99.0)
    # Neighbours on the detector are other targets, not other stars of the sky.
    beside = drawn[0] < 0.018
    very_bright = (drawn[0] < 0.0025) | (contrast > 5.0)
    level = drawn[1]
    visit_snr = snr / np.sqrt(visits)
    causes = {
        "BAD_PIXELS": bad > 0.2,
        "COMMISSIONING": drawn[4] < 0.006,
        "BRIGHT_NEIGHBOR": beside | (contrast > 2.5),
        "VERY_BRIGHT_NEIGHBOR": very_bright,
        "LOW_SNR": visit_snr < 5.0,
        "PERSIST_HIGH": persistent & (level < 0.4),
        "PERSIST_MED": persistent & (level > 0.3) & (level < 0.7),
        "PERSIST_LOW": persistent & (level > 0.6),
        "SUSPECT_BROAD_LINES": broadening > 3.0,
        "SUSPECT_ROTATION": broadening > 1.9,
        "MULTIPLE_SUSPECT": double,
        "RV_SUSPECT": (snr < 20.0) & (drawn[2] < 0.3),
        "RV_REJECT": (snr < 15.0) & (drawn[2] < 0.2),
        "RV_FAIL": (snr < 8.0) & (drawn[2] < 0.5) | (drawn[2] > 0.9994),
        "MTPFLUX_LT_75": drawn[3] < 0.012,
        "MTPFLUX_LT_50": drawn[3] < 0.003,
    }
    return combine(causes, bits.STARFLAG)


def combine(causes: dict[str, BoolArray], names: dict[str, int]) -> IntArray:
    """Set the bit of each name where its cause holds."""
    first = next(iter(causes.values()))
    word = np.zeros(first.size, dtype=np.int64)
    for name, cause in causes.items():
        word |= cause.astype(np.int64) << names[name]
    return word


@dataclass
class Fit:
    """What ASPCAP finds; parameters of shape (n, 9) in its own order."""

    fitted: FloatArray  # raw FPARAM
    calibrated: FloatArray  # PARAM
    error: FloatArray  # one sigma of PARAM
    grid: TextArray
    is_giant_grid: BoolArray


@dataclass(frozen=True)
class Repeats:
    """Which rows are of one star, and how much of their errors they share.

    Stated errors come from repeats, so what repeats share is what is not stated.

    Attributes
    ----------
    first : ndarray of shape (n,)
        Index of the first row of the same star.
    shared : ndarray of shape (n,)
        Part of the variance of a row's errors that is the same in all rows of a star:
        the correlation of two of them.
    """

    first: IntArray
    shared: FloatArray

    def share(self, deviates: FloatArray) -> FloatArray:
        """Mix those of a star's first row, of shape (n, k), into its other rows."""
        result = deviates.copy()
        again = np.flatnonzero(self.first != np.arange(self.first.size))
        shared = self.shared[again][:, None]
        own = np.sqrt(1.0 - shared**2) * deviates[again]
        result[again] = shared * deviates[self.first[again]] + own
        return result


def fit_parameters(
    rng: np.random.Generator, stars: Stars, spectra: Spectra, repeats: Repeats
) -> Fit:
    """Measure the nine parameters of each row.

    APOGEE defines its own scale as unbiased; the random errors are those of
    independent comparisons (40-60 K, 0.05-0.08 dex, 0.02-0.03 dex), larger than the
    formal ones of the release.
    """
    n = stars.ra.size
    dwarf = smooth_step(stars.logg, 3.3, 3.9)
    poor = 1.0 + 0.4 * np.clip(-stars.fe_h - 1.0, 0.0, 1.5)
    hot = 1.0 + 4.0 * smooth_step(stars.teff, 6500.0, 9000.0)
    cool = 1.0 + 0.4 * dwarf * smooth_step(-stars.teff, -4300.0, -3700.0)
    scale = spectra.noise_factor * hot * cool
    error = np.empty((n, PARAMETERS))
    error[:, _TEFF] = (40.0 + 20.0 * dwarf) * scale * poor
    error[:, _LOGG] = (0.05 + 0.02 * dwarf) * scale
    error[:, _VMICRO] = 0.03 * scale
    error[:, _M_H] = (0.02 + 0.01 * dwarf) * scale * poor
    error[:, _C_M] = 0.03 * scale * poor
    error[:, _N_M] = (0.03 + 0.04 * dwarf) * scale * poor
    error[:, _ALPHA_M] = 0.02 * scale * poor
    error[:, _VSINI] = 0.05
    error[:, _O_M] = 0.03 * scale * poor
    true = np.empty((n, PARAMETERS))
    true[:, _TEFF] = stars.teff
    true[:, _LOGG] = stars.logg
    true[:, _VMICRO] = 0.37 - 0.1 * stars.logg + 0.08 * dwarf
    true[:, _M_H] = stars.fe_h
    true[:, _C_M] = stars.abundances["c"]
    true[:, _N_M] = stars.abundances["n"]
    true[:, _ALPHA_M] = stars.alpha_fe
    true[:, _VSINI] = np.log10(np.clip(stars.vsini, 1.5, 96.0))
    true[:, _O_M] = stars.abundances["o"]
    # The light of a companion pulls a dwarf's parameters towards its own.
    pull = 0.12 * (stars.brightening > 0.1) * dwarf
    true[:, _TEFF] *= 1.0 - pull * (1.0 - np.clip(stars.mass_ratio, 0.5, 1.0))
    measured = true + error * repeats.share(rng.standard_normal((n, PARAMETERS)))
    raw = measured.copy()
    clump = stars.stage == stellar.RED_CLUMP
    raw[:, _TEFF] -= 20.0 - 40.0 * stars.m_h
    raw[:, _LOGG] += np.where(clump, 0.20, 0.12 * (1.0 - dwarf)) - 0.04 * dwarf
    grid, is_giant = _choose_grid(raw, spectra.fibre)
    # Giants spend the last slot on macroturbulence.
    macro = np.clip(0.75 - 0.05 * raw[:, _LOGG], 0.3, 1.0)
    raw[:, _VSINI] = np.where(is_giant, macro, raw[:, _VSINI])
    measured[:, _VSINI] = raw[:, _VSINI]
    return Fit(raw, measured, error, grid, is_giant)


def shift_parameters(fit: Fit, injected: Injected) -> None:
    """Add what was injected to the parameters, fitted and calibrated."""
    for name, slot in (
        ("teff", _TEFF), ("logg", _LOGG), ("fe_h", _M_H), ("alpha_fe", _ALPHA_M),
    ):  # fmt: skip
        for values in (fit.fitted, fit.calibrated):
            values[:, slot] += injected.of(name)


def _choose_grid(raw: FloatArray, fibre: FloatArray) -> tuple[TextArray, BoolArray]:
    """Grid whose box holds the star best, and the LSF group of its fibre."""
    teff, logg = raw[:, _TEFF], raw[:, _LOGG]
    giant = (logg < 2.0 / 1300.0 * (teff - 3500.0) + 2.0) & (logg < 4.0) & (teff < 5900)
    kind = np.select(
        [teff > 7900.0, teff > 5740.0, teff > 3760.0],
        [b"BA", b"Fd", b"GK"],
        b"M",
    )
    letter = np.where(teff > 5740.0, b"", np.where(giant, b"g", b"d"))
    group = np.array([b"_a", b"_b", b"_c", b"_d"])[(fibre / 75.1).astype(np.int64)]
    group = np.where(kind == b"BA", b"", group)
    name: TextArray = np.char.add(np.char.add(kind, letter), group)
    return name, giant & (teff <= 5740.0)
