"""Simulated stars obey the published relations, checked without their inverses."""

import numpy as np
import pytest

from stellarwh.simulate.sky import population, stellar
from stellarwh.simulate.sky.photometry import dust_towards, extinction
from stellarwh.simulate.sky.relations import (
    bolometric_correction_g,
    colours,
    temperature_from_j_ks,
)
from stellarwh.simulate.sky.stars import Stars
from stellarwh.simulate.sky.universe import draw_stars


@pytest.fixture(scope="module")
def stars() -> Stars:
    return draw_stars(np.random.default_rng(5), 20_000)


def of(value: float) -> np.ndarray:
    return np.array([value])


def intrinsic(stars: Stars) -> dict[str, np.ndarray]:
    """Absolute magnitudes of single stars, companions and dust removed."""
    modulus = 5 * np.log10(stars.distance) + 10 - stars.brightening
    guess = stars.magnitudes["bp"] - stars.magnitudes["rp"]
    for _ in range(6):
        dust = extinction(stars.ebv, guess)
        guess = (
            stars.magnitudes["bp"] - stars.magnitudes["rp"] - (dust["bp"] - dust["rp"])
        )
    return {b: m - modulus - dust[b] for b, m in stars.magnitudes.items()}


def test_colours_meet_the_worked_examples_of_the_relations() -> None:
    # Mucciarelli+2021 giants: BP-RP = 1.2, [Fe/H] = -0.5 is 4749 K.
    bp_rp, *_ = colours(of(4749.0), of(2.0), of(-0.5))
    assert bp_rp[0] == pytest.approx(1.2, abs=0.002)
    # Gonzalez Hernandez & Bonifacio 2009 giants: J-Ks = 0.65, [Fe/H] = 0 is 4714 K.
    _, _, j_ks, _ = colours(of(4714.0), of(2.0), of(0.0))
    assert j_ks[0] == pytest.approx(0.65, abs=0.002)
    assert temperature_from_j_ks(of(0.65), of(0.0), np.array([True]))[
        0
    ] == pytest.approx(4714.0, abs=1.0)


def test_sun_has_solar_bolometric_correction_and_colour() -> None:
    assert bolometric_correction_g(of(5772.0))[0] == pytest.approx(0.06)
    bp_rp, _, _, g_rp = colours(of(5772.0), of(4.438), of(0.0))
    # G2V of the main-sequence table has BP-RP = 0.823.
    assert bp_rp[0] == pytest.approx(0.82, abs=0.05)
    assert g_rp[0] == pytest.approx(0.49, abs=0.04)


@pytest.mark.parametrize(
    ("mass", "teff", "m_g", "m_ks"),
    [
        # F5V, G2V, K2V, K5V, M0V, M2V.
        (1.33, 6510.0, 3.32, 2.32),
        (1.00, 5770.0, 4.65, 3.20),
        (0.82, 5040.0, 5.89, 4.04),
        (0.70, 4410.0, 6.95, 4.48),
        (0.57, 3870.0, 8.26, 5.22),
        (0.44, 3550.0, 9.38, 6.06),
    ],
)
def test_main_sequence_follows_the_table(
    mass: float, teff: float, m_g: float, m_ks: float
) -> None:
    # At the age when 40 % of its life is over the relation is the table itself.
    age = 0.4 * stellar.main_sequence_age(of(mass), of(0.0))
    phase = mass / stellar.turn_off_mass(age, of(0.0))
    rng = np.random.default_rng(0)
    star = stellar.evolve(rng, np.array([stellar.DWARF]), phase, age, of(0.0))
    assert star.teff[0] == pytest.approx(teff, rel=0.015)
    g = star.m_bol - bolometric_correction_g(star.teff)
    assert g[0] == pytest.approx(m_g, abs=0.2)
    bp_rp, bp_ks, _, g_rp = colours(star.teff, star.logg, of(0.0))
    assert (g - g_rp + bp_rp - bp_ks)[0] == pytest.approx(m_ks, abs=0.25)


def test_photometric_temperatures_agree_within_the_scatter_of_the_relations(
    stars: Stars,
) -> None:
    absolute = intrinsic(stars)
    j_ks = absolute["j"] - absolute["ks"]
    giant = (stars.logg < 3.0) & (stars.teff < 5500) & (stars.fe_h > -2.0)
    dwarf = (stars.logg > 4.1) & (stars.teff > 4800) & (stars.teff < 6800)
    # sigma of Gonzalez Hernandez & Bonifacio: 94 K giants, 139 K dwarfs.
    for rows, limit in ((giant, 94.0), (dwarf, 139.0)):
        fitted = temperature_from_j_ks(j_ks[rows], stars.fe_h[rows], giant[rows])
        difference = fitted - stars.teff[rows]
        assert abs(np.median(difference)) < 20.0
        assert np.std(difference) < limit


def test_photometric_gravity_agrees_with_mass_temperature_and_parallax(
    stars: Stars,
) -> None:
    m_bol = intrinsic(stars)["g"] + bolometric_correction_g(stars.teff)
    logg = 4.438 + np.log10(stars.mass) + 4 * np.log10(stars.teff / 5772.0)
    logg = logg + 0.4 * (m_bol - 4.74)
    assert np.abs(logg - stars.logg).max() < 0.01


def test_red_clump_stands_at_its_absolute_magnitude(stars: Stars) -> None:
    clump = (stars.stage == stellar.RED_CLUMP) & (stars.mass < 1.8)
    m_ks = intrinsic(stars)["ks"][clump]
    assert np.median(m_ks) == pytest.approx(-1.61, abs=0.06)
    assert np.std(m_ks) < 0.15
    assert np.median(stars.logg[clump]) == pytest.approx(2.45, abs=0.12)


def test_populations_differ_as_those_of_the_galaxy_do(stars: Stars) -> None:
    thin, thick, halo = (stars.population == p for p in range(3))
    assert np.median(stars.fe_h[thin]) > -0.25
    assert -0.65 < np.median(stars.fe_h[thick]) < -0.35
    assert np.median(stars.fe_h[halo]) < -1.1
    assert np.median(stars.alpha_fe[thick]) > np.median(stars.alpha_fe[thin]) + 0.12
    assert np.median(stars.age[thick]) > np.median(stars.age[thin]) + 3
    assert thin.mean() > thick.mean() > halo.mean() > 0.005


def test_radial_velocities_show_the_motion_of_the_sun() -> None:
    # Towards l = 90 the Sun runs after the disc at 12 km/s plus the drift, at
    # l = 270 away from it: thin-disc stars nearby approach and recede.
    n = 4000
    distance = np.full(n, 0.2)
    chemistry = population.Chemistry(
        np.zeros(n, dtype=np.int64), np.full(n, 5.0), np.zeros(n), np.zeros(n)
    )
    rng = np.random.default_rng(1)
    velocities = []
    for ra, dec in ((318.0, 48.3), (138.0, -48.3)):
        place = np.full(n, ra), np.full(n, dec)
        motion = population.draw_motion(rng, *place, distance, chemistry)
        velocities.append(np.median(motion.radial_velocity))
    assert velocities[0] == pytest.approx(-20.0, abs=4.0)
    assert velocities[1] == pytest.approx(20.0, abs=4.0)


def test_halo_stars_move_faster_across_the_sky(stars: Stars) -> None:
    transverse = 4.740470463 * stars.distance * np.hypot(stars.pmra, stars.pmdec)
    medians = [np.median(transverse[stars.population == p]) for p in range(3)]
    # Babusiaux+2018: below 40 thin disc, 60-150 thick disc, above 200 halo.
    assert medians[0] < 60 < medians[1] < 150 < medians[2]


def test_clump_and_branch_differ_in_carbon_over_nitrogen(stars: Stars) -> None:
    c_n = stars.abundances["c"] - stars.abundances["n"]
    giant = (stars.logg > 2.2) & (stars.logg < 3.3) & (stars.fe_h > -0.7)
    dwarf = stars.logg > 4.0
    assert np.median(c_n[dwarf]) > np.median(c_n[giant]) + 0.15
    branch = giant & (stars.stage == stellar.RGB)
    heavy, light = branch & (stars.mass > 1.5), branch & (stars.mass < 1.1)
    assert np.median(c_n[light]) > np.median(c_n[heavy]) + 0.15


def test_all_spectral_types_from_b_to_m_are_there(stars: Stars) -> None:
    for low, high in ((10_050, 40_000), (7330, 10_050), (5960, 7330), (5310, 5960),
                      (3905, 5310), (2500, 3905)):  # fmt: skip
        assert ((stars.teff > low) & (stars.teff <= high)).sum() > 10


def test_dust_grows_with_distance_and_lies_in_the_plane() -> None:
    # l = 120 at b = 0 and at b = 60.
    dust = dust_towards(np.array([6.4, 190.7]), np.array([62.7, 57.1]))
    near, far = dust.reddening(np.full(2, 0.1)), dust.reddening(np.full(2, 5.0))
    assert (far > near).all()
    assert far[0] > 5 * far[1]
    # SFD at high latitude is a few hundredths of a magnitude.
    assert 0.005 < far[1] < 0.15
