"""FITS binary tables, plain or gzip-compressed, read block by block."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stellarwh.errors import InputFileError
from stellarwh.readers.fits_header import FitsLayout, read_layout
from stellarwh.readers.fits_heap import (
    Heap,
    decode_varying,
    split_rows,
    varying_type,
    why_unreadable_heap,
)
from stellarwh.readers.fits_values import arrow_type, decode, why_unreadable
from stellarwh.readers.formats import open_bytes, read_errors, read_fully
from stellarwh.readers.table import Advance, FileColumn, NullCounts

# Small enough for the memory bound at any row width, large enough to cost no time.
_BLOCK_BYTES = 16 << 20
_BLOCK_ROWS = 61_440
# DuckDB works in vectors of this many rows; whole ones are taken without copying.
_VECTOR_ROWS = 2048


@dataclass(frozen=True)
class FitsTable:
    """An open FITS file: its first binary table."""

    path: Path
    zipped: bool
    layout: FitsLayout
    columns: tuple[FileColumn, ...]
    format: str = "FITS"

    @property
    def rows(self) -> int:
        """Number of rows that the header promises."""
        return self.layout.rows

    @property
    def keywords(self) -> Mapping[str, Any]:
        """Header keywords about the file as a whole."""
        return self.layout.keywords

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.readers.table.TableFile`."""
        fields = [self.layout.fields[column.index] for column in columns]
        names = [str(number) for number in range(len(fields))]
        per_byte = self._file_bytes_per_row()
        heap = Heap(self.path, self.layout.heap_start, self.layout.heap_bytes)
        for block in self._read_rows():
            for rows in split_rows(fields, block, heap):
                arrays = [
                    decode_varying(field, rows, heap, nulls[column.index])
                    if field.code in "PQ"
                    else decode(field, rows, nulls[column.index])
                    for column, field in zip(columns, fields, strict=True)
                ]
                yield pa.RecordBatch.from_arrays(arrays, names)
                advance(len(rows) * per_byte)

    def _file_bytes_per_row(self) -> float:
        size = self.path.stat().st_size
        return size / self.rows if self.rows else 0.0

    def _read_rows(self) -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
        """Yield blocks of rows as bytes, each of shape (n_rows, row_bytes).

        The memory of a block is used again for the next one.
        """
        width = self.layout.row_bytes
        at_once = max(1, min(_BLOCK_ROWS, _BLOCK_BYTES // width, self.rows or 1))
        if at_once > _VECTOR_ROWS:
            at_once -= at_once % _VECTOR_ROWS
        with open_bytes(self.path, zipped=self.zipped) as stream:
            with read_errors(self.path):
                self._go_to_rows(stream)
            memory = memoryview(bytearray(at_once * width))
            buffer = np.frombuffer(memory, np.uint8).reshape(at_once, width)
            done = 0
            while done < self.rows:
                wanted = min(at_once, self.rows - done)
                with read_errors(self.path):
                    got = read_fully(stream, memory[: wanted * width])
                if got < wanted * width:
                    raise self._truncated(done + got // width)
                done += wanted
                yield buffer[:wanted]

    def _go_to_rows(self, stream: Any) -> None:
        if self.zipped:
            left = self.layout.start
            while left:
                skipped = len(stream.read(min(left, _BLOCK_BYTES)))
                if not skipped:
                    raise self._truncated(0)
                left -= skipped
        else:
            stream.seek(self.layout.start)

    def _truncated(self, complete: int) -> InputFileError:
        return InputFileError(
            f"{self.path} is truncated: its header promises {self.rows:,} rows of "
            f"{self.layout.row_bytes:,} bytes, {complete:,} are there; "
            "download it again."
        )

    def check_size(self) -> None:
        """Refuse a plain file that is too short for the rows its header promises.

        Raises
        ------
        InputFileError
            With the number of complete rows. A compressed file shows only on reading.
        """
        if self.zipped:
            return
        there = self.path.stat().st_size - self.layout.start
        if there < self.rows * self.layout.row_bytes:
            raise self._truncated(max(0, there // self.layout.row_bytes))


def open_fits(path: Path, *, zipped: bool) -> FitsTable:
    """Open the first binary table of a FITS file.

    Raises
    ------
    InputFileError
        If the file is truncated, damaged or has no binary table.
    """
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        layout = read_layout(stream, path)
    columns = tuple(
        FileColumn(
            index=index,
            name=field.name,
            type=varying_type(field) if field.code in "PQ" else arrow_type(field),
            unit=field.unit,
            ucd=field.ucd,
            description=field.description,
            unreadable=why_unreadable_heap(field, zipped=zipped)
            if field.code in "PQ"
            else why_unreadable(field),
        )
        for index, field in enumerate(layout.fields)
    )
    table = FitsTable(path, zipped, layout, columns)
    table.check_size()
    return table
