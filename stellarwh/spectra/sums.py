"""Sums over the bands of indices, which their values and errors are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.bridges import variance_of_bridges
from stellarwh.spectra.pixels import Bands, Covering, sums_over
from stellarwh.spectra.spectrum import Booleans, Floats

Integers = npt.NDArray[np.int64]

_POGSON = 2.5 / np.log(10)


class Sums:
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
        """Return where the continuum is not above zero all over the feature.

        Of an index without any point it says nothing: that has no value anyway.
        """
        lowest = np.minimum.reduceat(
            np.concatenate(
                [self._continuum, np.ones((len(self._continuum), 1))], axis=-1
            ),
            self._by_index.start,
            axis=-1,
        )
        is_ratio = self._kinds.is_ratio
        return (np.where(is_ratio, self.level, lowest) <= 0) | (
            self._kinds.is_magnitude & (self.total <= 0)
        )

    def variances(
        self, wavelength: Floats, flux: Floats, err: Floats, is_good: Booleans
    ) -> Floats:
        """Return the squared errors, of shape (spectra, indices).

        They are those of the good pixels, and what bridges over bad ones may hide.
        """
        covering, index = self._covering, self._index
        n_indices = len(self._kinds.origin)
        by_point = self._derivatives()
        share = covering.left_share
        by_pixel = np.concatenate([by_point * share, by_point * (1 - share)], axis=-1)
        pixel = np.concatenate([covering.left, covering.right])
        both = np.concatenate([index, index])
        of_pixels = _squares(by_pixel, both, pixel, err, n_indices, len(wavelength))
        return of_pixels + variance_of_bridges(
            by_point, index, n_indices, covering, wavelength, flux, is_good
        )

    def _derivatives(self) -> Floats:
        """Return those of each index with respect to the flux at each of its points."""
        kinds, index = self._kinds, self._index
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
        found: Floats = scale[:, index] * (
            self._over
            - to_level[:, index] * self._level_share
            - to_slope[:, index] * self._slope_share
        )
        return found


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
