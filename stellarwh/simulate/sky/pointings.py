"""Directions on the sky: frames, epochs, HEALPix cells and the survey pointings."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from stellarwh.simulate.arrays import BoolArray, FloatArray, IntArray

# Rows: the Galactic x, y and z axes in ICRS (Hipparcos catalogue, volume 1, 1.5.3).
TO_GALACTIC = np.array(
    [
        [-0.0548755604162154, -0.8734370902348850, -0.4838350155487132],
        [0.4941094278755837, -0.4448296299600112, 0.7469822444972189],
        [-0.8676661490190047, -0.1980763734312015, 0.4559837761750669],
    ]
)
REFERENCE_EPOCH = 2016.0
MAS = np.pi / 180.0 / 3600.0e3
_POINTINGS = 640
FIELD_RADIUS = 1.4  # degrees


def unit_vectors(ra: FloatArray, dec: FloatArray) -> FloatArray:
    """Cartesian directions of shape (n, 3) of positions in degrees."""
    a, d = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)], axis=1)


def angles(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Longitude in [0, 360) and latitude in degrees of vectors of any length."""
    x, y, z = vectors.T
    longitude = np.degrees(np.arctan2(y, x)) % 360.0
    # A tiny negative angle modulo 360 rounds to 360 itself.
    longitude = np.where(longitude >= 360.0, 0.0, longitude)
    return longitude, np.degrees(np.arctan2(z, np.hypot(x, y)))


def local_axes(ra: FloatArray, dec: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return unit vectors towards growing RA and Dec, each of shape (n, 3)."""
    a, d = np.radians(ra), np.radians(dec)
    east = np.stack([-np.sin(a), np.cos(a), np.zeros_like(a)], axis=1)
    north = np.stack(
        [-np.sin(d) * np.cos(a), -np.sin(d) * np.sin(a), np.cos(d)], axis=1
    )
    return east, north


def shift(
    ra: FloatArray, dec: FloatArray, east_mas: FloatArray, north_mas: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Move positions in degrees by tangential offsets in mas."""
    east, north = local_axes(ra, dec)
    moved = unit_vectors(ra, dec)
    moved = moved + MAS * (east_mas[:, None] * east + north_mas[:, None] * north)
    return angles(moved)


def galactic(ra: FloatArray, dec: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Galactic longitude and latitude in degrees."""
    return angles(unit_vectors(ra, dec) @ TO_GALACTIC.T)


def scatter_in_field(
    rng: np.random.Generator, ra: FloatArray, dec: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Draw positions evenly over a disc of `FIELD_RADIUS` around the centres."""
    radius = FIELD_RADIUS * 3.6e6 * np.sqrt(rng.random(ra.shape))
    angle = 2.0 * np.pi * rng.random(ra.shape)
    return shift(ra, dec, radius * np.cos(angle), radius * np.sin(angle))


def healpix_nested(order: int, ra: FloatArray, dec: FloatArray) -> IntArray:
    """HEALPix cell in the nested scheme (Gorski et al. 2005, ApJ 622, 759).

    Parameters
    ----------
    order : int
        0 to 29; there are 12 * 4**order cells.
    ra, dec : ndarray of shape (n,)
        Position in degrees.
    """
    nside = 1 << order
    z = np.sin(np.radians(dec))
    t = (ra % 360.0) / 90.0
    up, down = nside * (0.5 + t), nside * z * 0.75
    rising, falling = np.floor(up - down), np.floor(up + down)
    to_face, from_face = rising // nside, falling // nside
    equal = to_face == from_face
    face_belt = np.where(
        equal, to_face % 4 + 4, np.where(to_face < from_face, to_face, from_face + 8)
    )
    x_belt, y_belt = falling % nside, nside - 1 - rising % nside
    quarter = np.minimum(np.floor(t), 3.0)
    part = t - quarter
    # cos(dec) keeps full precision at the poles, where 1 - |z| would cancel.
    height = nside * np.cos(np.radians(dec)) * np.sqrt(3.0 / (1.0 + np.abs(z)))
    p = np.minimum(np.floor(part * height), nside - 1)
    m = np.minimum(np.floor((1.0 - part) * height), nside - 1)
    north = z >= 0
    belt = np.abs(z) <= 2.0 / 3.0
    x = np.where(belt, x_belt, np.where(north, nside - 1 - m, p)).astype(np.int64)
    y = np.where(belt, y_belt, np.where(north, nside - 1 - p, m)).astype(np.int64)
    polar = np.where(north, quarter, quarter + 8)
    face = np.where(belt, face_belt, polar).astype(np.int64)
    return (face << (2 * order)) + _spread(x) + (_spread(y) << 1)


def _spread(values: IntArray) -> IntArray:
    """Put the bits of ``values`` at the even places."""
    v = values
    for distance, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        v = (v | (v << distance)) & mask
    return v


@dataclass(frozen=True)
class Pointings:
    """Field centres, how densely each is observed, and by whom."""

    ra: FloatArray
    dec: FloatArray
    weight: FloatArray
    observed_by: BoolArray  # (n, 3): APOGEE, GALAH, LAMOST


def footprint(ra: FloatArray, dec: FloatArray, margin: float = 0.0) -> BoolArray:
    """Which of APOGEE, GALAH and LAMOST reach a position; shape (n, 3).

    GALAH observes |b| > 10 degrees and Dec < +10, LAMOST Dec -10 to +60.
    """
    _, b = galactic(ra, dec)
    galah = (np.abs(b) > 10.0 + margin) & (dec < 10.0 - margin)
    lamost = (dec > -10.0 + margin) & (dec < 60.0 - margin)
    return np.stack([np.ones_like(galah), galah, lamost], axis=1)


@cache
def pointings() -> Pointings:
    """Return evenly spread field centres, the same for every seed."""
    number = np.arange(_POINTINGS)
    ra = (number * 360.0 / ((1.0 + np.sqrt(5.0)) / 2.0) ** 2) % 360.0
    dec = np.degrees(np.arcsin(1.0 - (2.0 * number + 1.0) / _POINTINGS))
    reach = footprint(ra, dec, FIELD_RADIUS)
    _, b = galactic(ra, dec)
    # Away from the plane APOGEE leaves gaps between its plates.
    plate = (np.abs(b) < 12.0) | (number % 5 != 0)
    reach = reach & np.stack([plate, plate | True, plate | True], axis=1)
    weight = np.where(reach.sum(axis=1) == 3, 1.7, 1.0)
    weight = np.where(reach[:, 1:].any(axis=1), weight, 0.5)
    weight = np.where(reach.any(axis=1), weight, 0.0)
    return Pointings(ra, dec, weight / weight.sum(), reach)
