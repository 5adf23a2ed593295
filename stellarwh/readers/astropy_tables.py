"""VOTable and ECSV, read by astropy: the whole file at once, so only up to a size."""

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
from astropy.io.votable import parse
from astropy.table import Table

from stellarwh.errors import InputFileError
from stellarwh.readers.formats import open_bytes, read_errors
from stellarwh.readers.table import Advance, FileColumn, NullCounts, count_nulls

# astropy takes several times the size of the (decompressed) file in memory.
MAX_BYTES = 256 << 20
_BATCH_ROWS = 61_440
_STREAM_ELSEWHERE = re.compile(
    rb"<(?:\w+:)?STREAM\b[^>]*?\bhref\s*=\s*[\"']([^\"']*)", re.IGNORECASE
)


@dataclass(frozen=True)
class AstropyTable:
    """A VOTable or ECSV file, in memory as Arrow arrays."""

    path: Path
    format: str
    columns: tuple[FileColumn, ...]
    arrays: tuple[pa.Array, ...]
    rows: int
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.readers.table.TableFile`."""
        names = [str(column.index) for column in columns]
        size = self.path.stat().st_size
        for first in range(0, self.rows, _BATCH_ROWS):
            count = min(_BATCH_ROWS, self.rows - first)
            parts = [self.arrays[c.index].slice(first, count) for c in columns]
            for column, part in zip(columns, parts, strict=True):
                nulls[column.index]["null"] += count_nulls(part)
            yield pa.RecordBatch.from_arrays(parts, names)
            advance(size * count / self.rows)


def open_votable(path: Path, *, zipped: bool) -> AstropyTable:
    """Read the first table of a VOTable, in any of its serialisations.

    Raises
    ------
    InputFileError
        If it is damaged, too large or holds no table.
    """
    content = _read_whole(path, "VOTable", zipped=zipped)
    elsewhere = _STREAM_ELSEWHERE.search(content.getbuffer())
    if elsewhere:
        # astropy would fetch it, from the network too, and nobody would know.
        there = elsewhere[1].decode("utf-8", "replace")[:200]
        raise InputFileError(
            f"{path} refers to another file for its rows ({there}); ingest that one."
        )
    with _astropy_errors(path, "VOTable"):
        tables = [t for t in parse(content, verify="ignore").iter_tables() if t.fields]
        if not tables:
            raise InputFileError(f"{path} is a VOTable that holds no table.")
        table = tables[0]
        described = [
            (f.name, f.unit, f.ucd, f.description, table.array[f.ID])
            for f in table.fields
        ]
    return _described(path, "VOTable", described)


def open_ecsv(path: Path, *, zipped: bool) -> AstropyTable:
    """Read an ECSV file.

    Raises
    ------
    InputFileError
        If it is damaged or too large.
    """
    content = _read_whole(path, "ECSV", zipped=zipped)
    with _astropy_errors(path, "ECSV"):
        table = Table.read(content, format="ascii.ecsv")
        described = [
            (name, c.info.unit, (c.info.meta or {}).get("ucd"), c.info.description, c)
            for name, c in table.columns.items()
        ]
    return _described(path, "ECSV", described)


def _read_whole(path: Path, kind: str, *, zipped: bool) -> io.BytesIO:
    whole = bytearray()
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        while len(whole) <= MAX_BYTES and (part := stream.read(1 << 20)):
            whole += part
    if len(whole) > MAX_BYTES:
        raise InputFileError(
            f"{path} is a {kind} of more than {MAX_BYTES >> 20} MiB, which would be "
            "read at once; convert it to Parquet or FITS, for example with STILTS."
        )
    return io.BytesIO(whole)


@contextmanager
def _astropy_errors(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever astropy raises or warns of a damaged file into one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InputFileError:
        raise
    except Exception as error:
        # Damage surfaces in many ways within astropy; all mean the same here.
        text = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputFileError(f"{path} is a damaged {kind}: {text}") from None


def _described(
    path: Path, kind: str, described: Sequence[tuple[str, Any, Any, Any, Any]]
) -> AstropyTable:
    columns, arrays = [], []
    for index, (name, unit, ucd, description, values) in enumerate(described):
        array, unreadable = _to_arrow(values)
        arrays.append(array)
        columns.append(
            FileColumn(
                index=index,
                name=str(name),
                type=array.type,
                unit=str(unit or ""),
                ucd=str(ucd or ""),
                description=" ".join(str(description or "").split()),
                unreadable=unreadable,
            )
        )
    rows = len(arrays[0]) if arrays else 0
    return AstropyTable(path, kind, tuple(columns), tuple(arrays), rows)


def _to_arrow(values: Any) -> tuple[pa.Array, str]:
    """Return a column as an Arrow array, or NULLs and why it cannot be read."""
    if not isinstance(values, np.ndarray):
        # Coordinates and times are objects of astropy's own.
        reason = f"it holds {type(values).__name__} objects"
        return pa.nulls(len(values)), reason
    mask = np.ma.getmaskarray(values)
    plain = np.asarray(np.ma.getdata(values))
    try:
        if plain.dtype.kind == "O":
            return _from_objects(plain, mask), ""
        return _from_numbers(plain, mask), ""
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        return pa.nulls(len(plain)), f"it holds {plain.dtype} cells ({error})"


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
    if flat.dtype.kind not in "US":
        flat = flat.astype(flat.dtype.newbyteorder("="))
    array = pa.array(flat, mask=mask.ravel())
    if flat.dtype.kind == "U":
        array = _without_padding(array)
    for length in reversed(plain.shape[1:]):
        array = pa.FixedSizeListArray.from_arrays(array, length)
    return array


def _from_objects(
    plain: np.ndarray[Any, np.dtype[Any]], mask: np.ndarray[Any, np.dtype[np.bool_]]
) -> pa.Array:
    """Return texts, or lists of varying length."""
    gone = np.ones(len(plain), bool)
    if plain.size:
        gone[:] = mask.reshape(len(plain), -1).all(axis=1)
    cells = [
        None if empty else _cell(cell) for cell, empty in zip(plain, gone, strict=True)
    ]
    array = pa.array(cells)
    return _without_padding(array) if pa.types.is_string(array.type) else array


def _cell(cell: Any) -> Any:
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, np.ma.MaskedArray):
        return cell.tolist()
    if isinstance(cell, np.ndarray):
        return cell.tolist()
    return cell


def _without_padding(texts: pa.StringArray) -> pa.StringArray:
    trimmed = pc.ascii_rtrim(texts, characters=" \0")
    blank = pc.equal(pc.binary_length(trimmed), 0)
    return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed)
