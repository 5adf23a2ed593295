"""Spectral indices of a spectrum, with their errors.

The mathematics is that of Worthey et al. 1994, ApJS 94, 687, equations 1 to 3; errors
follow from those of the pixels as in Cardiel et al. 1998, A&AS 127, 597, section 3.2:
each pixel counts by the derivative of the index with respect to its flux, as one of the
feature and as one of the continuum.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.frame import rest_wavelengths
from stellarwh.spectra.pixels import bands_of, cover
from stellarwh.spectra.spectrum import Booleans, Floats, Piece, Spectrum
from stellarwh.spectra.sums import Sums

Integers = npt.NDArray[np.int64]

# Share of good pixels that each band of an index needs.
LEAST_GOOD = 0.8

# Largest share of a band of the feature that one line over bad pixels may bridge, where
# it is long enough to hide a line whole.
MOST_BRIDGED = 0.1

# An error of so many usual ones is a way to say that the pixel is bad: those that
# ASPCAP rejects have 10, on a continuum of 1, and others of APOGEE 1e10.
LARGEST_ERROR = 100.0

# Why there is no value; the first is that there is one.
REASONS = (
    None,
    "bad pixels",
    "no continuum",
    "gap in the wavelengths",
    "outside the wavelengths",
    "no velocity",
)
_MEASURED, _BAD, _NO_CONTINUUM, _GAP, _OUTSIDE, _NO_VELOCITY = range(len(REASONS))


@dataclass(frozen=True)
class Measured:
    """Indices of a spectrum, or of several on the same pixels.

    Attributes
    ----------
    value, err : ndarray of shape (indices,) or (spectra, indices)
        In the unit of each index. NaN where there is none; an error also where one of
        the pixels has none.
    good_fraction : ndarray of the same shape
        Share of the width of its bands that lies on good pixels.
    reason : ndarray of the same shape
        Place in `REASONS`, 0 where there is a value.
    """

    value: Floats
    err: Floats
    good_fraction: Floats
    reason: Integers

    def reasons(self) -> list[str | None]:
        """Return why indices of a single spectrum have no value, None where they have.

        Examples
        --------
        >>> from stellarwh.spectra.definitions import read_definitions
        >>> import numpy as np
        >>> waves = np.arange(4800.0, 4900.0)
        >>> ones = np.ones((1, 100))
        >>> hbeta_and_mgb = read_definitions().chosen(["Hbeta", "Mgb"])
        >>> found = measure_fluxes(waves, ones, ones, ones[0] > 0, hbeta_and_mgb)
        >>> found.first().reasons()
        [None, 'outside the wavelengths']
        """
        return [REASONS[place] for place in self.reason]

    def first(self) -> "Measured":
        """Return the indices of the first of several spectra."""
        return Measured(
            self.value[0], self.err[0], self.good_fraction[0], self.reason[0]
        )


def measure(
    spectrum: Spectrum, definitions: Definitions, velocity: float | None = None
) -> Measured:
    """Measure indices in a spectrum.

    All bands of an index lie on one piece of the spectrum, as the fluxes of two arms
    need not fit together; where pieces overlap it is the one with the most good pixels,
    then the smaller error. Bad pixels within a band are bridged by a straight line
    between the good ones about them, and the error has what that may hide. A band with
    fewer than `LEAST_GOOD` of its pixels good gives no value, nor does a feature with
    more than `MOST_BRIDGED` of it under a bridge that could hide a line whole. A
    continuum that is fitted leaves bad pixels out. Bad are those that the spectrum
    says, and those with an error of over `LARGEST_ERROR` usual ones.

    Parameters
    ----------
    spectrum : Spectrum
        As its file has it.
    definitions : Definitions
        What to measure.
    velocity : float, optional
        km/s of the star in the frame of the wavelengths, c times the redshift. Without
        one they are taken for those at rest; NaN gives no values.
    """
    shape = len(definitions)
    unknown = velocity is not None and not np.isfinite(velocity)
    best = Measured(
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.zeros(shape),
        np.full(shape, _NO_VELOCITY if unknown else _OUTSIDE),
    )
    if unknown:
        return best
    reach: dict[str, list[tuple[float, float]]] = {}
    for piece in spectrum.pieces:
        good = piece.good & _has_usual_error(piece)
        for medium, places in definitions.of_medium.items():
            waves = rest_wavelengths(
                piece.wavelength, spectrum.medium, velocity or 0.0, to=medium
            )
            reach.setdefault(medium, []).append((waves[0], waves[-1]))
            found = measure_fluxes(
                waves,
                piece.flux[np.newaxis],
                piece.err[np.newaxis],
                good,
                _of_medium(definitions, medium),
            ).first()
            _keep_better(best, found, places)
    if len(spectrum.pieces) > 1:
        _tell_gaps(best, definitions, reach)
    return best


@lru_cache(maxsize=16)
def _of_medium(definitions: Definitions, medium: str) -> Definitions:
    places = definitions.of_medium[medium]
    return Definitions(tuple(definitions.indices[place] for place in places))


def _has_usual_error(piece: Piece) -> Booleans:
    """Return which pixels have an error such as others have, or none has one."""
    known = piece.err[piece.good & np.isfinite(piece.err)]
    if not known.size:
        return np.ones(len(piece.err), dtype=bool)
    usual = np.partition(known, len(known) // 2)[len(known) // 2]
    is_usual: Booleans = ~(piece.err > LARGEST_ERROR * usual)
    return is_usual


def _keep_better(best: Measured, found: Measured, places: Integers) -> None:
    """Put what was found on a piece into what is best so far."""
    before = best.reason[places]
    good, best_good = found.good_fraction, best.good_fraction[places]
    is_same = (before == found.reason) & (good == best_good)
    with np.errstate(invalid="ignore"):
        is_surer = is_same & (found.err < best.err[places])
    is_better = (
        (found.reason < before)
        | ((found.reason == before) & (good > best_good))
        | is_surer
    )
    kept = places[is_better]
    best.value[kept] = found.value[is_better]
    best.err[kept] = found.err[is_better]
    best.good_fraction[kept] = good[is_better]
    best.reason[kept] = found.reason[is_better]


def _tell_gaps(
    best: Measured,
    definitions: Definitions,
    reach: dict[str, list[tuple[float, float]]],
) -> None:
    """Say of indices that all pieces hold together, but none alone: it is a gap."""
    bands = bands_of(definitions)
    lowest = np.minimum.reduceat(bands.lo, bands.first)
    highest = np.maximum.reduceat(bands.hi, bands.first)
    for medium, places in definitions.of_medium.items():
        ends = np.array(reach[medium])
        is_between = (lowest[places] >= ends.min()) & (highest[places] <= ends.max())
        is_gap = is_between & (best.reason[places] == _OUTSIDE)
        best.reason[places[is_gap]] = _GAP


def measure_fluxes(
    wavelength: Floats,
    flux: Floats,
    err: Floats,
    good: Booleans,
    definitions: Definitions,
) -> Measured:
    """Measure indices in spectra that share their pixels.

    Parameters
    ----------
    wavelength : ndarray of shape (pixels,)
        Å at rest, ascending, in the medium of the definitions.
    flux, err : ndarray of shape (spectra, pixels)
        Flux and its 1 σ.
    good : ndarray of shape (pixels,)
        Pixels to be used; those that have no flux in one of the spectra never are.
    definitions : Definitions
        All of one medium.

    Returns
    -------
    Measured
        Of shape (spectra, indices).
    """
    bands = bands_of(definitions)
    is_good = good & np.isfinite(flux).all(axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        covering = cover(bands, wavelength, is_good)
        sums = Sums(definitions, bands, covering, flux, err)
        value = sums.values()
        err_of_value = np.sqrt(sums.variances(wavelength, flux, err, is_good))
        no_continuum = ~np.isfinite(value) | sums.lacks_continuum()
    err_of_value[~np.isfinite(err_of_value)] = np.nan

    by_index = bands.first
    covered = np.minimum.reduceat(covering.covered, by_index)
    least_good = np.minimum.reduceat(covering.good, by_index)
    whole = np.add.reduceat(bands.whole, by_index)
    fraction = np.add.reduceat(covering.good * bands.whole, by_index) / whole
    is_outside = (np.minimum.reduceat(bands.lo, by_index) < wavelength[0]) | (
        np.maximum.reduceat(bands.hi, by_index) > wavelength[-1]
    )
    reason = np.where(no_continuum, _NO_CONTINUUM, _MEASURED)
    bridged = np.where(bands.is_feature, covering.bridged, 0)
    is_bridged = np.maximum.reduceat(bridged, by_index) > MOST_BRIDGED
    reason[:, (least_good < LEAST_GOOD) | is_bridged] = _BAD
    reason[:, covered < 1] = _GAP
    reason[:, (covered < 1) & is_outside] = _OUTSIDE
    has_none = reason != _MEASURED
    value[has_none] = np.nan
    err_of_value[has_none] = np.nan
    return Measured(value, err_of_value, np.tile(fraction, (len(flux), 1)), reason)
