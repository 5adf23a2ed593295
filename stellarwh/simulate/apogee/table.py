"""The APOGEE DR17 allStar table of the simulated sky."""

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.apogee.abundances import IRON, measure_abundances
from stellarwh.simulate.apogee.columns import (
    fill_abundances,
    fill_full_width,
    fill_parameters,
    fill_photometry,
    fill_quality,
    fill_spectra,
)
from stellarwh.simulate.apogee.flags import judge
from stellarwh.simulate.apogee.spectra import (
    Repeats,
    fit_parameters,
    shift_parameters,
    take_spectra,
)
from stellarwh.simulate.apogee.targeting import choose_targets, fill_targeting
from stellarwh.simulate.arrays import IntArray, TextArray
from stellarwh.simulate.files.layout import Layout
from stellarwh.simulate.files.text import concatenate, constant, digits, join, sign
from stellarwh.simulate.sky.catalogues import Catalogues
from stellarwh.simulate.sky.faults import Injector
from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.pointings import galactic, pointings
from stellarwh.simulate.sky.stars import APOGEE, Stars

_SECOND_FIELD = 0.07  # part of the stars that are on the plates of two fields


def observe_apogee(
    rng: np.random.Generator,
    stars: Stars,
    catalogues: Catalogues,
    layout: Layout,
    injector: Injector,
) -> Observed:
    """Observe the targeted stars."""
    once = np.flatnonzero(stars.targeted[:, APOGEE])
    twice = once[rng.random(once.size) < _SECOND_FIELD]
    star = np.concatenate([once, twice])
    is_second = np.arange(star.size) >= once.size
    seen, known = stars.take(star), catalogues.take(star)
    telescope = _telescopes(rng, seen, is_second)
    rows = layout.empty_rows(star.size)
    rows["TELESCOPE"] = telescope
    rows["FIELD"] = _field_names(seen.pointing, is_second, telescope)
    rows["APOGEE_ID"] = join(
        constant("2M", star.size), known.twomass.view(np.uint8).reshape(star.size, -1)
    )
    rows["RA"], rows["DEC"] = known.ra_2mass, known.dec_2mass
    rows["GLON"], rows["GLAT"] = galactic(known.ra_2mass, known.dec_2mass)
    ak_targ = fill_photometry(rows, rng, seen, known)
    spectra = take_spectra(rng, seen, telescope)
    targets = choose_targets(rng, seen, known, telescope, ak_targ)
    plate = 2 * seen.pointing + is_second
    shown = spectra.snr.astype(np.float32).astype(np.float64)
    injected = injector.inject("apogee", seen, shown, plate)
    repeats = Repeats(
        np.concatenate([np.arange(once.size), np.searchsorted(once, twice)]),
        1.0 - injected.stated**2,
    )
    fit = fit_parameters(rng, seen, spectra, repeats)
    shift_parameters(fit, injected)
    verdict = judge(rng, seen, known, spectra, fit, ak_targ, targets.is_problem)
    abundances = measure_abundances(rng, seen, spectra, repeats, fit, verdict)
    sigma = {
        "teff": fit.error[:, 0].copy(),
        "logg": fit.error[:, 1].copy(),
        "fe_h": abundances.x_h_error[:, IRON].copy(),
        "alpha_fe": fit.error[:, 6].copy(),
    }
    fit.error *= injected.stated[:, None]
    abundances.x_h_error *= injected.stated[:, None]
    fill_targeting(rows, targets, spectra, is_duplicate(star, spectra.snr))
    fill_spectra(rows, rng, seen, spectra)
    fill_quality(rows, rng, spectra)
    fill_parameters(rows, fit, verdict)
    fill_abundances(rows, abundances, verdict)
    if "FILE" in (layout.dtype.names or ()):
        fill_full_width(rows, rng, seen, known, fit, abundances)
    # Its scale is the one that the others are measured against.
    offset = dict.fromkeys([*sigma, "radial_velocity"], np.zeros(star.size))
    return Observed(rows, star, shown, offset, sigma, injected)


def is_duplicate(star: IntArray, snr: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """All rows of a star but the one with the highest S/N as published (float32)."""
    order = np.lexsort((-snr.astype(np.float32), star))
    ordered = star[order]
    repeated = np.zeros(star.size, dtype=np.bool_)
    repeated[order[1:]] = ordered[1:] == ordered[:-1]
    return repeated


def _telescopes(
    rng: np.random.Generator, stars: Stars, is_second: npt.NDArray[np.bool_]
) -> TextArray:
    """Telescope by declination; a second visit may use the other or the 1-m."""
    n = stars.dec.size
    south = stars.dec < -18.0
    either = (stars.dec > -32.0) & (stars.dec < 20.0) & is_second
    south = np.where(either & (rng.random(n) < 0.4), ~south, south)
    name = np.where(south, b"lco25m", b"apo25m")
    small = (stars.magnitudes["h"] < 8.5) & (stars.dec > -18.0) & is_second
    result: TextArray = np.where(small & (rng.random(n) < 0.5), b"apo1m", name)
    return result


def _field_names(
    pointing: IntArray, is_second: npt.NDArray[np.bool_], telescope: TextArray
) -> TextArray:
    """Field names of Galactic longitude and latitude, such as ``120+12``."""
    centres = pointings()
    longitude, latitude = galactic(centres.ra[pointing], centres.dec[pointing])
    # The second field overlaps the first: its centre is two degrees on.
    shown = np.rint(longitude + 2.0 * is_second).astype(np.int64) % 360
    height = np.rint(latitude).astype(np.int64)
    name = join(digits(shown, 3), sign(height < 0), digits(np.abs(height), 2))
    return concatenate(name, np.where(telescope == b"lco25m", b"-C", b""))
