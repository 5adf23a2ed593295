"""Tables that astropy reads: the whole file at once, so only up to a size."""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.formats import open_bytes, read_errors
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts, count_nulls
from stellarwh.errors import FILE, InputFileError

# astropy takes several times the size of the (decompressed) file in memory.
MAX_BYTES = 192 << 20
_BATCH_ROWS = 61_440
# How astropy begins a message: file, line, column and a code of its own.
_POSITION = re.compile(r"^\S*?:([\d?]+):[\d?]+: (?:[EW]\d\d: )?")


@dataclass(frozen=True)
class AstropyTable:
    """A VOTable or ECSV file, in memory as Arrow arrays."""

    path: Path
    format: str
    columns: tuple[FileColumn, ...]
    arrays: tuple[pa.Array, ...]
    rows: int
    keywords: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    table_label: str | None = None  # which table of the file

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.catalogues.table.TableFile`."""
        names = [str(column.index) for column in columns]
        size = self.path.stat().st_size
        for first in range(0, self.rows, _BATCH_ROWS):
            count = min(_BATCH_ROWS, self.rows - first)
            parts = [self.arrays[c.index].slice(first, count) for c in columns]
            for column, part in zip(columns, parts, strict=True):
                nulls[column.index]["null"] += count_nulls(part)
            yield pa.RecordBatch.from_arrays(parts, names)
            advance(size * count / self.rows)


@dataclass(frozen=True)
class Described:
    """A column as astropy gives it, with what the file says of it."""

    name: str
    unit: str
    ucd: str
    description: str
    array: pa.Array
    unreadable: str
    xtype: str = ""


def read_whole(path: Path, kind: str, *, zipped: bool) -> io.BytesIO:
    """Return the whole (decompressed) content of a file that is not too large.

    Raises
    ------
    InputFileError
        If it is too large.
    """
    whole = bytearray()
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        while len(whole) <= MAX_BYTES and (part := stream.read(1 << 20)):
            whole += part
    if len(whole) > MAX_BYTES:
        raise InputFileError(
            f"{path} is a {kind} of more than {MAX_BYTES >> 20} MiB, which would be "
            f"read at once; convert it to FITS first, for example with STILTS: "
            f"stilts tpipe in={path.name} ifmt={kind.lower()} out={path.stem}.fits"
        )
    return io.BytesIO(whole)


@contextmanager
def astropy_errors(
    kind: str, refused: tuple[type[Warning], ...] = ()
) -> Iterator[None]:
    """Turn whatever astropy raises of a damaged file into one line.

    Parameters
    ----------
    kind : str
        What the file is.
    refused : tuple of type
        Warnings that say that astropy changed or left out values; others are of no
        interest to the user.
    """

    def show(message: Warning | str, *_: object, **__: object) -> None:
        if isinstance(message, refused):
            raise message

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = show
            yield
    except InputFileError:
        raise
    except Exception as error:
        # Damage surfaces in many ways within astropy; all mean the same here.
        text = _POSITION.sub(r"line \1: ", " ".join(str(error).split()))
        text = text.removeprefix("line ?: ")[:200] or type(error).__name__
        raise InputFileError(
            f"{FILE} is a damaged {kind}, or one that astropy cannot read: {text}"
        ) from None


def described_table(
    path: Path, kind: str, described: Sequence[Described], notes: tuple[str, ...] = ()
) -> AstropyTable:
    """Return a table of columns that astropy has read."""
    columns, arrays = [], []
    for index, made in enumerate(described):
        arrays.append(made.array)
        columns.append(
            FileColumn(
                index=index,
                name=made.name,
                type=made.array.type,
                unit=made.unit,
                ucd=made.ucd,
                description=" ".join(made.description.split()),
                unreadable=made.unreadable,
                xtype=made.xtype,
            )
        )
    rows = len(arrays[0]) if arrays else 0
    return AstropyTable(path, kind, tuple(columns), tuple(arrays), rows, notes=notes)


def to_arrow(values: Any, kind: pa.DataType | None) -> tuple[pa.Array, str]:
    """Return a column as an Arrow array, or NULLs and why it cannot be read.

    Parameters
    ----------
    values : numpy.ndarray
        As astropy has them.
    kind : pyarrow.DataType or None
        Type of a column that NumPy has none for.
    """
    if not isinstance(values, np.ndarray):
        # Coordinates and times are objects of astropy's own.
        reason = f"it holds {type(values).__name__} objects"
        return pa.nulls(len(values), pa.string()), reason
    mask = np.ma.getmaskarray(values)
    plain = np.asarray(np.ma.getdata(values))
    try:
        if plain.dtype.kind == "O":
            return _from_objects(plain, mask, kind), ""
        return _from_numbers(plain, mask), ""
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        reason = "its cells are objects of several kinds"
        return pa.nulls(len(plain), pa.string()), reason


def _from_numbers(
    plain: np.ndarray[Any, np.dtype[Any]], mask: np.ndarray[Any, np.dtype[np.bool_]]
) -> pa.Array:
    """Return an array of one type, with a list for each further axis."""
    if plain.dtype.kind == "c":
        part = np.dtype(f"f{plain.dtype.itemsize // 2}")
        pairs = np.ascontiguousarray(plain).view(part).reshape(*plain.shape, 2)
        return _from_numbers(pairs, np.stack([mask, mask], axis=-1))
    flat = plain.ravel()
    if flat.dtype.kind == "S":
        flat = np.char.decode(flat, "utf-8", "replace")
    if flat.dtype == np.float16:
        flat = flat.astype(np.float32)
    if flat.dtype.kind not in "US":
        flat = flat.astype(flat.dtype.newbyteorder("="))
    array = pa.array(flat, mask=mask.ravel())
    if flat.dtype.kind == "U":
        array = _without_padding(array)
    for length in reversed(plain.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, length)
    return array


def _from_objects(
    plain: np.ndarray[Any, np.dtype[Any]],
    mask: np.ndarray[Any, np.dtype[np.bool_]],
    kind: pa.DataType | None,
) -> pa.Array:
    """Return texts, or lists of varying length."""
    gone = np.ones(len(plain), bool)
    if plain.size:
        gone[:] = mask.reshape(len(plain), -1).all(axis=1)
    cells = [
        None if empty else _cell(cell) for cell, empty in zip(plain, gone, strict=True)
    ]
    array = pa.array(cells, kind)
    if pa.types.is_null(array.type):
        array = array.cast(pa.string())
    return _without_padding(array) if pa.types.is_string(array.type) else array


def _cell(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, np.ndarray) and cell.dtype.kind == "c":
        mask = np.ma.getmaskarray(cell)
        pairs = np.stack([np.ma.getdata(cell).real, np.ma.getdata(cell).imag], -1)
        return np.ma.array(pairs, mask=np.stack([mask, mask], -1)).tolist()
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return cell


def _without_padding(texts: pa.StringArray) -> pa.StringArray:
    trimmed = pc.ascii_rtrim(texts, characters=" \0")
    blank = pc.equal(pc.binary_length(trimmed), 0)
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
