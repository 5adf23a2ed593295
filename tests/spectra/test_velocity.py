"""Radial velocities by cross-correlation: of real stars, of made lines, of noise."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stellarwh.spectra import velocity as module
from stellarwh.spectra.frame import air_to_vacuum
from stellarwh.spectra.spectrum import LIGHT
from stellarwh.spectra.velocity import measure_velocity
from tests.spectra.published import pixels, spectrum_of

LAMOST = 10 ** (3.5682 + 1e-4 * np.arange(3909))
# Hδ, Hγ, Hβ, Mg b, Fe, Na D, Hα and the calcium triplet in air; depths of a G star.
LINES = {
    4101.74: 0.4, 4340.46: 0.4, 4861.32: 0.45, 5167.32: 0.2, 5172.68: 0.25,
    5183.60: 0.3, 5269.55: 0.2, 5328.04: 0.15, 5889.95: 0.2, 5895.92: 0.18,
    6562.79: 0.45, 8498.02: 0.2, 8542.09: 0.35, 8662.14: 0.3,
}  # fmt: skip


def made(waves, velocity, sigma=2.0):
    """Return a flux with lines, waves being in vacuum."""
    flux = 1 + 1e-4 * (waves - 6000)
    for line, depth in LINES.items():
        centre = float(air_to_vacuum(line)) * (1 + velocity / LIGHT)
        flux = flux * (1 - depth * np.exp(-(((waves - centre) / sigma) ** 2) / 2))
    return flux


@pytest.fixture(scope="module")
def stars(real_spectra, manifest):
    """Return the LAMOST spectra of stars of which the header has a redshift."""
    is_star = {row["file"]: row["obj_class"] != "GALAXY" for row in manifest}
    return [
        spectrum
        for file, (spectrum,) in real_spectra.items()
        if is_star[file] and spectrum.velocity is not None
    ]


def robust(values):
    middle = np.median(values)
    return float(middle), float(1.4826 * np.median(np.abs(values - middle)))


def test_real_stars_have_the_velocities_of_their_headers(stars):
    found = [measure_velocity(spectrum) for spectrum in stars]
    assert sum(one.velocity is None for one in found) <= 2
    pairs = [
        (one.velocity - spectrum.velocity, one.err)
        for one, spectrum in zip(found, stars, strict=True)
        if one.velocity is not None
    ]
    differences, errs = np.array(pairs).T
    assert len(differences) > 100
    offset, scatter = robust(differences)
    # 2.6 and 6.9 km/s; those of LAMOST itself have some 5 km/s.
    assert abs(offset) < 5
    assert scatter < 9
    assert 0.7 < robust(differences / errs)[1] < 1.3


def test_a_star_that_moves_faster_is_found_faster(stars):
    best = sorted(stars, key=lambda spectrum: -spectrum.snr)[:12]
    for spectrum in best:
        still = measure_velocity(spectrum)
        for more in (-350.0, 220.0):
            factor = 1 + more / LIGHT
            moved = [
                replace(piece, wavelength=piece.wavelength * factor)
                for piece in spectrum.pieces
            ]
            found = measure_velocity(replace(spectrum, pieces=tuple(moved)))
            total = ((1 + still.velocity / LIGHT) * factor - 1) * LIGHT
            assert found.velocity == pytest.approx(total, abs=still.err / 2 + 1)


def test_galaxies_have_none(real_spectra, manifest):
    galaxies = [row["file"] for row in manifest if row["obj_class"] == "GALAXY"]
    seen = [measure_velocity(real_spectra[f][0]) for f in galaxies if f in real_spectra]
    assert len(seen) == 2
    assert [one.velocity for one in seen] == [None, None]
    assert all(np.isnan(one.err) for one in seen)


@pytest.mark.parametrize("velocity", [-420.0, -15.0, 0.0, 87.0, 600.0])
def test_made_lines(velocity):
    rng = np.random.default_rng(1)
    flux = made(LAMOST, velocity) + rng.normal(0, 0.02, len(LAMOST))
    found = measure_velocity(
        spectrum_of(pixels(LAMOST, flux, err=0.02), medium="vacuum")
    )
    # A resolution element is 167 km/s wide.
    assert found.velocity == pytest.approx(velocity, abs=15)
    assert found.err < 20
    assert 0.3 < found.peak <= 1
    assert found.sigma > 10


def test_arms_are_correlated_together():
    """In air, at another resolution, with bad pixels that hold rubbish."""
    rng = np.random.default_rng(4)
    arms = []
    for first, last in ((4900, 5400), (6300, 6850), (8450, 8750)):
        air = np.arange(first, last, 0.2)
        flux = made(air_to_vacuum(air), -63.0, sigma=0.5)
        flux = 50 * flux + rng.normal(0, 1, len(air))
        good = rng.uniform(size=len(air)) > 0.03
        flux[~good] = rng.choice([np.nan, 1e6, -1e6], (~good).sum())
        arms.append(pixels(air, flux, err=1.0, good=good))
    whole = measure_velocity(spectrum_of(*arms, resolution=7500.0))
    # A resolution element is 40 km/s wide.
    assert whole.velocity == pytest.approx(-63, abs=6)
    part = measure_velocity(spectrum_of(arms[2], resolution=7500.0))
    assert part.velocity == pytest.approx(-63, abs=10)
    assert whole.err < part.err


def test_noise_has_none():
    rng = np.random.default_rng(8)
    for turn in range(60):
        level = (0.01, 0.05, 0.3)[turn % 3]
        flux = 1 + rng.normal() * (LAMOST - 6000) / 9000
        flux = flux + rng.normal(0, level, len(LAMOST))
        found = measure_velocity(
            spectrum_of(pixels(LAMOST, flux, err=level), medium="vacuum")
        )
        assert found.velocity is None
        assert np.isnan(found.err)
        assert found.peak < 0.15
        assert found.sigma < 5


@pytest.mark.parametrize(
    "piece",
    [
        pixels(LAMOST, 1.0),
        pixels(LAMOST, 0.0),
        pixels(LAMOST, -1.0),
        pixels(LAMOST, np.nan, good=np.zeros(len(LAMOST), bool)),
        pixels(np.geomspace(15_100, 17_000, 8575), 1.0),
        pixels(LAMOST[:50], 1.0),
    ],
    ids=["flat", "zero", "negative", "bad", "infrared", "short"],
)
def test_there_may_be_nothing_to_compare(piece):
    found = measure_velocity(spectrum_of(piece, medium="vacuum"))
    assert found.velocity is None
    assert np.isnan(found.err)
    assert found.peak == pytest.approx(0, abs=1e-6)


def test_errors_that_are_not_known_count_alike():
    flux = made(LAMOST, 45.0)
    found = measure_velocity(
        spectrum_of(pixels(LAMOST, flux, err=np.full(len(LAMOST), np.inf)))
    )
    assert found.velocity is not None


def test_lines_are_of_known_kinds_and_do_not_stand_twice():
    path = Path(module.__file__).with_name("lines.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} == {
        *("balmer", "calcium", "triplet", "resonance", "metal", "band")
    }
    waves = [float(row["wavelength"]) for row in rows]
    assert len(set(waves)) == len(waves)
    assert all(float(row["strength"]) > 0 < float(row["width"]) for row in rows)


def test_the_continuum_is_the_mean_about_each_pixel():
    """By a direct sum, with a Gaussian of 0.008 in ln λ, of good pixels alone."""
    step = 1 / 5400
    rng = np.random.default_rng(6)
    flux, good = rng.uniform(1, 2, 400), rng.uniform(size=400) > 0.1
    found = module._smoothed(np.where(good, flux, 1e6), good, step)
    places = np.arange(400) * step
    for at in (0, 3, 150, 390, 399):
        away = (places - places[at]) / 0.008
        weights = np.exp(-(away**2) / 2) * good * (np.abs(away) < 3.02)
        mean = np.sum(weights * flux) / np.sum(weights)
        assert found[at] == pytest.approx(mean, rel=1e-3)


@pytest.mark.parametrize("velocity", [0.0, 50.0, 200.0])
@pytest.mark.parametrize("width", [1.25, 8.0])
def test_one_line_alone_tells_no_velocity(velocity, width):
    """Templates have more lines than this star, and would be moved to suit them."""
    air = np.arange(4713, 4903, 0.0455)
    waves = air_to_vacuum(air)
    line = air_to_vacuum(4861.33) * (1 + velocity / LIGHT)
    sigma = max(1.0, width)
    away = (waves - line) / sigma
    flux = 1 - width / (sigma * np.sqrt(2 * np.pi)) * np.exp(-(away**2) / 2)
    flux += np.random.default_rng(2).normal(0, 0.01, len(air))
    found = measure_velocity(spectrum_of(pixels(air, flux, err=0.01), resolution=28e3))
    assert found.velocity is None or abs(found.velocity - velocity) < 3 * found.err


def test_the_errors_hold_on_real_stars(stars):
    """Against the headers, whose own errors are small beside those."""
    found = [(measure_velocity(spectrum), spectrum.velocity) for spectrum in stars]
    pulls = [(f.velocity - told) / f.err for f, told in found if f.velocity is not None]
    assert len(pulls) > 100
    assert 0.6 < robust(np.array(pulls))[1] < 1.15


@pytest.mark.parametrize(
    ("velocity", "of_a_star", "possible"),
    [
        (-299_792.458, True, False),  # z = -1
        (-9_999.0, False, False),
        (3e14, False, False),
        (float("nan"), False, False),
        (99_999.0, True, False),
        (16_577.0, False, True),  # a galaxy
        (612.0, True, True),
    ],
)
def test_what_moves_how_fast(velocity, of_a_star, possible):
    assert module.is_possible(velocity, of_a_star=of_a_star) is possible
