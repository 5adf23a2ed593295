"""Whether a survey's values follow those of another."""

from collections.abc import Sequence

import numpy as np

from stellarwh.scales.sample import Floats

# Of the spread of another survey's values for the same stars, that of one that follows.
_LEAST_SPREAD = 0.2
# Slopes that no pipeline has, and how sure it must be.
_LOW, _HIGH, _SIGMA = 0.6, 1.6, 3.0
# The slope of the other way round is at least the true one, whatever the noise.
_LOW_OTHER_WAY, _HIGH_RAW = 0.8, 1.3
_LEAST_CLEAR = 0.5  # of the other's variance, that is not noise
_DRAWS, _MOST_STARS = 100, 2000


def follows(
    own: Floats, theirs: Floats, noise: float, seed: Sequence[int], *, is_sure: bool
) -> bool:
    """Return whether values of a survey vary as those of another do.

    They do not where they hardly vary, or where the slope of one against the other is
    far from 1: such values cannot say where a star lies.

    Parameters
    ----------
    own, theirs : ndarray of shape (n,)
        Of the same stars.
    noise : float
        Usual error of the other's. Where it is not clearly below their spread the
        slope is not judged.
    seed : sequence of int
        For the draws that tell the slope's error.
    is_sure : bool
        Whether the errors of the other's values are known well enough to tell a low
        slope from noise; else it must be low the other way round, too.
    """
    if scatter(own) < _LEAST_SPREAD * scatter(theirs):
        return False
    variance = scatter(theirs) ** 2
    if not noise**2 < (1 - _LEAST_CLEAR) * variance:
        return True
    rng = np.random.default_rng(seed)
    size = min(own.size, _MOST_STARS)
    drawn = rng.integers(own.size, size=(_DRAWS, size))
    slopes = _covariance(own[drawn], theirs[drawn]) / (
        _scatters(theirs[drawn]) ** 2 - noise**2
    )
    error = _SIGMA * scatter(slopes)
    error *= float(np.sqrt(size / own.size))
    covariance = float(_covariance(own[None], theirs[None])[0])
    slope = covariance / (variance - noise**2)
    if slope + error < _LOW:
        is_opposite = slope + error < 0
        other_way = scatter(own) ** 2 / covariance
        return not (is_sure or is_opposite or 0 < other_way < _LOW_OTHER_WAY)
    return not (slope - error > _HIGH and covariance / variance > _HIGH_RAW)


def scatter(values: Floats) -> float:
    """Return 1.4826 times the median absolute deviation."""
    return float(_scatters(values[None])[0])


def scatter_about_zero(values: Floats) -> float:
    """Return 1.4826 times the median size, offset and scatter together."""
    return float(1.4826 * np.median(np.abs(values)))


def _scatters(rows: Floats) -> Floats:
    middle = np.median(rows, axis=1, keepdims=True)
    return np.asarray(1.4826 * np.median(np.abs(rows - middle), axis=1))


def _covariance(left: Floats, right: Floats) -> Floats:
    """Return a robust covariance of each row (Gnanadesikan and Kettenring 1972)."""
    return (_scatters(left + right) ** 2 - _scatters(left - right) ** 2) / 4
