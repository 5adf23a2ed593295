"""A chunk of the simulated sky: which stars there are, and who observes them."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from stellarwh.simulate import population, stellar
from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray, draw_power
from stellarwh.simulate.photometry import (
    BANDS,
    R_H,
    SFD_SCALE,
    absolute_magnitudes,
    distance_for,
    dust_towards,
    extinction,
)
from stellarwh.simulate.sky import footprint, pointings, scatter_in_field, shift

APOGEE, GALAH, LAMOST = range(3)
# Kinds of star by how they are drawn; the last two populate both ends of the sequence.
_KINDS = ("dwarf", "turn-off", "subgiant", "rgb", "red_clump", "hot", "cool")
_HOT, _COOL = 5, 6
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
        chosen = {}
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


def draw_stars(rng: np.random.Generator, n: int) -> Stars:
    """Draw ``n`` candidates; `Stars.targeted` says which surveys observe each."""
    fields_ = pointings()
    pointing = rng.choice(fields_.ra.size, size=n, p=fields_.weight)
    ra, dec = scatter_in_field(rng, fields_.ra[pointing], fields_.dec[pointing])
    ra, dec, separation = _close_pairs(rng, pointing, ra, dec)
    wanted = _choose_surveys(rng, fields_.observed_by[pointing])
    kind = _choose_kinds(rng, wanted)
    h = _choose_magnitudes(rng, wanted, kind)
    stage = np.choose(kind, [0, 1, 2, 3, 4, 0, 0]).astype(np.int64)
    phase = _choose_phases(rng, kind)
    dust = dust_towards(ra, dec)

    # A first guess of the absolute magnitude tells where in the Galaxy a star is.
    typical = np.full(n, 5.0), np.full(n, -0.1)
    guess = stellar.evolve(rng, stage, phase, *typical)
    sketch = absolute_magnitudes(rng, guess.teff, guess.logg, typical[1], guess.m_bol)
    distance = distance_for(h, sketch["h"], R_H, dust)
    position = population.galactocentric(ra, dec, distance)
    chemistry = population.draw_chemistry(rng, position, kind == _HOT)
    _rejuvenate(rng, kind, chemistry, phase)
    stage = _horizontal_branch(rng, stage, chemistry, phase)
    true = stellar.evolve(rng, stage, phase, chemistry.age, chemistry.m_h)
    absolute = absolute_magnitudes(
        rng, true.teff, true.logg, chemistry.fe_h, true.m_bol
    )
    ratio, brightening = _draw_companions(rng, stage)
    distance = distance_for(h, absolute["h"] - brightening, R_H, dust)
    ebv = dust.reddening(distance)
    dimming = extinction(ebv, absolute["bp"] - absolute["rp"])
    modulus = 5.0 * np.log10(distance) + 10.0 - brightening
    magnitudes = {b: absolute[b] + modulus + dimming[b] for b in BANDS}
    motion = population.draw_motion(rng, ra, dec, distance, chemistry)
    sfd = SFD_SCALE * dust.reddening(np.full(n, 30.0))
    stars = Stars(
        truth_id=np.arange(n, dtype=np.int64),
        pointing=pointing,
        ra=ra,
        dec=dec,
        targeted=wanted,
        stage=stage,
        population=chemistry.population,
        age=chemistry.age,
        fe_h=chemistry.fe_h,
        alpha_fe=chemistry.alpha_fe,
        m_h=chemistry.m_h,
        mass=true.mass,
        teff=true.teff,
        logg=true.logg,
        vsini=_draw_rotation(rng, true, chemistry.age),
        distance=distance,
        ebv=ebv,
        ebv_sfd=sfd * np.exp(0.06 * rng.standard_normal(n)),
        pmra=motion.pmra,
        pmdec=motion.pmdec,
        radial_velocity=motion.radial_velocity,
        mass_ratio=ratio,
        brightening=brightening,
        neighbour=separation,
        neighbour_contrast=_contrast(magnitudes["g"], separation),
        magnitudes=magnitudes,
        intrinsic_j_ks=absolute["j"] - absolute["ks"],
        abundances=population.draw_abundances(
            rng, chemistry, _mixing(stage, true, chemistry.m_h)
        ),
    )
    is_there = rng.random(n) < population.relative_density(position)
    stars.targeted &= _observable(rng, stars) & is_there[:, None]
    return stars


def _close_pairs(
    rng: np.random.Generator, pointing: IntArray, ra: FloatArray, dec: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Put about 1 % of the stars a few arcsec from another; returns separations."""
    n = ra.size
    first = 2 * np.flatnonzero(rng.random(n // 2) < 0.007)
    second = first + 1
    pointing[second] = pointing[first]
    apart = rng.uniform(1.3, 6.0, first.size)
    angle = rng.uniform(0.0, 2.0 * np.pi, first.size)
    east, north = 1e3 * apart * np.cos(angle), 1e3 * apart * np.sin(angle)
    ra[second], dec[second] = shift(ra[first], dec[first], east, north)
    separation = np.full(n, np.nan)
    separation[first] = separation[second] = apart
    return ra, dec, separation


def _contrast(g: FloatArray, separation: FloatArray) -> FloatArray:
    partner = np.minimum(np.arange(g.size) ^ 1, g.size - 1)
    return np.where(np.isnan(separation), np.nan, g - g[partner])


def _choose_surveys(rng: np.random.Generator, available: BoolArray) -> BoolArray:
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


def _choose_kinds(rng: np.random.Generator, wanted: BoolArray) -> IntArray:
    several = wanted.sum(axis=1) > 1
    mix = np.where(several, 3, wanted.argmax(axis=1))
    drawn = rng.random(len(wanted)) * _MIX[mix, -1]
    result: IntArray = (drawn[:, None] >= _MIX[mix]).sum(axis=1)
    return np.minimum(result, len(_KINDS) - 1)


def _choose_magnitudes(
    rng: np.random.Generator, wanted: BoolArray, kind: IntArray
) -> FloatArray:
    bright = np.where(wanted, _BRIGHT, 7.0).max(axis=1)
    faint = np.where(wanted, _FAINT, 20.0).min(axis=1)
    faint = np.where(faint > 19.0, 13.0, faint)
    h = draw_power(rng, bright, faint, 0.22)
    # Cool dwarfs are worth observing only nearby, where they move fast.
    return np.where(kind == _COOL, bright + 0.62 * (h - bright), h)


def _choose_phases(rng: np.random.Generator, kind: IntArray) -> FloatArray:
    n = kind.size
    giants = 0.5 + 3.1 * rng.beta(2.6, 1.9, n)
    draws = [
        0.95 - 0.42 * rng.beta(1.0, 1.8, n),
        rng.uniform(0.95, 1.0, n),
        rng.random(n),
        giants,
        rng.random(n),
        rng.uniform(0.4, 0.98, n),
        rng.uniform(0.24, 0.5, n),
    ]
    result: FloatArray = np.choose(kind, draws)
    return result


def _rejuvenate(
    rng: np.random.Generator,
    kind: IntArray,
    chemistry: population.Chemistry,
    phase: FloatArray,
) -> None:
    """Give hot stars the age that leaves them on the main sequence."""
    rows = np.flatnonzero(kind == _HOT)
    mass = 1.65 * (1.0 - rng.random(rows.size) * 0.86) ** (-1.0 / 2.0)
    lifetime = stellar.main_sequence_age(mass, chemistry.m_h[rows])
    chemistry.age[rows] = lifetime * phase[rows] ** 2.8
    chemistry.fe_h[rows] = np.clip(chemistry.fe_h[rows], -0.4, 0.3)


def _horizontal_branch(
    rng: np.random.Generator,
    stage: IntArray,
    chemistry: population.Chemistry,
    phase: FloatArray,
) -> IntArray:
    """Turn a fifth of the metal-poor halo's clump stars blue."""
    blue = (stage == stellar.RED_CLUMP) & (chemistry.population == population.HALO)
    blue &= (chemistry.fe_h < -1.1) & (rng.random(stage.size) < 0.35)
    return np.where(blue, stellar.HORIZONTAL_BRANCH, stage)


def _draw_companions(
    rng: np.random.Generator, stage: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Mass ratios of unresolved binaries, and how much the pair outshines the star."""
    n = stage.size
    has_one = rng.random(n) < 0.11
    ratio = np.where(has_one, rng.uniform(0.3, 1.0, n), 0.0)
    flux = np.where(stage <= stellar.TURN_OFF, ratio**4.5, 0.02 * ratio)
    return ratio, 2.5 * np.log10(1.0 + flux)


def _draw_rotation(
    rng: np.random.Generator, true: stellar.Structure, age: FloatArray
) -> FloatArray:
    """Projected rotation in km/s: fast above the Kraft break and in some giants."""
    n = age.size
    slow = 1.5 + rng.gamma(2.0, 1.3, n)
    fast = 90.0 * np.clip((true.teff - 6100.0) / 1500.0, 0.0, 1.6) * rng.random(n)
    odd = np.where(rng.random(n) < 0.012, rng.uniform(12.0, 60.0, n), 0.0)
    return slow + np.where(true.logg > 3.4, fast, 0.0) + odd


def _mixing(stage: IntArray, true: stellar.Structure, m_h: FloatArray) -> FloatArray:
    """Depletion of [C/N] by the first dredge-up: deeper in more massive giants."""
    depth = (
        0.20 + 0.42 * np.clip(true.mass - 1.0, -0.2, 1.3) - 0.08 * np.minimum(m_h, 0)
    )
    is_mixed = (stage == stellar.RGB) & (true.logg < 3.4)
    is_mixed |= stage >= stellar.RED_CLUMP
    return np.where(is_mixed, np.maximum(depth, 0.05), 0.0)


def _observable(rng: np.random.Generator, stars: Stars) -> BoolArray:
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
