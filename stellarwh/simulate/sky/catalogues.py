"""What Gaia, 2MASS and WISE say about the stars: shared by the surveys that quote them.

One value per star, whoever quotes it: two surveys that carry the same 2MASS magnitude
carry the same number, as in the real files.
"""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from stellarwh.simulate.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    TextArray,
    scramble,
)
from stellarwh.simulate.files.text import sexagesimal
from stellarwh.simulate.sky.pointings import REFERENCE_EPOCH, healpix_nested, shift
from stellarwh.simulate.sky.stars import Stars

_LOW_BITS = 35  # of a Gaia id, below its HEALPix cell


@dataclass
class Catalogues:
    """Measured values, one entry per star; units as in `Stars`."""

    gaia_dr3: IntArray
    gaia_dr2: IntArray
    g: FloatArray
    bp: FloatArray
    rp: FloatArray
    parallax: FloatArray
    parallax_error: FloatArray
    pmra: FloatArray
    pmra_error: FloatArray
    pmdec: FloatArray
    pmdec_error: FloatArray
    parallax_dr2: FloatArray
    parallax_error_dr2: FloatArray
    ruwe_dr2: FloatArray
    distance_noise: FloatArray  # standard deviations, shared by distance estimates
    rv_gaia: FloatArray
    rv_gaia_error: FloatArray
    ra_2mass: FloatArray
    dec_2mass: FloatArray
    twomass: TextArray  # HHMMSSss+DDMMSSs
    j: FloatArray
    j_error: FloatArray
    h: FloatArray
    h_error: FloatArray
    ks: FloatArray
    ks_error: FloatArray
    w2: FloatArray
    w2_error: FloatArray

    def take(self, rows: IntArray | BoolArray) -> Self:
        """Select stars."""
        chosen = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return replace(self, **chosen)


def position_at(
    stars: Stars,
    epoch: FloatArray | float,
    scatter: float,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Measured position in degrees at an epoch, ``scatter`` in mas per coordinate."""
    years = np.asarray(epoch) - REFERENCE_EPOCH
    noise = scatter * rng.standard_normal((2, stars.ra.size))
    east, north = stars.pmra * years + noise[0], stars.pmdec * years + noise[1]
    return shift(stars.ra, stars.dec, east, north)


def observe_catalogues(rng: np.random.Generator, stars: Stars) -> Catalogues:
    """Measure stars as the all-sky catalogues do."""
    n = stars.ra.size
    g = stars.magnitudes["g"]
    # Unresolved pairs and close neighbours spoil the astrometric fit.
    wobble = (stars.mass_ratio > 0.2) & (rng.random(n) < 0.55)
    wobble |= stars.neighbour < 2.0
    ruwe = 1.02 + 0.05 * rng.standard_normal(n) + 0.04 * rng.exponential(1.0, n)
    ruwe = np.where(wobble, ruwe + rng.gamma(1.5, 1.2, n), ruwe)
    parallax_error = 0.017 * 10.0 ** (0.2 * np.maximum(g - 14.5, 0.0))
    parallax_error *= np.exp(0.15 * rng.standard_normal(n)) * np.maximum(ruwe, 1.0)
    pm_error = 1.05 * parallax_error
    true_parallax = 1.0 / stars.distance
    # Zero point of about -0.02 mas at the bright end, -0.04 at the faint end.
    zero_dr3 = -0.02 - 0.01 * np.clip((g - 11.0) / 3.0, 0.0, 2.0)
    noise = rng.standard_normal((4, n))
    ra_2mass, dec_2mass = position_at(stars, rng.uniform(1998.0, 2001.1, n), 70.0, rng)
    two_mass = {
        band: _two_mass(rng, stars.magnitudes[band]) for band in ("j", "h", "ks")
    }
    dr3 = _gaia_ids(stars, 2 * stars.truth_id)
    has_rv = (g < 12.8) & (stars.teff > 3600.0) & (stars.teff < 6900.0)
    has_rv &= rng.random(n) < 0.9
    rv_error = np.where(
        has_rv, 0.25 * 10.0 ** (0.22 * np.maximum(g - 9.0, 0.0)), np.nan
    )
    w2_error = 0.02 + 0.01 * np.clip(stars.magnitudes["w2"] - 11.0, 0.0, 5.0)
    error_dr2 = 1.6 * parallax_error
    return Catalogues(
        gaia_dr3=dr3,
        gaia_dr2=np.where(
            rng.random(n) < 0.02, _gaia_ids(stars, 2 * stars.truth_id + 1), dr3
        ),
        g=g + 0.001 * rng.standard_normal(n),
        bp=stars.magnitudes["bp"] + _gaia_colour_error(g) * rng.standard_normal(n),
        rp=stars.magnitudes["rp"] + _gaia_colour_error(g) * rng.standard_normal(n),
        parallax=true_parallax + zero_dr3 + parallax_error * noise[0],
        parallax_error=parallax_error,
        pmra=stars.pmra + pm_error * noise[1],
        pmra_error=pm_error,
        pmdec=stars.pmdec + pm_error * noise[2],
        pmdec_error=pm_error * 0.95,
        parallax_dr2=true_parallax - 0.04 + error_dr2 * noise[3],
        parallax_error_dr2=error_dr2,
        ruwe_dr2=ruwe,
        distance_noise=rng.standard_normal(n),
        rv_gaia=stars.radial_velocity + rv_error * rng.standard_normal(n),
        rv_gaia_error=rv_error,
        ra_2mass=ra_2mass,
        dec_2mass=dec_2mass,
        twomass=sexagesimal(ra_2mass, dec_2mass, 2, 1, ""),
        j=two_mass["j"][0],
        j_error=two_mass["j"][1],
        h=two_mass["h"][0],
        h_error=two_mass["h"][1],
        ks=two_mass["ks"][0],
        ks_error=two_mass["ks"][1],
        w2=stars.magnitudes["w2"] + w2_error * rng.standard_normal(n),
        w2_error=w2_error,
    )


def _two_mass(
    rng: np.random.Generator, true: FloatArray
) -> tuple[FloatArray, FloatArray]:
    error = 0.021 + 0.004 * rng.random(true.size)
    error += 0.02 * 10.0 ** (0.4 * (true - 14.5))
    error = np.round(error, 3)
    return np.round(true + error * rng.standard_normal(true.size), 3), error


def _gaia_colour_error(g: FloatArray) -> FloatArray:
    return 0.002 + 0.006 * 10.0 ** (0.3 * (g - 16.0))


def _gaia_ids(stars: Stars, serial: IntArray) -> IntArray:
    """Make ids as Gaia does: HEALPix cell of order 12 above, a unique number below."""
    cell = healpix_nested(12, stars.ra, stars.dec)
    result: IntArray = (cell << _LOW_BITS) | scramble(serial, 0, _LOW_BITS)
    return result


def log_normal_distances(
    noise: FloatArray, parallax: FloatArray, error: FloatArray, truth: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distance estimate with its 16th and 84th percentile in pc.

    A stand-in for Bailer-Jones: as precise as the parallax, and never worse than 30 %.
    """
    spread = np.minimum(error / np.maximum(np.abs(parallax), 1e-3), 0.3)
    middle = 1000.0 * truth * np.exp(spread * noise)
    return middle, middle * np.exp(-spread), middle * np.exp(spread)
