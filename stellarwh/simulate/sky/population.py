"""Thin disc, thick disc and halo: where, how old, how metal-rich and how fast."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray
from stellarwh.simulate.sky.pointings import TO_GALACTIC, local_axes, unit_vectors

POPULATIONS = ("thin", "thick", "halo")
THIN, THICK, HALO = range(3)
SUN_R, SUN_Z = 8.2, 0.02  # kpc
SUN_VELOCITY = np.array([11.1, 12.24, 7.25])  # U, V, W in km/s, Schoenrich+2010
CIRCULAR_SPEED = 233.0
KM_S_PER_MAS_KPC = 4.740470463

# Local density, scale height and length in kpc of the discs.
_DISCS = ((1.0, 0.30, 2.6), (0.10, 0.90, 2.0))
_HALO_LOCAL, _HALO_SLOPE = 0.004, -2.8
# Velocity dispersions (radial, azimuthal, vertical) and mean rotation in km/s.
_DISPERSION = np.array([(35.0, 24.0, 18.0), (65.0, 50.0, 42.0), (150.0, 110.0, 95.0)])
_ROTATION = np.array([CIRCULAR_SPEED - 8.0, CIRCULAR_SPEED - 46.0, 25.0])


@dataclass
class Chemistry:
    """Origin and composition of stars; each array of shape (n,)."""

    population: IntArray  # index into POPULATIONS
    age: FloatArray  # Gyr
    fe_h: FloatArray  # dex
    alpha_fe: FloatArray  # dex

    @property
    def m_h(self) -> FloatArray:
        """[M/H] with the weight of the alpha elements (Salaris et al. 1993)."""
        alpha = 10.0**self.alpha_fe
        result: FloatArray = self.fe_h + np.log10(0.638 * alpha + 0.362)
        return result


def galactocentric(ra: FloatArray, dec: FloatArray, distance: FloatArray) -> FloatArray:
    """Cartesian positions of shape (n, 3) in kpc; the Sun is at (-8.2, 0, 0.02)."""
    position: FloatArray = (unit_vectors(ra, dec) @ TO_GALACTIC.T) * distance[:, None]
    position += np.array([-SUN_R, 0.0, SUN_Z])
    return position


def _densities(position: FloatArray) -> list[FloatArray]:
    """Density of each population, the thin disc at the Sun being about 1."""
    radius = np.hypot(position[:, 0], position[:, 1])
    height = np.abs(position[:, 2])
    discs = [
        local * np.exp(-(radius - SUN_R) / length - height / scale)
        for local, scale, length in _DISCS
    ]
    centre = np.maximum(np.hypot(radius, height), 0.5)
    halo: FloatArray = _HALO_LOCAL * (centre / SUN_R) ** _HALO_SLOPE
    return [*discs, halo]


def relative_density(position: FloatArray) -> FloatArray:
    """Chance to keep a star drawn at a place: falls where the Galaxy thins out."""
    density = np.sum(_densities(position), axis=0)
    result: FloatArray = np.minimum(density / 0.04, 1.0) ** 0.75
    return result


def draw_chemistry(
    rng: np.random.Generator, position: FloatArray, is_young: BoolArray
) -> Chemistry:
    """Draw population, age, [Fe/H] and [alpha/Fe] of stars at a place in the Galaxy."""
    n = is_young.size
    radius = np.hypot(position[:, 0], position[:, 1])
    height = np.abs(position[:, 2])
    share = np.cumsum(_densities(position), axis=0)
    drawn = rng.random(n) * share[-1]
    population = np.where(is_young, THIN, (drawn > share[0]) + (drawn > share[1]) * 1)
    population = population.astype(np.int64)

    old = population != THIN
    age = np.where(old, rng.uniform(9.0, 12.8, n), 0.8 + 9.2 * rng.beta(1.3, 1.7, n))
    gradient = -0.02 - 0.06 * (radius - SUN_R) - 0.1 * height
    thin = gradient + (0.14 + 0.012 * age) * rng.standard_normal(n)
    thick = -0.48 + 0.24 * rng.standard_normal(n)
    halo = -1.35 + 0.42 * rng.standard_normal(n)
    fe_h = np.clip(np.choose(population, [thin, thick, halo]), -3.0, 0.55)
    return Chemistry(population, age, fe_h, _draw_alpha(rng, population, age, fe_h))


def _draw_alpha(
    rng: np.random.Generator, population: IntArray, age: FloatArray, fe_h: FloatArray
) -> FloatArray:
    """[alpha/Fe]: two sequences in the disc, and a halo half of which was accreted."""
    n = fe_h.size
    thin = 0.02 - 0.12 * np.clip(fe_h, -0.8, 0.3) + 0.006 * (age - 4.5)
    thick = 0.27 - 0.26 * np.maximum(fe_h + 0.6, 0.0)
    accreted = 0.27 - 0.22 * np.maximum(fe_h + 1.6, 0.0)
    halo = np.where(rng.random(n) < 0.5, 0.30, accreted)
    spread = np.array([0.022, 0.025, 0.04])[population]
    mean = np.choose(population, [thin, thick, halo])
    result: FloatArray = mean + spread * rng.standard_normal(n)
    return result


@dataclass
class Motion:
    """How stars move as seen from the Sun; each array of shape (n,)."""

    pmra: FloatArray  # mas/yr, with cos(Dec)
    pmdec: FloatArray  # mas/yr
    radial_velocity: FloatArray  # km/s


def draw_motion(
    rng: np.random.Generator,
    ra: FloatArray,
    dec: FloatArray,
    distance: FloatArray,
    chemistry: Chemistry,
) -> Motion:
    """Draw Galactic velocities and project them; ``distance`` in kpc."""
    n = ra.size
    position = galactocentric(ra, dec, distance)
    radius = np.maximum(np.hypot(position[:, 0], position[:, 1]), 1e-3)
    outward = position[:, :2] / radius[:, None]
    # Old thin-disc stars are hotter; the asymmetric drift follows the dispersion.
    heat = np.where(chemistry.population == THIN, (chemistry.age / 5.0) ** 0.35, 1.0)
    sigma = _DISPERSION[chemistry.population] * heat[:, None]
    peculiar = sigma * rng.standard_normal((n, 3))
    rotation = _ROTATION[chemistry.population] - 6.0 * (heat**2 - 1.0)
    azimuthal = rotation + peculiar[:, 1]
    # x points from the Sun to the centre; rotation carries the Sun towards +y.
    velocity = np.stack(
        [
            peculiar[:, 0] * outward[:, 0] + azimuthal * outward[:, 1],
            peculiar[:, 0] * outward[:, 1] - azimuthal * outward[:, 0],
            peculiar[:, 2],
        ],
        axis=1,
    )
    velocity -= SUN_VELOCITY + np.array([0.0, CIRCULAR_SPEED, 0.0])
    velocity = velocity @ TO_GALACTIC
    east, north = local_axes(ra, dec)
    along = np.einsum("ij,ij->i", velocity, unit_vectors(ra, dec))
    scale = KM_S_PER_MAS_KPC * distance
    return Motion(
        pmra=np.einsum("ij,ij->i", velocity, east) / scale,
        pmdec=np.einsum("ij,ij->i", velocity, north) / scale,
        radial_velocity=along,
    )


@cache
def element_table() -> dict[str, dict[str, float]]:
    """Trends and errors of each element, from ``elements.csv``; blanks are NaN."""
    text = files("stellarwh.simulate").joinpath("elements.csv").read_text("utf-8")
    header, *lines = [line.split(",") for line in text.splitlines()]
    return {
        line[0]: {
            key: float(value) if value else np.nan
            for key, value in zip(header[1:], line[1:], strict=True)
        }
        for line in lines
    }


def draw_abundances(
    rng: np.random.Generator, chemistry: Chemistry, mixing: FloatArray
) -> dict[str, FloatArray]:
    """Draw [X/Fe] of every element.

    Parameters
    ----------
    rng : Generator
        For the scatter at fixed [Fe/H], [alpha/Fe] and age.
    chemistry : Chemistry
        The stars.
    mixing : ndarray of shape (n,)
        How much the first dredge-up lowered [C/N], in dex (0 for unmixed stars).
    """
    fe_h, alpha, age = chemistry.fe_h, chemistry.alpha_fe, chemistry.age
    result = {}
    for element, trend in element_table().items():
        mean = trend["alpha_slope"] * alpha + trend["fe_slope"] * fe_h
        mean = mean + trend["age_slope"] * (age - 4.6)
        noise = trend["scatter"] * rng.standard_normal(fe_h.size)
        result[element] = mean + noise
    # C and N of giants trade places: the sum of their number stays nearly the same.
    tightness = 0.35
    for element, part in (("c", -0.35), ("n", 0.65)):
        mean = element_table()[element]["alpha_slope"] * alpha
        kept = np.where(mixing > 0, tightness, 1.0)
        result[element] = mean + kept * (result[element] - mean) + part * mixing
    result["li"] += np.where(mixing > 0, -1.2, 0.0)
    return result
