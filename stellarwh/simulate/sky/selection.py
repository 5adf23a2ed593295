"""Who observes whom: fields, kinds of target, magnitude limits and footprints."""

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, draw_power
from stellarwh.simulate.sky.pointings import footprint, shift
from stellarwh.simulate.sky.stars import Stars

# Kinds of star by how they are drawn; the last two populate both ends of the sequence.
KINDS = ("dwarf", "turn-off", "subgiant", "rgb", "red_clump", "hot", "cool")
HOT, COOL = 5, 6
# Shares of the kinds where APOGEE, GALAH, LAMOST observes alone, or several do.
_MIX = np.cumsum(
    [
        (0.10, 0.05, 0.06, 0.44, 0.30, 0.025, 0.025),
        (0.34, 0.16, 0.08, 0.25, 0.15, 0.01, 0.01),
        (0.40, 0.18, 0.08, 0.17, 0.12, 0.04, 0.01),
        (0.20, 0.12, 0.07, 0.38, 0.21, 0.01, 0.01),
    ],
    axis=1,
)
# H magnitudes within which each survey finds most of its targets.
_BRIGHT = np.array([7.2, 8.0, 8.5])
_FAINT = np.array([13.4, 12.5, 14.4])
_SHARED = 0.47  # part of the stars that every survey at a field wants
_ALONE = np.array([0.30, 0.36, 0.34])  # who takes the others


def close_pairs(
    rng: np.random.Generator, pointing: IntArray, ra: FloatArray, dec: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Put about 1 % of the stars a few arcsec from another; returns separations."""
    n = ra.size
    first = 2 * np.flatnonzero(rng.random(n // 2) < 0.014)
    second = first + 1
    pointing[second] = pointing[first]
    apart = rng.uniform(1.3, 6.0, first.size)
    angle = rng.uniform(0.0, 2.0 * np.pi, first.size)
    east, north = 1e3 * apart * np.cos(angle), 1e3 * apart * np.sin(angle)
    ra[second], dec[second] = shift(ra[first], dec[first], east, north)
    separation = np.full(n, np.nan)
    separation[first] = separation[second] = apart
    return ra, dec, separation


def choose_surveys(rng: np.random.Generator, available: BoolArray) -> BoolArray:
    """Give each star to every survey at its field, or to one of them; (n, 3)."""
    n = len(available)
    everyone = available & (rng.random((n, 3)) < 0.93)
    weights = np.cumsum(available * _ALONE, axis=1)
    drawn = rng.random(n) * weights[:, -1]
    lone = (drawn[:, None] < weights).argmax(axis=1)
    alone = np.zeros_like(available)
    alone[np.arange(n), lone] = True
    is_shared = rng.random(n) < _SHARED
    result: BoolArray = np.where(is_shared[:, None], everyone, alone)
    return result


def choose_kinds(rng: np.random.Generator, wanted: BoolArray) -> IntArray:
    """Draw the kind of each star, an index into `KINDS`, as its surveys mix them."""
    several = wanted.sum(axis=1) > 1
    mix = np.where(several, 3, wanted.argmax(axis=1))
    drawn = rng.random(len(wanted)) * _MIX[mix, -1]
    result: IntArray = (drawn[:, None] >= _MIX[mix]).sum(axis=1)
    return np.minimum(result, len(KINDS) - 1)


def choose_magnitudes(
    rng: np.random.Generator, wanted: BoolArray, kind: IntArray
) -> FloatArray:
    """Draw H magnitudes that all the surveys of a star can reach."""
    bright = np.where(wanted, _BRIGHT, 7.0).max(axis=1)
    faint = np.where(wanted, _FAINT, 20.0).min(axis=1)
    faint = np.where(faint > 19.0, 13.0, faint)
    h = draw_power(rng, bright, faint, 0.22)
    # Cool dwarfs are worth observing only nearby, where they move fast.
    return np.where(kind == COOL, bright + 0.62 * (h - bright), h)


def observable(rng: np.random.Generator, stars: Stars) -> BoolArray:
    """Magnitude, colour and footprint limits of the surveys; shape (n, 3)."""
    n = stars.ra.size
    h = stars.magnitudes["h"]
    apogee = (h > 6.8) & (h < 13.8)
    apogee &= (stars.intrinsic_j_ks > 0.3) | (rng.random(n) < 0.6)
    v = stars.v_jk
    galah = (v > 9.0) & (v < 14.3) & (stars.teff < 9500.0)
    r = stars.pan_starrs("r")
    lamost = (r > 9.0) & (r < 17.8)
    in_range = (stars.teff > 3900.0) & (stars.teff < 8600.0)
    lamost &= in_range | (rng.random(n) < 0.15)
    reach = footprint(stars.ra, stars.dec)
    return np.stack([apogee, galah, lamost], axis=1) & reach
