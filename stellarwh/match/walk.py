"""Read the parts of a side, several at a time, and say where their rows are."""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stellarwh.catalogues.convert import InexactError, convert
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts, no_nulls
from stellarwh.errors import InputFileError
from stellarwh.match.parts import Part, Piece, pieces_of
from stellarwh.match.threads import side_by_side
from stellarwh.match.walked import WalkedSide, threads_to_read
from stellarwh.runtime.listening import progress
from stellarwh.runtime.progress import Progress

# The number of a row, beside the columns of its file; no file has such a column.
ROW = "stellarwh row"
Numbers = NDArray[np.float64]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Places:
    """Positions of a batch, in degrees and years.

    Parameters
    ----------
    ra, dec : ndarray of shape (n,)
        ra of 0 to 360; NaN where there is no position.
    placed : ndarray of bool, of shape (n,)
        Whether there is one.
    negative : int
        How many right ascensions were negative.
    moved : ndarray of shape (n,) or None
        About how far (arcsec) the row moves to the common epoch, NaN or 0 where it
        does not; None where nothing does.
    """

    ra: Numbers
    dec: Numbers
    placed: NDArray[np.bool_]
    negative: int
    moved: Numbers | None


def places(side: WalkedSide, batch: pa.RecordBatch, epoch: float | None) -> Places:
    """Return where the rows of a batch are, by their columns alone.

    Which rows have a position is said as in the macro `crossmatch_positions`.
    """
    ra, dec = (role_values(side, batch, role) for role in ("ra", "dec"))
    high = np.abs(dec)
    placed = (ra >= -180) & (ra <= 360) & (high <= 90)
    negative = placed & (ra < 0)
    count = int(np.count_nonzero(negative))
    if count:
        ra = np.where(negative, ra + 360, ra)
    poles = high == 90
    if poles.any():
        # A pole is one place, whatever its right ascension.
        ra = np.where(poles, 0.0, ra)
    moved = None
    if epoch is not None and side.has_motions:
        with np.errstate(all="ignore"):
            motion = np.hypot(
                role_values(side, batch, "pmra"), role_values(side, batch, "pmdec")
            )
            moved = motion * np.abs(role_values(side, batch, "epoch") - epoch) / 1000
    return Places(ra, dec, placed, count, moved)


def role_values(side: WalkedSide, batch: pa.RecordBatch, role: str) -> Numbers:
    """Return a column, a number for all rows, or NaN for none; in usual units."""
    used = side.used[role]
    if not isinstance(used, str):
        return np.full(batch.num_rows, np.nan if used is None else used)
    column = batch.column(used)
    if column.type != pa.float64():
        column = pc.cast(column, pa.float64(), safe=False)
    values = cast(Numbers, column.to_numpy(zero_copy_only=False))
    factor = side.factors[role]
    return values if factor == 1 else values * factor


def walk(
    side: WalkedSide,
    parts: Sequence[Part],
    schema: pa.Schema,
    work: Callable[[pa.RecordBatch], Found],
    what: str,
) -> Generator[Found]:
    """Yield what some work makes of each batch of rows; it is done in threads.

    Parameters
    ----------
    side : WalkedSide
        What to read.
    parts : sequence of Part
        Those of its parts that are read.
    schema : pyarrow.Schema
        The columns to read, and their types.
    work : callable
        Gets batches of these columns and of `ROW`, the number of the row, from 1.
    what : str
        What is being done, for the progress bar.

    Raises
    ------
    InputFileError
        If a file is damaged or does not hold what it held before.
    """
    pieces = pieces_of(parts)
    rows = [part.rows for part in parts]
    total = sum(rows) if None not in rows else None  # type: ignore[arg-type]

    def one(piece: Piece, bar: Progress) -> Iterator[Found]:
        number = piece.parts[0].first or 1
        for batch in read_piece(side, piece, schema, number):
            yield work(batch)
            bar.advance(batch.num_rows)

    def all_of_them(bar: Progress) -> Iterator[Found]:
        # Where only reading tells how many rows a file has, one comes after the other.
        number = 1
        for piece in pieces:
            for batch in read_piece(side, piece, schema, number):
                number += batch.num_rows
                yield work(batch)
                bar.advance(batch.num_rows)

    with progress(f"{what} {side.source}", total) as bar:
        if side.is_counted:
            tasks = [partial(one, piece, bar) for piece in pieces]
        else:
            tasks = [partial(all_of_them, bar)]
        yield from side_by_side(tasks, threads_to_read())


class _InGroups(Protocol):
    """A reader that can read some row groups alone."""

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = ...,
        *,
        groups: Sequence[int] | None = None,
    ) -> Iterator[pa.RecordBatch]: ...


def read_piece(
    side: WalkedSide, piece: Piece, schema: pa.Schema, number: int
) -> Iterator[pa.RecordBatch]:
    """Yield batches of a piece in the types of a schema, its rows numbered."""
    file = open_table(piece.path, side.hdu)
    columns = []
    for name in schema.names:
        found = next((c for c in file.columns if c.name == name), None)
        if found is None:
            raise InputFileError(f"{piece.path} has changed while it was read.")
        columns.append(found)
    if piece.groups is None:
        batches = file.batches(columns, no_nulls())
    else:
        groups = piece.groups
        batches = cast(_InGroups, file).batches(columns, no_nulls(), groups=groups)
    numbered = schema.append(pa.field(ROW, pa.int64()))
    rules: Counter[str] = Counter()
    for batch in batches:
        try:
            arrays = [
                convert(array, kind, rules)
                for array, kind in zip(batch.columns, schema.types, strict=True)
            ]
        except InexactError as error:
            raise InputFileError(f"{piece.path} {error}.") from None
        row = pa.array(np.arange(number, number + batch.num_rows))
        number += batch.num_rows
        yield pa.RecordBatch.from_arrays([*arrays, row], schema=numbered)
