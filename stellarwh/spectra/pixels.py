"""How the bands of indices lie on the pixels of a spectrum, to fractions of a pixel."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.spectrum import Booleans, Floats

Integers = npt.NDArray[np.int64]

# A step longer than this many of the steps beside it is a gap between pixels.
_LONGEST_STEP = 1.5
# The two points of Gauss and Legendre, from the middle of a line of length 1.
_GAUSS = 1 / np.sqrt(12)
# A line over so many steps, with two bad pixels in it, is as wide as a line of the
# spectrum's resolution: on LAMOST's pixels that has 2.4 of them at half its depth.
BRIDGED_STEPS = 3
# Of a band, what rounding may leave uncovered.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Bands:
    """All bands of some definitions, those of an index together, the feature's first.

    Attributes
    ----------
    lo, hi, weight : ndarray of shape (bands,)
        As `stellarwh.spectra.definitions.Band` has them.
    index : ndarray of shape (bands,)
        The place of each band's index.
    is_feature, is_triangle, is_fitted : ndarray of shape (bands,)
        Whether it is of the feature, weighs fluxes by a triangle, and is one that a
        line is fitted to.
    is_divided : ndarray of shape (bands,)
        Whether its flux is divided by the continuum at each wavelength.
    whole : ndarray of shape (bands,)
        Integral of its weight of fluxes: its width, or half of it for a triangle.
    first : ndarray of shape (indices,)
        The first band of each index.
    """

    lo: Floats
    hi: Floats
    weight: Floats
    index: Integers
    is_feature: Booleans
    is_triangle: Booleans
    is_fitted: Booleans
    is_divided: Booleans
    whole: Floats
    first: Integers


@lru_cache(maxsize=16)
def bands_of(definitions: Definitions) -> Bands:
    """Return the bands of definitions as arrays."""
    bands, index, is_feature = [], [], []
    for place, one in enumerate(definitions.indices):
        bands += [*one.bands, *one.continuum]
        index += [place] * (len(one.bands) + len(one.continuum))
        is_feature += [True] * len(one.bands) + [False] * len(one.continuum)
    of_index = np.array(index)
    of_feature = np.array(is_feature)
    of_each = [definitions.indices[place] for place in index]
    lo = np.array([band.lo for band in bands])
    hi = np.array([band.hi for band in bands])
    is_triangle = of_feature & np.array([one.shape == "triangle" for one in of_each])
    return Bands(
        lo=lo,
        hi=hi,
        weight=np.array([band.weight for band in bands]),
        index=of_index,
        is_feature=of_feature,
        is_triangle=is_triangle,
        is_fitted=~of_feature & np.array([one.is_fitted for one in of_each]),
        is_divided=of_feature & np.array([one.unit != "ratio" for one in of_each]),
        whole=np.where(is_triangle, (hi - lo) / 2, hi - lo),
        first=np.searchsorted(of_index, np.arange(len(definitions))),
    )


@dataclass(frozen=True)
class Covering:
    """Points of a spectrum that bands are integrated by, band after band.

    Between the middles of two pixels the flux is a straight line, and a band may begin
    or end anywhere within it. Where pixels are bad the line goes from the last good one
    to the next. A flux is integrated by the middle of each line; one that is divided by
    a continuum by two points a line (Gauss and Legendre), which is exact to the fourth
    order of the step.

    Attributes
    ----------
    band : ndarray of shape (points,)
        Which band each point is of.
    place : ndarray of shape (points,)
        Where it is, in Å.
    weight : ndarray of shape (points,)
        What it counts for in the integral over its band. For a band that a line is
        fitted to, whose points are its pixels: how much of the pixel lies in it.
    left, right : ndarray of shape (points,)
        The pixels that its flux is taken from: those at the ends of the line.
    left_share : ndarray of shape (points,)
        How much the left one counts for; the right one makes it 1.
    start, count : ndarray of shape (bands,)
        The first point of each band, and how many there are.
    covered, good : ndarray of shape (bands,)
        Share of the band that lies on pixels, and on good ones.
    bridged : ndarray of shape (bands,)
        Share of the band under the longest line over more than `BRIDGED_STEPS` steps.
    """

    band: Integers
    place: Floats
    weight: Floats
    left: Integers
    right: Integers
    left_share: Floats
    start: Integers
    count: Integers
    covered: Floats
    good: Floats
    bridged: Floats

    def sums(self, values: Floats) -> Floats:
        """Return the sums over the points of each band.

        Parameters
        ----------
        values : ndarray of shape (..., points)

        Returns
        -------
        ndarray of shape (..., bands)
        """
        return sums_over(values, self.start, self.count)

    def taken(self, fluxes: Floats) -> Floats:
        """Return the flux at each point.

        Parameters
        ----------
        fluxes : ndarray of shape (spectra, pixels)

        Returns
        -------
        ndarray of shape (spectra, points)
        """
        left, right = fluxes[:, self.left], fluxes[:, self.right]
        return right + (left - right) * self.left_share


def sums_over(values: Floats, start: Integers, count: Integers) -> Floats:
    """Return sums of runs along the last axis; a run of none is 0."""
    padded = np.concatenate([values, np.zeros((*values.shape[:-1], 1))], axis=-1)
    found: Floats = np.add.reduceat(padded, start, axis=-1)
    found[..., count == 0] = 0
    return found


def pixel_edges(wavelength: Floats) -> tuple[Floats, Floats]:
    """Return where each pixel begins and ends: half way to the next ones.

    Where the next one is further than usual, there is a gap, and the pixel is as wide
    there as on its other side.

    Parameters
    ----------
    wavelength : ndarray of shape (n,), n >= 2
        Centres, ascending.
    """
    steps = np.diff(wavelength)
    if len(steps) > 1:
        near = np.concatenate(
            [steps[1:2], np.minimum(steps[:-2], steps[2:]), steps[-2:-1]]
        )
        steps = np.where(steps > _LONGEST_STEP * near, near, steps)
    before = np.concatenate([steps[:1], steps])
    after = np.concatenate([steps, steps[-1:]])
    return wavelength - before / 2, wavelength + after / 2


def cover(bands: Bands, wavelength: Floats, is_good: Booleans) -> Covering:
    """Lay bands on a spectrum.

    Parameters
    ----------
    bands : Bands
        In the medium of the wavelengths.
    wavelength : ndarray of shape (n,)
        Centres of the pixels of the star at rest, ascending.
    is_good : ndarray of shape (n,)
        Which pixels have a flux.
    """
    lo, hi = pixel_edges(wavelength)
    covered = _share(bands, lo, hi, np.ones(len(lo)))
    good_share = _share(bands, lo, hi, is_good.astype(float))
    good = np.flatnonzero(is_good)
    waves, lo, hi = wavelength[good], lo[good], hi[good]
    if not good.size:
        lo = hi = waves = np.zeros(1)
    # The outer halves of the first and the last pixel have a line of no slope.
    knots = np.concatenate([lo[:1], waves, hi[-1:]])
    begins, ends = knots[:-1], knots[1:]
    first = np.searchsorted(ends, bands.lo, side="right")
    after = np.searchsorted(begins, bands.hi, side="left")
    if bands.is_fitted.any():
        first[bands.is_fitted] = np.searchsorted(hi, bands.lo[bands.is_fitted], "right")
        after[bands.is_fitted] = np.searchsorted(lo, bands.hi[bands.is_fitted], "left")
    count = np.maximum(after - first, 0) if good.size else np.zeros_like(first)
    band = np.repeat(np.arange(len(count)), count)
    item = np.arange(len(band)) + np.repeat(first - (np.cumsum(count) - count), count)
    is_pixel = bands.is_fitted[band]
    begin = np.maximum(begins[item], bands.lo[band])
    end = np.minimum(ends[item], bands.hi[band])
    area, middle = end - begin, (begin + end) / 2
    peaked = np.flatnonzero(bands.is_triangle[band])
    if peaked.size:
        area[peaked], middle[peaked] = _under_triangle(
            begin[peaked], end[peaked], bands, band[peaked]
        )
    fitted = np.flatnonzero(is_pixel)
    if fitted.size:
        pixel, of = item[fitted], band[fitted]
        middle[fitted] = waves[pixel]
        area[fitted] = np.minimum(hi[pixel], bands.hi[of]) - np.maximum(
            lo[pixel], bands.lo[of]
        )
    points = np.where(bands.is_divided, 2, 1)
    part = np.repeat(np.arange(len(band)), points[band])
    side = np.zeros(len(part))
    side[1:][part[1:] == part[:-1]] = 1
    side[:-1][part[1:] == part[:-1]] = -1
    place = middle[part] + side * ((end - begin) * _GAUSS)[part]
    weight = (area / points[band])[part]

    left = np.where(is_pixel, item, np.maximum(item - 1, 0))
    right = np.minimum(item, len(waves) - 1)
    bridged = np.zeros(len(count))
    if good.size:
        is_long = good[right] - good[left] > BRIDGED_STEPS
        np.maximum.at(bridged, band[is_long], (end - begin)[is_long])
    left, right = left[part], right[part]
    apart = waves[right] - waves[left]
    share = np.where(
        apart > 0, (waves[right] - place) / np.where(apart > 0, apart, 1), 1
    )
    if good.size:
        left, right = good[left], good[right]
    count = count * points
    return Covering(
        *(band[part], place, weight, left, right, share),
        *(np.cumsum(count) - count, count, covered, good_share),
        bridged / (bands.hi - bands.lo),
    )


def _share(bands: Bands, lo: Floats, hi: Floats, counts: Floats) -> Floats:
    """Return the share of each band that lies on pixels which count."""
    edges = np.column_stack([lo, hi]).ravel()
    reached = np.zeros(len(edges))
    reached[1::2] = np.cumsum((hi - lo) * counts)
    reached[2::2] = reached[1:-1:2]
    within = np.interp(bands.hi, edges, reached) - np.interp(bands.lo, edges, reached)
    share = within / (bands.hi - bands.lo)
    share[share > 1 - _ROUNDING] = 1
    return share


def _under_triangle(
    part_lo: Floats, part_hi: Floats, bands: Bands, band: Integers
) -> tuple[Floats, Floats]:
    """Return integrals of triangles of height 1 over parts, and where these balance."""
    half = (bands.hi[band] - bands.lo[band]) / 2
    peak = (bands.hi[band] + bands.lo[band]) / 2
    from_, to = (part_lo - peak) / half, (part_hi - peak) / half
    area = _area(to) - _area(from_)
    moment = _moment(to) - _moment(from_)
    return half * area, peak + half * np.where(
        area > 0, moment / area, (from_ + to) / 2
    )


def _area(place: Floats) -> Floats:
    """Return the integral of 1 - abs(u) from 0 to a place between -1 and 1."""
    return place - place * np.abs(place) / 2


def _moment(place: Floats) -> Floats:
    """Return the integral of u (1 - abs(u)) from 0 to a place between -1 and 1."""
    return place**2 / 2 - np.abs(place) ** 3 / 3
