"""The LAMOST DR7 low-resolution stellar table of the simulated sky."""

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import (
    FloatArray,
    IntArray,
    TextArray,
    hash_normal,
    ordinals,
    scramble,
    smooth_step,
)
from stellarwh.simulate.files.layout import Layout
from stellarwh.simulate.files.text import (
    concatenate,
    constant,
    digits,
    join,
    sexagesimal,
    sign,
)
from stellarwh.simulate.sky.catalogues import Catalogues
from stellarwh.simulate.sky.faults import Injected, Injector
from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.pointings import REFERENCE_EPOCH, pointings, shift
from stellarwh.simulate.sky.stars import LAMOST, Stars

Rows = npt.NDArray[np.void]
SPEED_OF_LIGHT = 299792.458  # km/s
_SPECTROGRAPHS, _FIBRES = 16, 250
_MOST_VISITS = 4
_FIRST_MJD, _NIGHTS = 55858, 2800  # October 2011 to June 2019
_MJD_ZERO = np.datetime64("1858-11-17")
# Input catalogues: name, mean epoch, spread of epochs in years, scatter in mas.
_INPUTS = (("UCAC4", 2000.0, 0.0, 50.0), ("2MASS", 1999.5, 0.6, 80.0),
           ("SDSS", 2004.0, 2.0, 60.0), ("PANSTARRS", 2012.0, 1.0, 30.0))  # fmt: skip
_INPUT_SHARES = np.cumsum([0.34, 0.26, 0.14, 0.26])
_FAST = 60.0  # mas/yr: such stars were taken from UCAC4, which knows their motion
# Of the scale from the truth, and random errors at S/N 50, in K, dex and km/s.
OFFSET = {"teff": 10.0, "logg": 0.10, "fe_h": -0.05, "alpha_fe": -0.02,
          "radial_velocity": -4.5}  # fmt: skip
_SIGMA = {"teff": 120.0, "logg": 0.20, "fe_h": 0.10, "alpha_fe": 0.05}
# Lower Teff bound in K of each subclass, on LAMOST's own scale: halfway between the
# types of the main-sequence table.
_TYPES = (
    (0, "M4"), (3375, "M2"), (3710, "M0"), (3905, "K7"), (4240, "K5"), (4505, "K4"),
    (4715, "K3"), (4935, "K2"), (5105, "K1"), (5225, "K0"), (5310, "G9"),
    (5415, "G8"), (5575, "G5"), (5715, "G2"), (5845, "G0"), (5960, "F9"),
    (6085, "F8"), (6340, "F5"), (6660, "F2"), (7015, "F0"), (7330, "A9"),
    (7620, "A7"), (7940, "A5"), (8500, "A3"), (9200, "A1"), (10050, "B9"),
)  # fmt: skip


def observe_lamost(
    rng: np.random.Generator,
    stars: Stars,
    catalogues: Catalogues,
    layout: Layout,
    counts: IntArray,
    injector: Injector,
) -> Observed:
    """Observe the targeted stars, some several times.

    Parameters
    ----------
    rng, stars, catalogues, layout
        As for the other surveys.
    counts : ndarray of shape (4 * n_pointings,)
        Spectra so far of each pointing and visit; numbers the fibres.
    injector : Injector
        Draws what is wrong.
    """
    star, visit = _repeat(rng, np.flatnonzero(stars.targeted[:, LAMOST]))
    seen, known = stars.take(star), catalogues.take(star)
    rows = layout.empty_rows(star.size)
    group = seen.pointing * _MOST_VISITS + visit
    _fill_plate(rows, seen.pointing, group, ordinals(group, counts))
    _fill_target(rows, rng, seen, known, _inputs(rng, stars)[star], visit)
    snr = _fill_snr(rows, rng, seen)
    shown = rows["snrg"].astype(np.float64)
    plate = rows["obsid"].astype(np.int64) // 100_000
    injected = injector.inject("lamost", seen, shown, plate)
    offset = {
        name: injected.offset(name, np.full(star.size, usual))
        for name, usual in OFFSET.items()
    }
    sigma = _fill_parameters(rows, rng, seen, snr, offset, injected)
    return Observed(rows, star, shown, offset, sigma, injected)


def _repeat(rng: np.random.Generator, once: IntArray) -> tuple[IntArray, IntArray]:
    """Every star once, a fifth of them twice, fewer more often."""
    times = 1 + np.minimum(rng.geometric(0.8, once.size) - 1, _MOST_VISITS - 1)
    star = np.repeat(once, times)
    first = np.repeat(np.cumsum(times) - times, times)
    return star, np.arange(star.size) - first


def _fill_plate(
    rows: Rows, pointing: IntArray, group: IntArray, ordinal: IntArray
) -> None:
    """Plate, fibre and date; the last digits of obsid are spectrograph and fibre."""
    n = len(rows)
    per_plate = _SPECTROGRAPHS * _FIBRES
    n_groups = pointings().ra.size * _MOST_VISITS
    plate = 1 + group + n_groups * (ordinal // per_plate)
    slot = (ordinal * 1009) % per_plate  # spread over the spectrographs
    spectrograph, fibre = slot // _FIBRES + 1, slot % _FIBRES + 1
    rows["obsid"] = plate * 100_000 + spectrograph * 1000 + fibre
    rows["spid"], rows["fiberid"] = spectrograph, fibre
    mjd = _FIRST_MJD + plate * 7 % _NIGHTS
    rows["mjd"], rows["lmjd"] = mjd, mjd + 1
    date = (_MJD_ZERO + mjd).astype("datetime64[D]")
    rows["obsdate"] = np.datetime_as_string(date).astype("S10")
    centres = pointings()
    hours = np.floor(centres.ra[pointing] * 240.0).astype(np.int64)
    arc = np.floor(np.abs(centres.dec[pointing]) * 3600.0).astype(np.int64)
    south = centres.dec[pointing] < 0
    rows["planid"] = join(
        constant("HD", n),
        digits(hours // 3600 * 10_000 + hours // 60 % 60 * 100 + hours % 60, 6),
        np.where(sign(south) == ord("-"), ord("S"), ord("N")).astype(np.uint8),
        digits(arc // 3600 * 10_000 + arc // 60 % 60 * 100 + arc % 60, 6),
        constant("B", n),
        digits(1 + (plate - 1) % _MOST_VISITS, 2),
    )


def _inputs(rng: np.random.Generator, stars: Stars) -> IntArray:
    drawn = (rng.random(stars.ra.size)[:, None] >= _INPUT_SHARES[:-1]).sum(axis=1)
    is_fast = np.hypot(stars.pmra, stars.pmdec) > _FAST
    kept = rng.random(stars.ra.size) < 0.06
    result: IntArray = np.where(is_fast & ~kept, 0, drawn)
    return result


def _fill_target(
    rows: Rows,
    rng: np.random.Generator,
    stars: Stars,
    known: Catalogues,
    source: IntArray,
    visit: IntArray,
) -> None:
    """Identity, input position at the input catalogue's epoch, and magnitudes."""
    n = len(rows)
    ra, dec, number = _input_positions(stars, source)
    rows["ra"], rows["dec"] = ra, dec
    rows["designation"] = join(
        constant("J", n), sexagesimal(ra, dec, 2, 1, ".").view(np.uint8).reshape(n, -1)
    )
    is_offset = rng.random(n) < 0.01
    distance = np.where(is_offset, rng.uniform(0.5, 3.0, n), 0.0)
    rows["offset"], rows["offset_v"] = is_offset, distance
    rows["ra_obs"], rows["dec_obs"] = shift(ra, dec, 1e3 * distance, np.zeros(n))
    rows["uid"] = join(constant("G", n), digits(scramble(stars.truth_id, 1), 14))
    rows["gp_id"] = np.where(visit >= 0, scramble(stars.truth_id, 2), -9999)
    rows["tsource"] = b"LAMOST"
    names = np.array([name.encode() for name, *_ in _INPUTS])
    rows["tfrom"] = names[source]
    rows["tcomment"] = join(
        np.array([b"UCAC4-   ", b"2MASS-   ", b"SDSS-    ", b"PS-      "])[source]
        .view(np.uint8)
        .reshape(n, -1)[:, :6],
        digits(number, 12),
    )
    in_stars = rng.random(n)
    has_match = rng.random(n) > 0.02
    text = known.gaia_dr2.astype("S25")
    rows["gaia_source_id"] = np.where(has_match, text, b"")
    rows["gaia_g_mean_mag"] = np.where(has_match, known.g, -9999.0)
    found = (stars.dec > -30.0) & (stars.magnitudes["g"] > 12.0) & (in_stars < 0.9)
    rows["ps_id"] = np.where(found, 10**17 + scramble(stars.truth_id, 3), -9999)
    for band in "grizy":
        value = stars.pan_starrs(band) + 0.02 * rng.standard_normal(n)
        rows[f"mag_ps_{band}"] = np.where(found, value, -9999.0)


def _input_positions(
    stars: Stars, source: IntArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Input-catalogue position: the same for every spectrum of a star."""
    noise = [hash_normal(stars.truth_id, salt) for salt in (1, 2, 3)]
    table = np.array([row[1:] for row in _INPUTS], dtype=np.float64)[source]
    years = table[:, 0] + table[:, 1] * noise[0] - REFERENCE_EPOCH
    east = stars.pmra * years + table[:, 2] * noise[1]
    north = stars.pmdec * years + table[:, 2] * noise[2]
    ra, dec = shift(stars.ra, stars.dec, east, north)
    return ra, dec, scramble(stars.truth_id, 4) % 10**12


def _fill_snr(rows: Rows, rng: np.random.Generator, stars: Stars) -> FloatArray:
    """S/N per band; bright, medium and faint plates even out the magnitudes."""
    n = len(rows)
    g = stars.pan_starrs("g")
    snr = 42.0 * 10.0 ** (-0.15 * (g - 14.5)) * np.exp(0.5 * rng.standard_normal(n))
    colour = stars.pan_starrs("g") - stars.pan_starrs("i")
    factors: dict[str, FloatArray] = {
        "u": 0.35 * 10.0 ** (-0.2 * colour),
        "g": np.ones(n),
        "r": 1.25 + 0.2 * colour,
        "i": 1.4 + 0.35 * colour,
        "z": 1.0 + 0.3 * colour,
    }
    for band, factor in factors.items():
        jitter = np.exp((band != "g") * 0.05 * rng.standard_normal(n))
        rows[f"snr{band}"] = np.round(np.minimum(snr * factor * jitter, 999.0), 2)
    # A band without usable flux.
    for band, rate in (("u", 0.02), ("z", 0.01)):
        rows[f"snr{band}"][rng.random(n) < rate] = -9999.0
    return np.minimum(snr, 999.0)


def _fill_parameters(
    rows: Rows,
    rng: np.random.Generator,
    stars: Stars,
    snr: FloatArray,
    offset: dict[str, FloatArray],
    injected: Injected,
) -> dict[str, FloatArray]:
    """LASP parameters, -9999 where S/N is too low or the object is no star."""
    n = len(rows)
    drawn = rng.random((4, n))
    bright_night = drawn[0] < 0.35
    too_faint = snr < np.where(bright_night, 15.0, 6.0)
    no_star = drawn[1] < 0.004
    missing = too_faint | no_star
    blended = np.where(stars.neighbour < 3.0, 1.6, 1.0)
    # Errors fall with the square root of S/N down to a floor.
    scale = np.maximum(np.sqrt(50.0 / np.maximum(snr, 4.0)), 0.45) * blended
    scale = scale * (1.0 + 1.2 * smooth_step(stars.teff, 7000.0, 9000.0))
    noise = rng.standard_normal((5, n))
    sigma = {name: typical * scale for name, typical in _SIGMA.items()}
    stated = {name: error * injected.stated for name, error in sigma.items()}
    teff = stars.teff + offset["teff"] + sigma["teff"] * noise[0]
    pull = -0.1 * (stars.brightening > 0.3)
    velocity = stars.radial_velocity + offset["radial_velocity"]
    velocity += 4.5 * scale * noise[3]
    velocity += np.where(stars.mass_ratio > 0, 5.0 * rng.standard_normal(n), 0.0)
    velocity = np.round(velocity, 2)
    values = {
        "teff": (np.round(teff + injected.of("teff"), 2), stated["teff"]),
        "logg": (
            stars.logg + offset["logg"] + pull + sigma["logg"] * noise[1]
            + injected.of("logg"),
            stated["logg"],
        ),
        "feh": (
            stars.fe_h + offset["fe_h"] + sigma["fe_h"] * noise[2]
            + injected.of("fe_h"),
            stated["fe_h"],
        ),
        "rv": (velocity, 3.5 * scale),
        "alpha_m": (
            stars.alpha_fe + offset["alpha_fe"] + sigma["alpha_fe"] * noise[4]
            + injected.of("alpha_fe"),
            stated["alpha_fe"],
        ),
    }  # fmt: skip
    no_alpha = missing | (snr < 20.0) & (drawn[2] < 0.5) | (stars.teff > 7000.0)
    for name, (value, error) in values.items():
        gone = no_alpha if name == "alpha_m" else missing
        rows[name] = np.where(gone, -9999.0, np.round(value, 3))
        rows[f"{name}_err"] = np.where(gone, -9999.0, np.round(error, 3))
    redshift = velocity / SPEED_OF_LIGHT
    kind = np.where(
        drawn[3] < 0.5, b"GALAXY", np.where(drawn[3] < 0.6, b"QSO", b"Unknown")
    )
    rows["class"] = np.where(no_star, kind, b"STAR")
    rows["z"] = np.where(no_star, np.where(kind == b"Unknown", -9999.0, 0.08), redshift)
    rows["z_err"] = np.where(kind == b"Unknown", -9999.0, 1e-5 * scale)
    rows["z_err"] = np.where(no_star, rows["z_err"], 1e-5 * scale)
    rows["subclass"] = np.where(no_star, b"Non", _subclasses(rng, teff, stars.logg))
    fibre = rng.random(n)
    is_standard = (stars.teff > 5800.0) & (stars.teff < 7000.0) & (fibre < 0.03)
    rows["fibertype"] = np.select(
        [fibre > 0.9985, is_standard], [b"PosErr", b"F-std"], b"Obj"
    )
    return sigma


def _subclasses(
    rng: np.random.Generator, teff: FloatArray, logg: FloatArray
) -> TextArray:
    """Type stars by LAMOST's Teff, with mismatch; only M types say dwarf or giant."""
    confused = teff * (1.0 + 0.012 * rng.standard_normal(teff.size))
    bounds = np.array([bound for bound, _ in _TYPES], dtype=np.float64)
    names = np.array([name.encode() for _, name in _TYPES])
    index = np.searchsorted(bounds, confused, side="right") - 1
    plain = names[np.maximum(index, 0)]
    is_m = np.char.startswith(plain, b"M")
    prefix = np.where(is_m, np.where(logg > 3.5, b"d", b"g"), b"").astype(np.bytes_)
    # Early releases gave A stars a luminosity class, and some strings survive.
    is_a = np.char.startswith(plain, b"A") & (rng.random(teff.size) < 0.3)
    suffix = np.where(is_a, np.where(logg > 3.9, b"V", b"IV"), b"")
    return concatenate(prefix, plain, suffix)
