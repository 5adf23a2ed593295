"""Rows of FITS binary tables as bytes: only the stretches of a row that are wanted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from stellarwh.catalogues.fits.fields import FitsField
from stellarwh.catalogues.fits.values import Bytes
from stellarwh.catalogues.formats import open_bytes, read_errors, read_fully
from stellarwh.catalogues.table import VECTOR_ROWS
from stellarwh.errors import InputFileError

# A batch: small enough for the memory bound at any row width, large enough that the
# calls for each column cost no time.
_BATCH_BYTES = 16 << 20
_BATCH_ROWS = 30_720
# What is read at once stays in the processor's cache until it is packed.
_READ_BYTES = 1 << 20
# Stretches closer than this are copied as one; a copy costs as much as these bytes.
_GAP_BYTES = 32


@dataclass(frozen=True)
class Stretch:
    """Bytes ``start`` to ``end`` of a row, kept from byte ``packed`` on."""

    start: int
    end: int
    packed: int


@dataclass(frozen=True)
class Packing:
    """Which stretches of a row are kept.

    Parameters
    ----------
    stretches : tuple of Stretch
        In the order of the row.
    width : int
        Bytes of a packed row.
    """

    stretches: tuple[Stretch, ...]
    width: int


def pack(
    fields: Sequence[FitsField], row_bytes: int
) -> tuple[list[FitsField], Packing]:
    """Return the fields at their places in packed rows, and how to pack those.

    Where most of a row is wanted, rows stay as they are.

    Parameters
    ----------
    fields : sequence of FitsField
        The wanted fields, in any order.
    row_bytes : int
        Width of a row of the file.
    """
    merged: list[tuple[int, int]] = []
    for field in sorted(fields, key=lambda field: field.offset):
        start, end = field.offset, field.offset + field.width
        if merged and start <= merged[-1][1] + _GAP_BYTES:
            start, last = merged.pop()
            end = max(end, last)
        merged.append((start, end))
    width = sum(end - start for start, end in merged)
    if 2 * width > row_bytes:
        return list(fields), Packing((Stretch(0, row_bytes, 0),), row_bytes)
    stretches = []
    packed = 0
    for start, end in merged:
        stretches.append(Stretch(start, end, packed))
        packed += end - start
    moved = [_moved(field, stretches) for field in fields]
    return moved, Packing(tuple(stretches), packed)


def _moved(field: FitsField, stretches: Sequence[Stretch]) -> FitsField:
    """Return the field at its place in a packed row."""
    end = field.offset + field.width
    home = next(s for s in stretches if s.start <= field.offset and end <= s.end)
    return replace(field, offset=field.offset - home.start + home.packed)


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of one table, front to back.

    Parameters
    ----------
    path : Path
        The file.
    zipped : bool
        Whether gzip wraps it.
    start : int
        Byte of the (decompressed) file where the rows begin.
    rows, row_bytes : int
        How many rows the header promises, and how wide each is.
    """

    path: Path
    zipped: bool
    start: int
    rows: int
    row_bytes: int

    def batches(
        self, packing: Packing, finish: Callable[[BinaryIO], None] = lambda _: None
    ) -> Iterator[Bytes]:
        """Yield packed rows, each array of shape (n_rows, packing.width).

        The memory of a batch is used again for the next one.

        Parameters
        ----------
        packing : Packing
            Which bytes of a row.
        finish : callable
            Called with the file as it stands behind the last row.

        Raises
        ------
        InputFileError
            If the file ends before the rows do.
        """
        at_once = self._rows_at_once(packing.width)
        fill = _fill_whole if packing.width == self.row_bytes else _fill_packed
        memory = np.empty((at_once, packing.width), np.uint8)
        with open_bytes(self.path, zipped=self.zipped) as stream:
            with read_errors(self.path):
                self._go_to_rows(stream)
            done = 0
            while done < self.rows:
                batch = memory[: min(at_once, self.rows - done)]
                with read_errors(self.path):
                    got = fill(stream, batch, packing, self.row_bytes)
                if got < len(batch):
                    raise self.truncated(done + got)
                done += len(batch)
                yield batch
            finish(stream)

    def truncated(self, complete: int) -> InputFileError:
        """Return the error for a file that ends after ``complete`` rows."""
        return InputFileError(
            f"{self.path} is truncated: its header promises {self.rows:,} rows of "
            f"{self.row_bytes:,} bytes, {complete:,} are there; download it again."
        )

    def _rows_at_once(self, width: int) -> int:
        at_once = max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(1, width), self.rows))
        # DuckDB takes whole vectors without copying.
        if at_once > VECTOR_ROWS:
            at_once -= at_once % VECTOR_ROWS
        return at_once

    def _go_to_rows(self, stream: BinaryIO) -> None:
        if not self.zipped:
            stream.seek(self.start)
            return
        left = self.start
        while left:
            skipped = len(stream.read(min(left, _READ_BYTES)))
            if not skipped:
                raise self.truncated(0)
            left -= skipped


def _fill_whole(stream: BinaryIO, batch: Bytes, _: Packing, row_bytes: int) -> int:
    """Fill a batch with whole rows; return how many there were."""
    return read_fully(stream, batch.reshape(-1).data) // row_bytes


def _fill_packed(
    stream: BinaryIO, batch: Bytes, packing: Packing, row_bytes: int
) -> int:
    """Fill a batch with the wanted stretches of rows; return how many there were."""
    at_once = max(1, _READ_BYTES // row_bytes)
    rows = np.empty((at_once, row_bytes), np.uint8)
    done = 0
    while done < len(batch):
        wanted = min(at_once, len(batch) - done)
        got = read_fully(stream, rows[:wanted].reshape(-1).data) // row_bytes
        for part in packing.stretches:
            batch[
                done : done + got, part.packed : part.packed + part.end - part.start
            ] = rows[:got, part.start : part.end]
        done += got
        if got < wanted:
            break
    return done
