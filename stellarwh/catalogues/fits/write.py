"""Write Arrow record batches as a FITS binary table, one batch in memory at a time."""

import math
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stellarwh.catalogues.fits.written_cards import BLOCK, CARD_TEXT, card, header_block
from stellarwh.catalogues.output_column import (
    NUMPY_CODES,
    OutputColumn,
    fixed_cells,
    varying_cells,
)
from stellarwh.errors import UsageError

_CODES = {
    pa.bool_(): "L",
    pa.uint8(): "B",
    pa.int16(): "I",
    pa.int32(): "J",
    pa.int64(): "K",
    pa.float32(): "E",
    pa.float64(): "D",
    pa.string(): "A",
}
_MAX_COLUMNS = 999
# How units are spelled in ASCII; the micro sign has two code points.
_SPELLED_OUT = str.maketrans(
    {"\u00b5": "u", "\u03bc": "u", "°": "deg", "Å": "Angstrom", "☉": "Sun"}
)
# A truth value that is missing is a zero byte (FITS 4.0, 7.3.3.1).
# What a file says of rows that are not measured, as `stellarwh simulate` does.
_SIMULATED = "rows are simulated, or learned from such"
_UNSET = ""


def check_fits_columns(names: list[str]) -> None:
    """Refuse columns that no FITS table can have.

    Raises
    ------
    UsageError
        If there are too many, or a name is too long or like another one once it is
        written in ASCII.
    """
    advice = "or export to .parquet, .vot or .ecsv"
    if len(names) > _MAX_COLUMNS:
        raise UsageError(
            f"A FITS table has at most {_MAX_COLUMNS} columns, not {len(names):,}; "
            f"choose some with --columns, {advice}."
        )
    written: dict[str, str] = {}
    for name in names:
        text = _ascii(name)
        if len(text.replace("'", "''")) > CARD_TEXT:
            raise UsageError(
                f"A column name in FITS has at most {CARD_TEXT} characters, "
                f"'{name[:40]}…' has {len(text)}; rename it in a SELECT, {advice}."
            )
        other = written.setdefault(text.lower(), name)
        if other != name:
            raise UsageError(
                f"The columns {other!r} and {name!r} would have one name in FITS; "
                f"rename one in a SELECT, {advice}."
            )


def write_fits(
    batches: pa.RecordBatchReader,
    path: Path,
    columns: list[OutputColumn],
    rows: int,
    *,
    name: str,
    is_simulated: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write a primary header and one binary table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; columns in the order of ``columns``.
    path : Path
        The file to write.
    columns : list of OutputColumn
        Names, types, shapes, units and descriptions.
    rows : int
        Number of rows that the batches hold together.
    name : str
        EXTNAME of the table.
    is_simulated : bool
        Whether to say that the rows are of simulated catalogues.
    said : mapping
        What else the file says of its rows: texts by keywords that FITS has.
    progress : callable
        Called with the number of rows after each batch.

    Raises
    ------
    ValueError
        If the batches hold another number of rows or elements than announced.
    """
    heap_bytes = sum(c.elements * _item_bytes(c) for c in columns if c.varies)
    pointer = "P" if heap_bytes < 2**31 else "Q"
    dtype = np.dtype([_field(column, pointer) for column in columns])
    written = 0
    with (
        path.open("wb") as file,
        tempfile.TemporaryFile(dir=path.parent, prefix=".heap-") as opened,
    ):
        heap = cast(BinaryIO, opened)
        simulated = [card("SIMULATE", True, _SIMULATED)] if is_simulated else []
        told = [card(keyword, _ascii(text)) for keyword, text in said.items()]
        file.write(_primary_header(simulated))
        file.write(
            _table_header(
                columns, dtype, rows, heap_bytes, pointer, name, [*simulated, *told]
            )
        )
        for batch in batches:
            block = np.zeros(batch.num_rows, dtype=dtype)
            for column, values in zip(columns, batch.columns, strict=True):
                block[column.name] = (
                    _to_heap(column, values, heap)
                    if column.varies
                    else fixed_cells(column, values, _UNSET)
                )
            file.write(block.tobytes())
            written += batch.num_rows
            progress(batch.num_rows)
        found = heap.tell()
        heap.seek(0)
        shutil.copyfileobj(heap, file, 1 << 20)
        file.write(b"\0" * (-(written * dtype.itemsize + found) % BLOCK))
    if written != rows:
        raise ValueError(f"{written} rows came, {rows} were announced")
    if found != heap_bytes:
        raise ValueError(f"{found} bytes of arrays came, {heap_bytes} were announced")


def _field(column: OutputColumn, pointer: str) -> tuple[str, str, tuple[int, ...]]:
    """Return the field of a row: name, big-endian type, shape."""
    if column.varies:
        return (column.name, ">i4" if pointer == "P" else ">i8", (2,))
    if column.is_text:
        return (column.name, f"S{column.width}", column.shape)
    return (column.name, NUMPY_CODES[column.element], column.shape)


def _item_bytes(column: OutputColumn) -> int:
    return np.dtype(NUMPY_CODES[column.element]).itemsize


def _to_heap(
    column: OutputColumn, values: pa.Array, heap: BinaryIO
) -> npt.NDArray[np.int64]:
    """Write cells to the heap; return how many elements each has and where it is."""
    flat, counts = varying_cells(column, values, _UNSET)
    starts = heap.tell() + (np.cumsum(counts) - counts) * flat.dtype.itemsize
    heap.write(flat.tobytes())
    return np.stack([counts, starts], axis=1)


def _primary_header(told: Sequence[str]) -> bytes:
    return header_block(
        [
            card("SIMPLE", True, "conforms to FITS standard"),
            card("BITPIX", 8, "array data type"),
            card("NAXIS", 0, "number of array dimensions"),
            card("EXTEND", True),
            *told,
        ]
    )


def _table_header(
    columns: list[OutputColumn],
    dtype: np.dtype[np.void],
    rows: int,
    heap_bytes: int,
    pointer: str,
    name: str,
    told: Sequence[str],
) -> bytes:
    cards = [
        card("XTENSION", "BINTABLE", "binary table extension"),
        card("BITPIX", 8),
        card("NAXIS", 2),
        card("NAXIS1", dtype.itemsize, "bytes of a row"),
        card("NAXIS2", rows, "rows"),
        card("PCOUNT", heap_bytes, "bytes of arrays of varying length"),
        card("GCOUNT", 1),
        card("TFIELDS", len(columns)),
        card("EXTNAME", _ascii(name)),
        *told,
    ]
    for number, column in enumerate(columns, start=1):
        # Names and units as the catalogue has them, standard or not.
        cards.append(card(f"TTYPE{number}", _ascii(column.name)))
        cards.append(card(f"TFORM{number}", _tform(column, pointer)))
        if tdim := _tdim(column):
            cards.append(card(f"TDIM{number}", tdim))
        if column.null is not None:
            cards.append(card(f"TNULL{number}", column.null))
        for keyword, text in (
            ("TUNIT", column.unit),
            ("TUCD", column.ucd),
            ("TCOMM", column.description),
        ):
            if text:
                cards.append(card(f"{keyword}{number}", _ascii(text)))
    return header_block(cards)


def _tform(column: OutputColumn, pointer: str) -> str:
    code = _CODES[column.element]
    if column.varies:
        return f"1{pointer}{code}({column.longest})"
    count = math.prod(column.shape) * (column.width if column.is_text else 1)
    return f"{count}{code}" if count != 1 else code


def _tdim(column: OutputColumn) -> str:
    """Return the axes of a cell, fastest first; a text's characters are one."""
    axes = column.shape[::-1]
    if column.is_text and axes:
        axes = (column.width, *axes)
    # An array of one element is told from a single value only so.
    return f"({','.join(map(str, axes))})" if len(axes) > 1 or axes == (1,) else ""


def _ascii(text: str) -> str:
    """Return a text in what a header can hold: printable ASCII."""
    plain = " ".join(text.translate(_SPELLED_OUT).split())
    spelled = plain.encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in spelled)
