"""Spectral indices of a spectrum, with their errors.

The mathematics is that of Worthey et al. 1994, ApJS 94, 687, equations 1 to 3; errors
follow from those of the pixels as in Cardiel et al. 1998, A&AS 127, 597, section 3.2:
each pixel counts by the derivative of the index with respect to its flux, as one of the
feature and as one of the continuum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.definitions import Definitions
from stellarwh.spectra.frame import rest_wavelengths
from stellarwh.spectra.pixels import Bands, Covering, bands_of, cover, sums_over
from stellarwh.spectra.spectrum import Booleans, Floats, Spectrum

Integers = npt.NDArray[np.int64]

# Share of good pixels that each band of an index needs.
LEAST_GOOD = 0.8

# Why there is no value; the first is that there is one.
REASONS = (
    None,
    "bad pixels",
    "no continuum",
    "gap in the wavelengths",
    "outside the wavelengths",
)
_MEASURED, _BAD, _NO_CONTINUUM, _GAP, _OUTSIDE = range(len(REASONS))

_POGSON = 2.5 / np.log(10)


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
    between the good ones about them; a band with fewer than `LEAST_GOOD` of its pixels
    good gives no value. A continuum that is fitted leaves them out.

    Parameters
    ----------
    spectrum : Spectrum
        As its file has it.
    definitions : Definitions
        What to measure.
    velocity : float, optional
        km/s of the star in the frame of the wavelengths, c times the redshift. Without
        one they are taken for those at rest.
    """
    shape = len(definitions)
    best = Measured(
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.zeros(shape),
        np.full(shape, _OUTSIDE),
    )
    reach: dict[str, list[tuple[float, float]]] = {}
    for piece in spectrum.pieces:
        for medium, places in definitions.of_medium.items():
            waves = rest_wavelengths(
                piece.wavelength, spectrum.medium, velocity or 0.0, to=medium
            )
            reach.setdefault(medium, []).append((waves[0], waves[-1]))
            found = measure_fluxes(
                waves,
                piece.flux[np.newaxis],
                piece.err[np.newaxis],
                piece.good,
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
        sums = _Sums(definitions, bands, covering, flux, err)
        value = sums.values()
        err_of_value = np.sqrt(sums.variances(err, len(wavelength)))
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
    reason[:, least_good < LEAST_GOOD] = _BAD
    reason[:, covered < 1] = _GAP
    reason[:, (covered < 1) & is_outside] = _OUTSIDE
    has_none = reason != _MEASURED
    value[has_none] = np.nan
    err_of_value[has_none] = np.nan
    return Measured(value, err_of_value, np.tile(fraction, (len(flux), 1)), reason)


class _Sums:
    """Sums over the bands of all indices, for their values and for their errors.

    An index is a function of P, the sum of F/C over the feature, where the continuum is
    C(λ) = level + slope (λ - origin), and level and slope are sums of fluxes, too: with
    shares `level_share` and `slope_share` of each point. A ratio has a mean
    flux in place of each.
    """

    def __init__(
        self,
        definitions: Definitions,
        bands: Bands,
        covering: Covering,
        flux: Floats,
        err: Floats,
    ) -> None:
        self._bands, self._covering = bands, covering
        self._kinds = _kinds(definitions)
        kinds = self._kinds
        self._flux = covering.taken(flux)
        point_index = bands.index[covering.band]
        self._index = point_index
        self._away = covering.place - kinds.origin[point_index]
        self._level_share, self._slope_share = self._shares(err)
        by_index = _Runs.of(point_index, len(definitions))
        self._by_index = by_index
        self.level = by_index.sums(self._flux * self._level_share)
        self.slope = by_index.sums(self._flux * self._slope_share)
        # The continuum under each point of a feature; 1 elsewhere and for ratios.
        is_line = bands.is_feature[covering.band] & ~kinds.is_ratio[point_index]
        self._continuum = np.where(
            is_line,
            self.level[:, point_index] + self.slope[:, point_index] * self._away,
            1.0,
        )
        # What F/C, or F, of each point of the feature counts for.
        in_feature = bands.is_feature[covering.band] * covering.weight
        self._point_weight = np.where(
            kinds.is_ratio[point_index],
            in_feature / (bands.whole[covering.band] * kinds.whole[point_index]),
            in_feature * bands.weight[covering.band],
        )
        self._over = self._point_weight / self._continuum
        self.total = by_index.sums(self._flux * self._over)

    def _shares(self, err: Floats) -> tuple[Floats, Floats]:
        """Return what each point counts for in level and slope."""
        bands, covering, kinds = self._bands, self._covering, self._kinds
        band_sums = covering.sums(covering.weight)[covering.band]
        share = np.where(band_sums > 0, covering.weight / band_sums, 0)
        level = share * kinds.level_of_band[covering.band]
        slope = share * kinds.slope_of_band[covering.band]
        fitted = np.flatnonzero(bands.is_fitted[covering.band])
        if not fitted.size:
            return level[np.newaxis], slope[np.newaxis]
        runs = _Runs.of(self._index[fitted], len(kinds.origin))
        weight = covering.weight[fitted]
        variance = err[:, covering.left[fitted]] ** 2
        known = np.isfinite(variance) & (variance > 0)
        by_error = np.where(known, weight / np.where(known, variance, 1), 0)
        # Where no pixel has an error, all count the same.
        has_errors = (runs.sums(by_error) > 0)[:, self._index[fitted]]
        weight = np.where(has_errors, by_error, weight)
        away = self._away[fitted]
        s0, s1, s2 = (runs.sums(weight * away**power) for power in range(3))
        where = self._index[fitted]
        determinant = (s0 * s2 - s1**2)[:, where]
        levels = np.repeat(level[np.newaxis], len(err), axis=0)
        slopes = np.repeat(slope[np.newaxis], len(err), axis=0)
        levels[:, fitted] = weight * (s2[:, where] - s1[:, where] * away) / determinant
        slopes[:, fitted] = weight * (s0[:, where] * away - s1[:, where]) / determinant
        return levels, slopes

    def values(self) -> Floats:
        """Return the indices, of shape (spectra, indices)."""
        kinds = self._kinds
        return np.where(
            kinds.is_ratio,
            self.total / self.level,
            np.where(
                kinds.is_magnitude,
                -2.5 * np.log10(self.total / kinds.whole),
                kinds.whole - self.total,
            ),
        )

    def lacks_continuum(self) -> Booleans:
        """Return where the continuum is not above zero all over the feature."""
        lowest = np.minimum.reduceat(
            np.concatenate(
                [self._continuum, np.ones((len(self._continuum), 1))], axis=-1
            ),
            self._by_index.start,
            axis=-1,
        )
        lowest[:, self._by_index.count == 0] = 1
        is_ratio = self._kinds.is_ratio
        return (np.where(is_ratio, self.level, lowest) <= 0) | (
            self._kinds.is_magnitude & (self.total <= 0)
        )

    def variances(self, err: Floats, n_pixels: int) -> Floats:
        """Return the squared errors, of shape (spectra, indices)."""
        kinds, covering, index = self._kinds, self._covering, self._index
        # Derivatives of the total with respect to level and slope, but for the sign.
        per_level = self._flux * self._over / self._continuum
        to_level = self._by_index.sums(per_level)
        to_slope = self._by_index.sums(per_level * self._away)
        to_level = np.where(kinds.is_ratio, self.total / self.level, to_level)
        to_slope = np.where(kinds.is_ratio, 0, to_slope)
        scale = np.where(
            kinds.is_ratio,
            1 / self.level,
            np.where(kinds.is_magnitude, -_POGSON / self.total, -1.0),
        )
        by_point = scale[:, index] * (
            self._over
            - to_level[:, index] * self._level_share
            - to_slope[:, index] * self._slope_share
        )
        share = covering.left_share
        by_pixel = np.concatenate([by_point * share, by_point * (1 - share)], axis=-1)
        pixel = np.concatenate([covering.left, covering.right])
        both = np.concatenate([index, index])
        return _squares(by_pixel, both, pixel, err, len(kinds.origin), n_pixels)


def _squares(
    by_pixel: Floats,
    index: Integers,
    pixel: Integers,
    err: Floats,
    n_indices: int,
    n_pixels: int,
) -> Floats:
    """Return sums of (derivative x error)² over pixels, which bands may share."""
    first = np.full(n_indices, n_pixels)
    last = np.full(n_indices, -1)
    np.minimum.at(first, index, pixel)
    np.maximum.at(last, index, pixel)
    count = np.maximum(last - first + 1, 0)
    start = np.cumsum(count) - count
    spot = (start - first)[index] + pixel
    here = np.arange(count.sum()) + np.repeat(first - start, count)
    found = np.zeros((len(by_pixel), n_indices))
    for row, (derivatives, errs) in enumerate(zip(by_pixel, err, strict=True)):
        summed = np.bincount(spot, weights=derivatives, minlength=len(here))
        squares = np.where(summed == 0, 0, summed * errs[here]) ** 2
        found[row] = sums_over(squares, start, count)
    return found


@dataclass(frozen=True)
class _Runs:
    """Runs of equal numbers in an array that ascends."""

    start: Integers
    count: Integers

    @classmethod
    def of(cls, ascending: Integers, kinds: int) -> "_Runs":
        edges = np.searchsorted(ascending, np.arange(kinds + 1))
        return cls(edges[:-1], np.diff(edges))

    def sums(self, values: Floats) -> Floats:
        return sums_over(values, self.start, self.count)


@dataclass(frozen=True)
class _Kinds:
    """What makes the arithmetic of indices differ."""

    is_ratio: Booleans
    is_magnitude: Booleans
    origin: Floats  # Å, where the level of the continuum is that of its line
    whole: Floats  # of the feature: Å by weight; the number of its bands for ratios
    level_of_band: Floats
    slope_of_band: Floats


@lru_cache(maxsize=16)
def _kinds(definitions: Definitions) -> _Kinds:
    level: list[float] = []
    slope: list[float] = []
    origin, whole = [], []
    for index in definitions.indices:
        middles = [(band.lo + band.hi) / 2 for band in index.continuum]
        origin.append(float(np.mean(middles)) if index.is_fitted else middles[0])
        widths = [band.weight * (band.hi - band.lo) for band in index.bands]
        whole.append(len(widths) if index.unit == "ratio" else sum(widths))
        of_level, of_slope = _line(index.unit == "ratio", index.is_fitted, middles)
        level += [0.0] * len(index.bands) + of_level
        slope += [0.0] * len(index.bands) + of_slope
    units = np.array(definitions.units)
    return _Kinds(
        units == "ratio",
        units == "mag",
        *(np.array(values) for values in (origin, whole, level, slope)),
    )


def _line(
    is_ratio: bool, is_fitted: bool, middles: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Return what the mean flux of each band of a continuum counts for."""
    if is_ratio:
        return [1 / len(middles)] * len(middles), [0.0] * len(middles)
    if is_fitted:
        return [0.0] * len(middles), [0.0] * len(middles)
    blue, red = middles
    return [1.0, 0.0], [-1 / (red - blue), 1 / (red - blue)]
