"""A chunk of the simulated sky: which stars there are, and who observes them."""

import numpy as np

from stellarwh.simulate.arrays import FloatArray, IntArray
from stellarwh.simulate.sky import population, stellar
from stellarwh.simulate.sky.photometry import (
    BANDS,
    R_H,
    SFD_SCALE,
    absolute_magnitudes,
    distance_for,
    dust_towards,
    extinction,
)
from stellarwh.simulate.sky.pointings import pointings, scatter_in_field
from stellarwh.simulate.sky.selection import (
    HOT,
    choose_kinds,
    choose_magnitudes,
    choose_surveys,
    close_pairs,
    observable,
)
from stellarwh.simulate.sky.stars import Stars


def draw_stars(rng: np.random.Generator, n: int) -> Stars:
    """Draw ``n`` candidates; `Stars.targeted` says which surveys observe each."""
    centres = pointings()
    pointing = rng.choice(centres.ra.size, size=n, p=centres.weight)
    ra, dec = scatter_in_field(rng, centres.ra[pointing], centres.dec[pointing])
    ra, dec, separation = close_pairs(rng, pointing, ra, dec)
    wanted = choose_surveys(rng, centres.observed_by[pointing])
    kind = choose_kinds(rng, wanted)
    h = choose_magnitudes(rng, wanted, kind)
    stage = np.choose(kind, [0, 1, 2, 3, 4, 0, 0]).astype(np.int64)
    phase = _choose_phases(rng, kind)
    dust = dust_towards(ra, dec)

    # A first guess of the absolute magnitude tells where in the Galaxy a star is.
    typical = np.full(n, 5.0), np.full(n, -0.1)
    guess = stellar.evolve(rng, stage, phase, *typical)
    sketch = absolute_magnitudes(rng, guess.teff, guess.logg, typical[1], guess.m_bol)
    distance = distance_for(h, sketch["h"], R_H, dust)
    position = population.galactocentric(ra, dec, distance)
    chemistry = population.draw_chemistry(rng, position, kind == HOT)
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
    stars.targeted &= observable(rng, stars) & is_there[:, None]
    return stars


def _contrast(g: FloatArray, separation: FloatArray) -> FloatArray:
    partner = np.minimum(np.arange(g.size) ^ 1, g.size - 1)
    return np.where(np.isnan(separation), np.nan, g - g[partner])


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
    rows = np.flatnonzero(kind == HOT)
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
