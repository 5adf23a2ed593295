"""What lines over bad pixels may hide, and where they could hide a line whole.

A bridge is a straight line between two good pixels with bad ones between. Where the
flux falls towards it from both sides it lies too high: by the cubic through its ends
with the slopes there, the mean over a bridge of length g is off by g / 12 times what
its slope and that at its left end differ by, and as much of the right end. Both count
as if they had one sign, as a line may end within the bridge. Lines are at least some
two or three pixels wide, so that those in the middle of a longer bridge show at neither
end: there the flux may be anything between 0 and the bridge.
"""

import numpy as np
import numpy.typing as npt

from stellarwh.spectra.pixels import BRIDGED_STEPS, Covering
from stellarwh.spectra.spectrum import Booleans, Floats

Integers = npt.NDArray[np.int64]


def variance_of_bridges(
    derivatives: Floats,
    index: Integers,
    n_indices: int,
    covering: Covering,
    wavelength: Floats,
    flux: Floats,
    is_good: Booleans,
) -> Floats:
    """Return how much bridges add to the squared errors of indices.

    Parameters
    ----------
    derivatives : ndarray of shape (spectra, points)
        Of each index with respect to the fluxes at its points.
    index : ndarray of shape (points,)
        Which one each point is of, of `n_indices`.
    covering : Covering
        The points.
    wavelength : ndarray of shape (pixels,)
        Å.
    flux : ndarray of shape (spectra, pixels)
        Its fluxes.
    is_good : ndarray of shape (pixels,)
        Which pixels have one.

    Returns
    -------
    ndarray of shape (spectra, indices)
    """
    found = np.zeros((len(flux), n_indices))
    points = np.flatnonzero(covering.right - covering.left > 1)
    if not points.size:
        return found
    left, bridge = np.unique(covering.left[points], return_inverse=True)
    hidden = _mean_hidden(left, wavelength, flux, np.flatnonzero(is_good))
    pair, of_pair = np.unique(bridge * n_indices + index[points], return_inverse=True)
    for row, by_point in enumerate(derivatives[:, points]):
        total = np.bincount(of_pair, weights=by_point)
        found[row] = np.bincount(
            pair % n_indices,
            weights=(total * hidden[row, pair // n_indices]) ** 2,
            minlength=n_indices,
        )
    return found


def _mean_hidden(
    left: Integers, wavelength: Floats, flux: Floats, good: Integers
) -> Floats:
    """Return what the mean flux of bridges may be off by, of shape (spectra, bridges).

    They begin at the pixels ``left``.
    """
    place = np.searchsorted(good, left)
    right = good[place + 1]
    before = good[np.maximum(place - 1, 0)]
    after = good[np.minimum(place + 2, len(good) - 1)]
    slope = _slope(flux, wavelength, left, right)
    bend = np.abs(_slope(flux, wavelength, before, left) - slope) + np.abs(
        _slope(flux, wavelength, right, after) - slope
    )
    bent = (wavelength[right] - wavelength[left]) * bend / 12
    unseen = np.maximum(1 - BRIDGED_STEPS / (right - left), 0)
    level = (flux[:, left] + flux[:, right]) / 2
    # Anything from 0 to the bridge, by the same chance: 1 σ is the 12th part's root.
    found: Floats = np.hypot(bent, level * unseen / np.sqrt(12))
    return found


def _slope(
    flux: Floats, wavelength: Floats, first: Integers, second: Integers
) -> Floats:
    """Return slopes between pixels; 0 where both are the same, at an end."""
    apart = wavelength[second] - wavelength[first]
    rise = flux[:, second] - flux[:, first]
    found: Floats = np.where(apart > 0, rise / np.where(apart > 0, apart, 1), 0.0)
    return found
