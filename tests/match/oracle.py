"""The sky in extended precision: what double precision is judged by."""

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from tests.match.skies import Positions

Extended = NDArray[np.longdouble]

_DEGREE = np.longdouble("3.14159265358979323846264338327950288") / 180
_WIDE = bool(np.finfo(np.longdouble).eps < 1e-18)
needs_extended_precision = pytest.mark.skipif(
    not _WIDE, reason="this machine has no extended precision"
)


def radians(degrees: ArrayLike) -> Extended:
    """Return degrees as radians; doubles are taken for exact numbers."""
    return np.asarray(degrees, dtype=np.longdouble) * _DEGREE


def separation(left: Positions, right: Positions) -> Extended:
    """Return the separations row by row in arcsec: Vincenty's formula, to 3e-13."""
    (ra1, dec1), (ra2, dec2) = map(radians, left), map(radians, right)
    step = ra2 - ra1
    across = np.cos(dec2) * np.sin(step)
    along = np.cos(dec1) * np.sin(dec2) - np.sin(dec1) * np.cos(dec2) * np.cos(step)
    inner = np.sin(dec1) * np.sin(dec2) + np.cos(dec1) * np.cos(dec2) * np.cos(step)
    return np.arctan2(np.hypot(across, along), inner) / _DEGREE * 3600


def edge_distance(order: int, ra: ArrayLike, dec: ArrayLike) -> Extended:
    """Return how far from the nearest cell edge, in sides of a cell (Gorski 2005).

    The edges are where one of two numbers is whole: 2^order times the part of the way
    across the quarter of the sky, plus or minus the height.
    """
    across = (np.asarray(ra, dtype=np.longdouble) % 360) / 90
    dec = np.asarray(dec, dtype=np.longdouble)
    height = np.longdouble(3) / 4 * np.sin(radians(dec))
    belt = np.stack([across + height, across - height]) + np.longdouble(0.5)
    # sqrt(3 (1 - |sin dec|)), without losing digits at the poles
    scale = np.sqrt(np.longdouble(6)) * np.sin(radians((90 - np.abs(dec)) / 2))
    part = across - np.floor(across)
    cap = np.stack([part * scale, (1 - part) * scale])
    edges = np.where(np.abs(height) <= 0.5, belt, cap) * 2**order
    return np.abs(edges - np.round(edges)).min(axis=0)


def moved(
    positions: Positions, angle: NDArray[np.float64], arcsec: ArrayLike
) -> Positions:
    """Return positions at a distance and position angle, rounded to doubles."""
    (ra, dec), step = map(radians, positions), radians(np.asarray(arcsec) / 3600)
    turn = np.asarray(angle, dtype=np.longdouble)
    up = np.sin(dec) * np.cos(step) + np.cos(dec) * np.sin(step) * np.cos(turn)
    out = np.cos(dec) * np.cos(step) - np.sin(dec) * np.sin(step) * np.cos(turn)
    across = np.sin(step) * np.sin(turn)
    new_ra = (ra + np.arctan2(across, out)) / _DEGREE
    new_dec = np.arctan2(up, np.hypot(out, across)) / _DEGREE
    return (new_ra % 360).astype(float) % 360, new_dec.astype(float)
