"""Parts of the files of a side: which rows they hold, and where on the sky."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from stellarwh.match.sieve import Box, Occupied

# Rows that are read at one go, in one thread.
_PIECE_ROWS = 2_000_000
_ROLES = ("ra", "dec", "epoch", "pmra", "pmdec")


@dataclass(frozen=True)
class Range:
    """Least and largest value of a column in a part, as far as is known."""

    low: float
    high: float

    @property
    def farthest(self) -> float:
        """The largest distance from 0."""
        return max(abs(self.low), abs(self.high))


@dataclass(frozen=True)
class Part:
    """A row group of a Parquet file, or a whole file of another format.

    Parameters
    ----------
    path : Path
        The file.
    group : int or None
        Number of the row group; None for a whole file.
    first : int or None
        Number of its first row, counted from 1 through all files; None where only
        reading tells.
    rows : int or None
        How many rows it has, likewise.
    ranges : dict of str to Range
        Of ``ra``, ``dec``, ``epoch``, ``pmra`` and ``pmdec`` those whose values are
        known to lie within, in the units of the match.
    """

    path: Path
    group: int | None
    first: int | None
    rows: int | None
    ranges: Mapping[str, Range]

    def may_meet(self, occupied: Occupied, margin: float, years: float) -> bool:
        """Return whether a row of it may have a partner.

        Parameters
        ----------
        occupied : Occupied
            Where rows of the other side are.
        margin : float
            Largest separation in arcsec, without what rows of this part move.
        years : float
            How long they move.
        """
        ra, dec = self.ranges.get("ra"), self.ranges.get("dec")
        if ra is None or dec is None:
            return True
        if years:
            motions = self.ranges.get("pmra"), self.ranges.get("pmdec")
            if motions[0] is None or motions[1] is None:
                return True
            motion = math.hypot(motions[0].farthest, motions[1].farthest)
            margin += motion / 1000 * years
        if not math.isfinite(margin):
            return True
        low, high = max(dec.low, -90.0), min(dec.high, 90.0)
        west, east = max(ra.low, -180.0), min(ra.high, 360.0)
        if low > high or west > east:
            return False
        return occupied.any_near(Box((west, east), (low, high)), margin)


@dataclass(frozen=True)
class Piece:
    """Parts of one file that are read at one go: neighbours, or a whole file."""

    path: Path
    parts: tuple[Part, ...]

    @property
    def groups(self) -> list[int] | None:
        """The row groups to read; None for all of a file."""
        found = [part.group for part in self.parts if part.group is not None]
        return found or None


def parts_of_parquet(
    path: Path, first: int | None, columns: Mapping[str, tuple[str, float]]
) -> list[Part]:
    """Return the row groups of a Parquet file with what it says of their values.

    Parameters
    ----------
    path : Path
        The file.
    first : int or None
        Number of its first row.
    columns : dict of str to (str, float)
        For ``ra``, ``dec`` and so on the column, and what it is times.
    """
    metadata = pq.read_metadata(path.absolute())
    place = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    wanted = {
        role: (place[columns[role][0]], columns[role][1])
        for role in _ROLES
        if role in columns and columns[role][0] in place
    }
    found = []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        ranges = {}
        for role, (column, factor) in wanted.items():
            known = _range(group.column(column), factor)
            if known is not None:
                ranges[role] = known
        found.append(Part(path, number, first, group.num_rows, ranges))
        first = None if first is None else first + group.num_rows
    return found


def _range(chunk: Any, factor: float) -> Range | None:
    """Return the range of a column in a row group; None if it is not known."""
    told = chunk.statistics if chunk.is_stats_set else None
    if told is None or not told.has_min_max:
        return None
    try:
        low, high = float(told.min) * factor, float(told.max) * factor
    except (TypeError, ValueError):
        return None
    # NaN is larger than all numbers for some writers.
    return Range(low, high) if low <= high else None


def pieces_of(parts: Iterable[Part]) -> list[Piece]:
    """Return parts put together to what is read at one go."""
    found: list[list[Part]] = []
    rows = 0
    for part in parts:
        fits = (
            found
            and part.group is not None
            and found[-1][-1].path == part.path
            and rows + (part.rows or 0) <= _PIECE_ROWS
        )
        if fits:
            found[-1].append(part)
            rows += part.rows or 0
        else:
            found.append([part])
            rows = part.rows or 0
    return [Piece(parts[0].path, tuple(parts)) for parts in found]


def read_of_all(read: Sequence[Part], parts: Sequence[Part], source: str) -> str | None:
    """Return what to say where not all of a side was read, else None."""
    if len(read) == len(parts):
        return None
    files = len({part.path for part in parts})
    opened = len({part.path for part in read})
    what = f"{opened:,} of {files:,} files"
    if files == 1:
        what = f"{len(read):,} of {len(parts):,} row groups"
    elif len(read) < sum(part.path in {r.path for r in read} for part in parts):
        what += f" ({len(read):,} of {len(parts):,} row groups)"
    return f"{source}: {what} read; no partner can be in the others."


def parts_with(parts: Sequence[Part], rows: NDArray[np.int64]) -> list[Part]:
    """Return those parts in which any of some rows, sorted by number, stand."""
    found = []
    for part in parts:
        if part.first is None or part.rows is None:
            found.append(part)
            continue
        low, high = np.searchsorted(rows, [part.first, part.first + part.rows])
        if high > low:
            found.append(part)
    return found
