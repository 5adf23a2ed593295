"""A second match, with nothing in common with HEALPix: a cubic grid of unit vectors."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from tests.match.skies import Positions

Indices = NDArray[np.int64]

# No finer than 1 to 2e-6, so that three numbers of a cube fit into 63 bits.
_SMALLEST_CUBE = 2e-6


def unit_vectors(positions: Positions) -> NDArray[np.float64]:
    """Return the directions as rows of x, y, z."""
    ra, dec = (np.radians(axis) for axis in positions)
    # The sine of the polar distance keeps the digits that cos(dec) loses.
    out = np.sin(np.radians(90 - np.abs(positions[1])))
    return np.stack([out * np.cos(ra), out * np.sin(ra), np.sin(dec)], axis=-1)


def grid_pairs(
    left: Positions, right: Positions, arcsec: float
) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """Return the pairs of indices within a radius, and their separations in arcsec.

    Space is cut into cubes as wide as the radius is as a chord, so that a partner is in
    the same cube or one of the 26 around it. The separation is that of the chord.
    """
    chord = 2 * np.sin(np.radians(arcsec / 3600) / 2)
    width = max(chord * (1 + 1e-9), _SMALLEST_CUBE)
    sides = int(2 / width) + 4
    a, b = unit_vectors(left), unit_vectors(right)

    def numbered(vectors: NDArray[np.float64]) -> Indices:
        cubes = np.floor((vectors + 1) / width).astype(np.int64) + 1
        return (cubes[:, 0] * sides + cubes[:, 1]) * sides + cubes[:, 2]

    cube_of_left, cube_of_right = numbered(a), numbered(b)
    by_cube = np.argsort(cube_of_right, kind="stable")
    in_order = cube_of_right[by_cube]
    found: list[tuple[Indices, Indices]] = []
    for x, y, z in product((-1, 0, 1), repeat=3):
        wanted = cube_of_left + (x * sides + y) * sides + z
        first = np.searchsorted(in_order, wanted, "left")
        count = np.searchsorted(in_order, wanted, "right") - first
        i = np.repeat(np.arange(wanted.size), count)
        within = np.arange(i.size) - np.repeat(np.cumsum(count) - count, count)
        found.append((i, by_cube[np.repeat(first, count) + within]))
    i, j = (np.concatenate(side) for side in zip(*found, strict=True))
    half = np.sqrt(((a[i] - b[j]) ** 2).sum(axis=1)) / 2
    apart = 7200 * np.degrees(np.arcsin(np.minimum(half, 1)))
    near = apart <= arcsec
    return i[near], j[near], apart[near]
