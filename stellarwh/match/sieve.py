"""Where on the sky a partner may be: a sieve for rows too many to be kept.

A side that is larger than memory is read once, row by row, and only those rows are
kept that may have a partner: whatever the match then does with them, in any mode, is
what it would do with all, for the rows that are left out are in no pair. The sieve lets
some through that have no partner; the match itself sorts these out.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]

# Bits for each row of the other side: one row in 256 passes by chance on an even sky.
_BITS_A_ROW = 256
_FEWEST_BITS, _MOST_BITS = 1 << 20, 1 << 32
_SKY_SQUARE_DEGREES = 129_600 / np.pi
# What doubles of up to 360 degrees leave open, and a little more.
_ROUNDING = 1e-9


class Sieve:
    """A grid of zones and cells on the sky, with a bit for each cell.

    As the buckets of `crossmatch` (``sql/macros/crossmatch_zones.sql``): a zone is at
    least four margins high and its cells at least four margins wide, so that what lies
    within the margin of a place is in at most two zones and two cells of each.

    Parameters
    ----------
    margin : float
        Largest separation of two partners, in arcsec.
    rows : int
        How many places are going to be marked, about; sizes the grid.
    """

    def __init__(self, margin: float, rows: int) -> None:
        bits = min(max(_BITS_A_ROW * max(rows, 1), _FEWEST_BITS), _MOST_BITS)
        self._margin = margin / 3600 + _ROUNDING
        self._height = max(4 * self._margin, np.sqrt(_SKY_SQUARE_DEGREES / bits))
        zones = int(np.ceil(180 / self._height))
        edges = np.arange(zones + 1) * self._height - 90
        farthest = np.maximum(np.abs(edges[:-1]), np.abs(edges[1:])) + self._margin
        # The least cosine of any place in the zone or within the margin of it.
        narrow = np.where(
            farthest < 90, np.cos(np.radians(np.minimum(farthest, 90.0))), 0.0
        )
        cells = np.maximum(np.floor(narrow * (360 / self._height)), 1.0)
        self._last = zones - 1
        self._cells = cells
        self._first = np.concatenate([[0], np.cumsum(cells)[:-1]]).astype(np.int64)
        # By the haversine no more than pi/2 margins over the cosine; see the macro.
        self._reach = np.minimum(1.6 * self._margin / np.maximum(narrow, 1e-12), 360.0)
        self._bits = np.zeros(int(cells.sum()) // 8 + 1, np.uint8)

    def mark(self, ra: Degrees, dec: Degrees) -> None:
        """Mark all cells that hold places within the margin of these.

        Parameters
        ----------
        ra, dec : ndarray of shape (n,)
            Positions in degrees, ra of 0 to 360. Not for several threads at once.
        """
        low = self._zone(dec - self._margin)
        high = self._zone(dec + self._margin)
        two = np.flatnonzero(low != high)
        zone = np.concatenate([low, high[two]])
        around = np.concatenate([ra, ra[two]])
        cells, reach, first = self._cells[zone], self._reach[zone], self._first[zone]
        west = np.floor((around - reach) * cells / 360) % cells
        east = np.floor((around + reach) * cells / 360) % cells
        one = west != east
        eastern = first[one] + east[one].astype(np.int64)
        found = np.concatenate([first + west.astype(np.int64), eastern])
        if not found.size:
            return
        found.sort()
        byte = found >> 3
        bit = (1 << (found & 7)).astype(np.uint8)
        starts = np.flatnonzero(np.concatenate([[True], byte[1:] != byte[:-1]]))
        self._bits[byte[starts]] |= np.bitwise_or.reduceat(bit, starts)

    def lets_through(self, ra: Degrees, dec: Degrees) -> NDArray[np.bool_]:
        """Return which places may have a marked one within the margin.

        Parameters
        ----------
        ra, dec : ndarray of shape (n,)
            Positions in degrees, ra of 0 to 360.
        """
        zone = np.minimum((dec + 90) / self._height, self._last).astype(np.int64)
        cells = self._cells[zone]
        cell = np.minimum(ra * cells / 360, cells - 1).astype(np.int64)
        cell += self._first[zone]
        bit = (cell & 7).astype(np.uint8)
        through: NDArray[np.bool_] = ((self._bits[cell >> 3] >> bit) & 1).astype(bool)
        return through

    def _zone(self, dec: Degrees) -> NDArray[np.int64]:
        zone = np.floor((dec + 90) / self._height).astype(np.int64)
        return cast(NDArray[np.int64], np.clip(zone, 0, self._last))


@dataclass(frozen=True)
class Box:
    """A range of positions, such as those of a part of a file.

    Parameters
    ----------
    ra, dec : tuple of (float, float)
        Least and largest, in degrees.
    """

    ra: tuple[float, float]
    dec: tuple[float, float]


class Occupied:
    """Which parts of the sky hold anything at all, in steps of a quarter of a degree.

    What statistics of a file say of the positions in it is compared with this, so that
    parts in which no partner can be need not be read.
    """

    _STEPS = 4

    def __init__(self) -> None:
        self._grid = np.zeros((180 * self._STEPS, 360 * self._STEPS), bool)

    def mark(self, ra: Degrees, dec: Degrees) -> None:
        """Mark positions in degrees, ra of 0 to 360."""
        self._grid[self._row(dec), self._column(ra)] = True

    def any_near(self, box: Box, margin: float) -> bool:
        """Return whether anything may lie within a margin of a box.

        Parameters
        ----------
        box : Box
            Its positions; ra of -180 to 360.
        margin : float
            Largest separation in arcsec.
        """
        reach = margin / 3600 + _ROUNDING
        low, high = box.dec[0] - reach, box.dec[1] + reach
        rows = self._grid[self._row(low) : self._row(high) + 1]
        narrow = np.cos(np.radians(max(abs(low), abs(high))))
        if max(abs(low), abs(high)) >= 90 or narrow <= 0:
            return bool(rows.any())
        wide = 1.6 * reach / narrow
        first = int(np.floor((box.ra[0] - wide) * self._STEPS))
        last = int(np.floor((box.ra[1] + wide) * self._STEPS))
        around = 360 * self._STEPS
        if last - first + 1 >= around:
            return bool(rows.any())
        first, last = first % around, last % around
        if first <= last:
            return bool(rows[:, first : last + 1].any())
        return bool(rows[:, first:].any() or rows[:, : last + 1].any())

    def _row(self, dec: Degrees | float) -> NDArray[np.int64]:
        found = np.floor((np.asarray(dec) + 90) * self._STEPS).astype(np.int64)
        return cast(NDArray[np.int64], np.clip(found, 0, 180 * self._STEPS - 1))

    def _column(self, ra: Degrees | float) -> NDArray[np.int64]:
        found = np.floor(np.asarray(ra) * self._STEPS).astype(np.int64)
        return cast(NDArray[np.int64], np.clip(found, 0, 360 * self._STEPS - 1))
