"""Columns of varying length (TFORM P and Q): cells that lie in the heap of a file."""

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.catalogues.fits.fields import FitsField
from stellarwh.catalogues.fits.header import FitsLayout
from stellarwh.catalogues.fits.values import (
    Bytes,
    decode_items,
    decode_texts,
    item_type,
)
from stellarwh.catalogues.formats import open_bytes, read_errors, read_fully
from stellarwh.errors import FILE, InputFileError, naming

# Cells of one batch of rows, and the stretch of heap that holds them.
_BATCH_BYTES = 64 << 20
_CELL_BYTES = 256 << 20
_COPY_BYTES = 1 << 20
_DESCRIPTORS = {"P": ">i4", "Q": ">i8"}
_INNER_CODES = "LBIJKAEDCM"


@dataclass(frozen=True)
class Heap:
    """The heap of a file, in that file or copied out of it.

    Parameters
    ----------
    path : Path
        The file.
    start, size : int
        Byte where the heap begins, and how many it has.
    copy : binary file, optional
        Where the heap is, unless it is in the file itself.
    """

    path: Path
    start: int
    size: int
    copy: BinaryIO | None = None

    def read(self, first: int, end: int) -> Bytes:
        """Return the bytes ``first`` to ``end`` of the heap."""
        data = bytearray(end - first)
        with read_errors(self.path), self._open() as stream:
            stream.seek(self.start + first)
            got = read_fully(stream, memoryview(data))
        if got < len(data):
            raise _cut_off()
        return np.frombuffer(data, np.uint8)

    def _open(self) -> AbstractContextManager[BinaryIO]:
        return nullcontext(self.copy) if self.copy else self.path.open("rb")


@contextmanager
def open_heap(
    path: Path, layout: FitsLayout, fields: Sequence[FitsField], *, zipped: bool
) -> Iterator[Heap]:
    """Give access to the heap of a file.

    The heap follows all rows, and a gzip stream cannot be read out of order: where
    cells in it are wanted, it is copied to a temporary file, for as long as it is open.

    Parameters
    ----------
    path : Path
        The file.
    layout : FitsLayout
        Where its heap is.
    fields : sequence of FitsField
        The wanted columns.
    zipped : bool
        Whether gzip wraps the file.

    Raises
    ------
    InputFileError
        If the heap is cut off, or there is no room for the copy.
    """
    start, size = layout.heap_start, layout.heap_bytes
    if not zipped or not any(field.code in "PQ" for field in fields):
        yield Heap(path, start, size)
        return
    with naming(path), _copy_errors():
        _check_room(size)
    # Without a name in its folder: it vanishes however this process ends.
    with tempfile.TemporaryFile(prefix="stellarwh-") as opened:
        copy = cast(BinaryIO, opened)
        with naming(path):
            _copy_heap(path, start, size, copy)
        yield Heap(path, 0, size, copy)


def _check_room(size: int) -> None:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if size > free:
        raise InputFileError(
            f"{FILE}: {_megabytes(size)} of arrays of varying length must be unpacked "
            f"to {folder}, which has {_megabytes(free)} free; set TMPDIR to a folder "
            "with room."
        )


def _copy_heap(path: Path, start: int, size: int, copy: BinaryIO) -> None:
    with open_bytes(path, zipped=True) as stream:
        left = start + size
        while left:
            # Up to the heap first: no piece lies across its beginning.
            wanted = left - size if left > size else left
            with read_errors(path):
                piece = stream.read(min(wanted, _COPY_BYTES))
            if not piece:
                raise _cut_off()
            if left <= size:
                with _copy_errors():
                    copy.write(piece)
            left -= len(piece)
    with _copy_errors():
        copy.flush()


@contextmanager
def _copy_errors() -> Iterator[None]:
    """Turn a full or read-only disk into one clear line."""
    try:
        yield
    except OSError as error:
        raise InputFileError(
            f"{FILE}: its arrays of varying length cannot be unpacked to a temporary "
            f"file: {error.strerror or error}; set TMPDIR to a folder with room."
        ) from None


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _cut_off() -> InputFileError:
    return InputFileError(f"{FILE} is truncated within its heap; download it again.")


def varying_type(field: FitsField) -> pa.DataType:
    """Return the Arrow type of a column of varying length."""
    if field.inner == "A" and not field.letters:
        return pa.string()
    element = item_type(_inner(field))
    for length in reversed(field.shape):
        element = pa.list_(element, length)
    return pa.list_(element)


def why_unreadable_heap(field: FitsField) -> str:
    """Return why a column of varying length cannot be read, or nothing."""
    if not field.inner or field.inner not in _INNER_CODES:
        return f"it holds arrays of varying length of an unknown type '{field.inner}'"
    return ""


def split_rows(fields: Sequence[FitsField], rows: Bytes, heap: Heap) -> Iterator[Bytes]:
    """Yield the rows in pieces whose cells take a bounded amount of memory."""
    varying = [field for field in fields if field.code in "PQ" and field.width]
    todo = [rows] if len(rows) else []
    while todo:
        piece = todo.pop()
        if len(piece) > 1 and any(_too_large(f, piece, heap) for f in varying):
            half = len(piece) // 2
            todo += [piece[half:], piece[:half]]
        else:
            yield piece


def decode_varying(
    field: FitsField, rows: Bytes, heap: Heap, nulls: Counter[str]
) -> pa.Array:
    """Return one column of varying length of a piece of rows.

    Raises
    ------
    InputFileError
        If a cell lies outside of the heap or is too large.
    """
    if not field.width:
        nulls["zero width"] += len(rows)
        return pa.nulls(len(rows), varying_type(field))
    inner = _inner(field)
    counts, starts = _descriptors(field, rows, heap)
    if int(counts.sum()) * inner.item > 2 * _CELL_BYTES:
        raise InputFileError(
            f"{heap.path}: a cell of {field.name} has more than "
            f"{_CELL_BYTES >> 20} MiB, which cannot be read."
        )
    offsets = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    first, end = _span(counts, starts, inner.item)
    bytes_ = _gather(heap.read(first, end), counts, starts - first, inner.item)
    if field.inner == "A" and not field.letters:
        return decode_texts(bytes_.ravel(), offsets, nulls)
    values = decode_items(inner, bytes_, nulls)
    for length in reversed(field.shape):
        values = pa.FixedSizeListArray.from_arrays(values, length)
    ends = pa.array(offsets // math.prod(field.shape))
    return pa.ListArray.from_arrays(ends, values)


def _inner(field: FitsField) -> FitsField:
    """Return the field that describes one element of a cell."""
    return replace(
        field, code=field.inner, offset=0, width=field.item, shape=(), inner=""
    )


def _descriptors(
    field: FitsField, rows: Bytes, heap: Heap
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the number of elements and the first byte in the heap of each cell."""
    cells = rows[:, field.offset : field.offset + field.width]
    pairs = cells.view(_DESCRIPTORS[field.code])[:, :2].astype(np.int64)
    counts, starts = pairs[:, 0], pairs[:, 1]
    if field.letters or field.shape:
        each = math.prod(field.shape) * max(field.letters, 1)
        if np.any(counts % each):
            raise InputFileError(
                f"{heap.path}: a cell of {field.name} has "
                f"{int(counts[counts % each != 0][0])} elements, which its TDIM does "
                "not divide; leave the column out."
            )
        counts = counts // max(field.letters, 1)
    # An empty cell may point anywhere.
    starts = np.where(counts == 0, 0, starts)
    # Divided, not multiplied: a lying descriptor must not overflow.
    fits = (counts >= 0) & (starts >= 0) & (starts <= heap.size)
    fits &= counts <= (heap.size - starts) // field.item
    if not fits.all():
        raise InputFileError(
            f"{heap.path} is damaged: a cell of {field.name} lies outside of the "
            f"{heap.size:,} bytes that the header promises for such cells."
        )
    return counts, starts


def _span(
    counts: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], item: int
) -> tuple[int, int]:
    """Return the stretch of the heap that holds all cells."""
    used = counts > 0
    if not used.any():
        return 0, 0
    ends = starts + counts * item
    return int(starts[used].min()), int(ends[used].max())


def _too_large(field: FitsField, rows: Bytes, heap: Heap) -> bool:
    counts, starts = _descriptors(field, rows, heap)
    first, end = _span(counts, starts, field.item)
    total = float(counts.sum(dtype=np.float64)) * field.item
    return end - first > _BATCH_BYTES or total > _BATCH_BYTES


def _gather(
    stretch: Bytes,
    counts: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    item: int,
) -> Bytes:
    """Return the elements of all cells in order, of shape (n_elements, item)."""
    total = int(counts.sum())
    if total * item == len(stretch) and _in_order(counts, starts, item):
        return stretch.reshape(total, item)
    before = np.cumsum(counts) - counts
    within = np.arange(total) - np.repeat(before, counts)
    at = np.repeat(starts, counts) + within * item
    elements: Bytes = stretch[at[:, None] + np.arange(item)]
    return elements


def _in_order(
    counts: npt.NDArray[np.int64], starts: npt.NDArray[np.int64], item: int
) -> bool:
    used = counts > 0
    expected = (np.cumsum(counts) - counts) * item
    return bool(np.array_equal(starts[used], expected[used]))
