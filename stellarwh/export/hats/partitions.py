"""Which cells of the sky are the partitions of a HATS catalogue."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Numbers = npt.NDArray[np.int64]
# Cells of 7 arcmin: no catalogue has a million rows in one.
FINEST = 9
_DEEPEST = 29
# Even bits of a nested number are its x, odd ones its y.
_EVEN = 0x5555555555555555


@dataclass(frozen=True)
class Partitions:
    """Cells that do not overlap, in the order of the sky.

    Parameters
    ----------
    orders, cells : ndarray of int
        HEALPix order and nested number of each.
    """

    orders: _Numbers
    cells: _Numbers

    @property
    def first(self) -> _Numbers:
        """The first cell of order 29 in each."""
        return self.cells << (2 * (_DEEPEST - self.orders))

    @property
    def last(self) -> _Numbers:
        """The last one."""
        return ((self.cells + 1) << (2 * (_DEEPEST - self.orders))) - 1

    def holding(self, healpix: _Numbers) -> _Numbers:
        """Return the number of the partition that holds each cell of order 29."""
        return np.searchsorted(self.first, healpix, side="right") - 1

    def near_border(self, healpix: _Numbers, reach: int) -> npt.NDArray[np.bool_]:
        """Return which cells of order 29 lie within reach of their partition's border.

        Parameters
        ----------
        healpix : ndarray of int
            The cells.
        reach : int
            Along an axis, in such cells; see the macro ``healpix_reach``.
        """
        depth = _DEEPEST - self.orders[self.holding(healpix)]
        even = ((1 << (2 * depth)) - 1) & _EVEN
        # Spread numbers compare as the numbers do.
        side = np.int64(1) << depth
        near, far = (
            _spread(np.minimum(reach, side)),
            _spread(np.maximum(side - reach, 0)),
        )
        x, y = healpix & even, (healpix >> 1) & even
        found: npt.NDArray[np.bool_] = (x < near) | (x >= far) | (y < near) | (y >= far)
        return found

    def with_gaps(self) -> "Partitions":
        """Return cells that cover the sky: these, and the largest ones between them.

        A margin has those, too: LSDB finds there what lies near a catalogue's edge.
        """
        sky = np.int64(12) << (2 * _DEEPEST)
        starts = np.append(0, self.last + 1)
        ends = np.append(self.first, sky)
        found = [*zip(self.orders.tolist(), self.cells.tolist(), strict=True)]
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            while start < end:
                order = 0
                while (
                    start % (size := 1 << 2 * (_DEEPEST - order)) or start + size > end
                ):
                    order += 1
                found.append((order, start // size))
                start += size
        found.sort(key=lambda cell: cell[1] << 2 * (_DEEPEST - cell[0]))
        orders, cells = (
            np.array(part, dtype=np.int64) for part in zip(*found, strict=True)
        )
        return Partitions(orders, cells)

    def as_table(self) -> pa.Table:
        """Return them for SQL: number, and first and last cell of order 29."""
        return pa.table(
            {
                "number": np.arange(len(self.cells)),
                "first": self.first,
                "last": self.last,
            }
        )


def cut(cells: _Numbers, counts: _Numbers, most: int) -> Partitions:
    """Return the coarsest cells that hold at most so many rows.

    Parameters
    ----------
    cells, counts : ndarray of int
        Cells of the order `FINEST` that have rows, sorted, and how many each has; where
        a coarser cell has few enough, its first one stands for all in it.
    most : int
        Rows of a partition; a cell of the finest order may have more.
    """
    level = np.full(len(cells), -1)
    for order in range(FINEST + 1):
        parents = cells >> (2 * (FINEST - order))
        starts = np.flatnonzero(np.diff(parents, prepend=-1))
        if not len(starts):
            break
        sums = np.add.reduceat(counts, starts)
        fits = np.repeat(sums <= most, np.diff(starts, append=len(cells)))
        level[(level < 0) & (fits | (order == FINEST))] = order
    found = cells >> (2 * (FINEST - level))
    kept = np.flatnonzero(
        (np.diff(found, prepend=-1) != 0) | (np.diff(level, prepend=-1) != 0)
    )
    return Partitions(level[kept].astype(np.int64), found[kept])


def _spread(numbers: _Numbers) -> _Numbers:
    """Return numbers whose bit i is bit 2i of the result."""
    spread = numbers.astype(np.uint64)
    for places, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, _EVEN),
    ):
        spread = (spread | (spread << np.uint64(places))) & np.uint64(mask)
    return spread.astype(np.int64)
