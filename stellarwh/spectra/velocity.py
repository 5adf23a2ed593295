"""Radial velocity of a spectrum, by cross-correlation with lines at their wavelengths.

The templates are made of ``lines.csv``: the strongest lines and band heads of stars in
the optical, at laboratory wavelengths in air, with the equivalent widths that the Sun
has (for TiO: an early M dwarf), for four temperatures. No observed or computed spectrum
goes in.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.frame import air_to_vacuum
from stellarwh.spectra.spectrum import LIGHT, Floats, Piece, Spectrum

# Stars of the Galaxy are bound below some 600 km/s.
FASTEST = 1_000.0  # km/s
_FARTHEST_Z = 8.0
# What a peak needs: a height, and one over what noise alone would give it.
LEAST_PEAK = 0.2
LEAST_SIGMA = 6.0
# And the largest error: 60 km/s are 1 Å, as wide as many a band's margin.
MOST_ERR = 60.0  # km/s
# What a peak needs to be believed rather than a velocity that is stated, and how far
# from it: M dwarfs are measured up to 100 km/s off, by bands that the lists lack.
SURE_PEAK = 0.4
APART = 100.0  # km/s
# Parts of the spectrum that are left out in turn, to see what hangs on one line.
_PARTS = 4

# What the equivalent widths of each kind of line are multiplied by.
_KINDS = ("balmer", "calcium", "triplet", "resonance", "metal", "band")
_TEMPERATURES = {
    "A": (4.0, 0.2, 0.4, 0.2, 0.2, 0.0),
    "G": (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    "K": (0.3, 1.3, 1.1, 3.0, 1.8, 0.0),
    "M": (0.0, 1.0, 0.8, 4.0, 1.5, 1.0),
}
# Balmer lines of hot stars are wider than those of the Sun.
_WIDER = {"A": 2.0}

# Bands of the Earth's air, in Å in vacuum, and the sky line at 5577.
_TELLURIC = ((5570, 5590), (6865, 6965), (7160, 7350), (7590, 7720), (8110, 8370))
_NEAREST, _FARTHEST = 3_800.0, 9_000.0
# What the templates lack, as a share of the continuum: an error of each pixel.
_MISMATCH = 0.05
_SMOOTH = 0.008  # of ln λ: what is wider is continuum
_CLIP = 0.5
_STEPS = 3  # a resolution element


class Velocity(NamedTuple):
    """A radial velocity by cross-correlation.

    Attributes
    ----------
    velocity : float or None
        km/s, c times the redshift, in the frame of the wavelengths; None where no peak
        stands out.
    err : float
        1 σ in km/s (Zucker 2003); NaN where there is none.
    peak : float
        Correlation coefficient of the highest peak, up to 1.
    sigma : float
        The same in units of the correlation that noise alone has: one over the root of
        the resolution elements compared.
    template : str
        Class of star of the template that fits best; empty where nothing was compared.
    """

    velocity: float | None
    err: float
    peak: float
    sigma: float
    template: str


def measure_velocity(spectrum: Spectrum) -> Velocity:
    """Measure the radial velocity of a spectrum.

    Each piece is divided by its smoothed self, and so are the templates; all pieces of
    a spectrum are correlated together, pixels weighted by their errors.

    Parameters
    ----------
    spectrum : Spectrum
        Of optical wavelengths; others have no velocity.

    Returns
    -------
    Velocity
        Without one where the peak is lower than `LEAST_PEAK`, or than `LEAST_SIGMA`
        times what noise has.
    """
    step = 1 / (spectrum.resolution * _STEPS)
    rows = [
        part
        for piece in spectrum.pieces
        if (row := _prepared(piece, spectrum.medium, step)) is not None
        for part in _parts(row)
    ]
    elements = sum(np.count_nonzero(row.weight) for row in rows) / _STEPS
    best = Velocity(None, float("nan"), 0.0, 0.0, "")
    sums = None
    for name in _TEMPERATURES if rows else ():
        template = _template(name, spectrum.resolution, step)
        by_part = _correlate(rows, template, _reach(step))
        found = _peak_of(by_part.coefficient(), step, elements, name)
        if found.peak > best.peak:
            best, sums = found, by_part
    if best.velocity is None or sums is None:
        return best
    err = max(best.err, _jackknife(sums, rows, step))
    if err > MOST_ERR:
        return best._replace(velocity=None, err=float("nan"))
    return best._replace(err=err)


def contradicts(measured: Velocity, stated: float) -> bool:
    """Say whether the lines of a spectrum are sure of another velocity (km/s).

    Examples
    --------
    >>> found = Velocity(157.5, 10.7, 0.50, 17.0, "M")
    >>> contradicts(found, -197.9), contradicts(found, 60.0)
    (True, False)
    """
    return (
        measured.velocity is not None
        and measured.peak >= SURE_PEAK
        and abs(measured.velocity - stated) > APART + 5 * measured.err
    )


def is_possible(velocity: float, *, of_a_star: bool) -> bool:
    """Say whether an object of the sky can have a velocity (km/s, c times z).

    Surveys that observe galaxies and quasars, too, state redshifts up to 7.
    """
    return -FASTEST <= velocity <= (FASTEST if of_a_star else _FARTHEST_Z * LIGHT)


def _parts(row: "_Row") -> "list[_Row]":
    """Return a piece as parts of equal length."""
    size = -(-len(row.flux) // _PARTS)
    return [
        _Row(row.first + at, row.flux[at : at + size], row.weight[at : at + size])
        for at in range(0, len(row.flux), size)
    ]


def _jackknife(sums: "_Sums", rows: "list[_Row]", step: float) -> float:
    """Return the error by leaving out each part in turn (Tukey's jackknife), km/s.

    What a template lacks, or has too much of, is not noise: it moves the peak of a few
    lines by more than the sharpness of that peak tells.
    """
    has_weight = np.array([bool(row.weight.any()) for row in rows])
    count = int(has_weight.sum())
    if count < 2:
        return float("inf")
    velocities = np.array(
        [
            _shift_of(_peak_at(sums.coefficient(without=part))[0], sums.reach, step)
            for part in np.flatnonzero(has_weight).tolist()
        ]
    )
    return float(np.sqrt((count - 1) * np.var(velocities)))


@dataclass(frozen=True)
class _Row:
    """A piece on steps of ln λ in vacuum: F/C - 1, and the weight of each step."""

    first: int  # of the first step
    flux: Floats
    weight: Floats


def _prepared(piece: Piece, medium: str, step: float) -> _Row | None:
    """Bring a piece to even steps of ln λ, without its continuum."""
    good = piece.good & np.isfinite(piece.flux)
    waves = air_to_vacuum(piece.wavelength) if medium == "air" else piece.wavelength
    good &= (waves > _NEAREST) & (waves < _FARTHEST)
    if good.sum() < 100:
        return None
    places = np.log(waves)
    first, last = (int(np.round(places[good][end] / step)) for end in (0, -1))
    steps = np.arange(first, last + 1) * step
    flux = np.interp(steps, places[good], piece.flux[good])
    err = np.interp(steps, places[good], piece.err[good])
    is_good = np.interp(steps, places, good.astype(float)) > 0.99
    for lo, hi in _TELLURIC:
        is_good &= (steps < np.log(lo)) | (steps > np.log(hi))
    smooth = _smoothed(flux, is_good, step)
    has_continuum = is_good & (smooth > 0)
    if has_continuum.sum() < 100:
        return None
    scale = np.where(has_continuum, smooth, 1)
    depth = np.where(has_continuum, flux / scale - 1, 0)
    known = np.where(np.isfinite(err), err / scale, 0)
    weight = np.where(has_continuum, 1 / (known**2 + _MISMATCH**2), 0)
    return _Row(first, np.clip(depth, -2 * _CLIP, _CLIP), weight)


def _smoothed(flux: Floats, is_good: npt.NDArray[np.bool_], step: float) -> Floats:
    """Return the mean of good pixels about each, by a Gaussian of ln λ."""
    reach = int(np.ceil(3 * _SMOOTH / step))
    kernel = np.exp(-((np.arange(-reach, reach + 1) * step / _SMOOTH) ** 2) / 2)
    size = len(flux) + 2 * reach
    length = 1 << (size - 1).bit_length()
    of_kernel = np.fft.rfft(kernel, length)
    both = np.array([np.where(is_good, flux, 0), is_good.astype(float)])
    sums = np.fft.irfft(np.fft.rfft(both, length) * of_kernel, length)
    total, count = sums[:, reach : reach + len(flux)]
    return np.where(count > 0.5, total / np.maximum(count, 0.5), 0)


@dataclass(frozen=True)
class _Sums:
    """What a correlation is of, for each part and shift, the bluest first."""

    product: Floats  # (parts, shifts)
    of_template: Floats  # (parts, shifts)
    of_flux: Floats  # (parts,)

    @property
    def reach(self) -> int:
        """The number of shifts to either side."""
        return int(self.product.shape[1] // 2)

    def coefficient(self, without: int | None = None) -> Floats:
        """Return the weighted correlation coefficient at each shift."""
        kept = np.arange(len(self.of_flux)) != (-1 if without is None else without)
        of_template = np.maximum(self.of_template[kept].sum(axis=0), 0)
        norm = np.sqrt(self.of_flux[kept].sum() * of_template)
        product = self.product[kept].sum(axis=0)
        return np.where(norm > 0, product / np.where(norm > 0, norm, 1), 0)


def _correlate(rows: list[_Row], template: "_Template", reach: int) -> _Sums:
    """Correlate each part of a spectrum with a template."""
    shape = (len(rows), 2 * reach + 1)
    product, of_template = np.zeros(shape), np.zeros(shape)
    of_flux = np.zeros(len(rows))
    for part, row in enumerate(rows):
        start = row.first - reach - template.first
        lines = template.flux[start : start + len(row.flux) + 2 * reach]
        length = 1 << (len(lines) - 1).bit_length()
        over = np.fft.rfft(np.array([lines, lines**2]), length)
        values = np.array([row.weight * row.flux, row.weight])
        across = np.conj(np.fft.rfft(values, length)) * over
        # A star that recedes has its lines further to the red than the template.
        sums = np.fft.irfft(across, length)[:, 2 * reach :: -1]
        product[part], of_template[part] = sums
        of_flux[part] = np.sum(row.weight * row.flux**2)
    return _Sums(product, of_template, of_flux)


def _peak_at(correlation: Floats) -> tuple[float, float, float]:
    """Return where the highest peak is, in steps, its height and its bend.

    The bend is 0 where there is none: at the end of the range it may rise on.
    """
    at = int(np.argmax(correlation[1:-1])) + 1
    left, peak, right = (float(value) for value in correlation[at - 1 : at + 2])
    if peak < max(left, right) or peak <= min(left, right):
        return at, peak, 0.0
    bend = left - 2 * peak + right
    offset = (left - right) / (2 * bend)
    return at + offset, peak - (left - right) * offset / 4, bend


def _shift_of(place: float, reach: int, step: float) -> float:
    """Return the velocity of a place among the shifts, in km/s."""
    return float(np.expm1((place - reach) * step)) * LIGHT


def _peak_of(correlation: Floats, step: float, elements: float, name: str) -> Velocity:
    """Return the velocity of the highest peak."""
    place, height, bend = _peak_at(correlation)
    sigma = height * float(np.sqrt(elements))
    if height < LEAST_PEAK or sigma < LEAST_SIGMA or not bend:
        return Velocity(None, float("nan"), height, sigma, name)
    shift = _shift_of(place, len(correlation) // 2, step)
    # Zucker 2003, MNRAS 342, 1291, equation 5: what the template lacks is noise there.
    sharpness = -bend / (step * LIGHT) ** 2 / height
    variance = (1 - height**2) / (elements * sharpness * height**2)
    return Velocity(shift, float(np.sqrt(variance)), height, sigma, name)


@dataclass(frozen=True)
class _Template:
    """F/C - 1 of a class of star at rest, on even steps of ln λ in vacuum."""

    first: int
    flux: Floats


@lru_cache(maxsize=32)
def _template(name: str, resolution: float, step: float) -> _Template:
    reach = _reach(step)
    first = int(np.log(_NEAREST) / step) - reach - 2
    count = int(np.log(_FARTHEST) / step) + reach + 3 - first
    waves = np.exp(np.arange(first, first + count) * step)
    depth = np.zeros(count)
    factors = dict(zip(_KINDS, _TEMPERATURES[name], strict=True))
    for line in _lines():
        strength = factors[line.kind] * line.strength
        width = line.width * (_WIDER.get(name, 1) if line.kind == "balmer" else 1)
        if line.kind == "band":
            # A head, and a tail to the red.
            away = (waves - line.vacuum) / width
            shape = np.where(away >= 0, np.exp(-np.abs(away)), 0) / width
        else:
            # The resolution is a full width at half maximum.
            width = float(np.hypot(width, line.vacuum / resolution / 2.3548))
            shape = np.exp(-(((waves - line.vacuum) / width) ** 2) / 2)
            shape /= width * np.sqrt(2 * np.pi)
        depth += strength * shape
    flux = np.exp(-depth)
    smooth = _smoothed(flux, np.ones(count, dtype=bool), step)
    return _Template(first, np.clip(flux / smooth - 1, -2 * _CLIP, _CLIP))


def _reach(step: float) -> int:
    return int(np.ceil(FASTEST / LIGHT / step))


@dataclass(frozen=True)
class _Line:
    kind: str
    vacuum: float
    width: float
    strength: float


@lru_cache(maxsize=1)
def _lines() -> tuple[_Line, ...]:
    path = Path(__file__).with_name("lines.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            _Line(
                row["kind"],
                float(air_to_vacuum(float(row["wavelength"]))),
                float(row["width"]),
                float(row["strength"]),
            )
            for row in csv.DictReader(file)
        )
