"""Write Arrow record batches as a VOTable (BINARY2), one batch in memory at a time."""

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.catalogues.output_column import (
    OutputColumn,
    fixed_cells,
    structure_of,
    varying_cells,
)

_NAMES = {
    pa.bool_(): "boolean",
    pa.uint8(): "unsignedByte",
    pa.int16(): "short",
    pa.int32(): "int",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
}
# A truth value that is missing.
_UNSET = "?"
_SIMULATED = "SIMULATE = T: rows are simulated, or learned from such."
# What XML 1.0 has no place for, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    "<RESOURCE>\n"
)
# A line of base64: a multiple of 3 bytes needs no padding.
_LINE_BYTES = 57


def declare(name: str, kind: pa.DataType, facts: Mapping[str, str]) -> OutputColumn:
    """Return a column whose values another format holds, in the nearest type."""
    plain = OutputColumn(name, pa.string(), width=0, is_ascii=False).described(facts)
    element, shape, varies = structure_of(kind)
    if pa.types.is_integer(element) and element not in _NAMES:
        bits = element.bit_width * (1 if pa.types.is_signed_integer(element) else 2)
        element = {8: pa.int16(), 32: pa.int32()}.get(bits, pa.int64())
    if element not in _NAMES:
        return plain
    return replace(plain, element=element, shape=shape, varies=varies, is_ascii=True)


def field_xml(column: OutputColumn) -> str:
    """Return the FIELD element of a column."""
    if column.is_text:
        kind = "char" if column.is_ascii else "unicodeChar"
        size = str(column.width or "*")
    else:
        kind = _NAMES[column.element]
        # The first axis varies fastest.
        size = "*" if column.varies else "x".join(map(str, column.shape[::-1]))
    known = {
        "arraysize": size,
        "unit": column.unit,
        "ucd": column.ucd,
        "xtype": column.xtype,
    }
    extra = "".join(f" {key}={_quoted(text)}" for key, text in known.items() if text)
    # A missing cell has a mark of its own, a missing element has none.
    marked = column.is_array and column.null is not None
    values = f'<VALUES null="{column.null}"/>' if marked else ""
    text = escape(xml_text(column.description))
    described = f"<DESCRIPTION>{text}</DESCRIPTION>" if text else ""
    return (
        f'<FIELD name={_quoted(column.name)} datatype="{kind}"{extra}>'
        f"{described}{values}</FIELD>\n"
    )


def _quoted(text: str) -> str:
    return quoteattr(xml_text(text))


def xml_text(text: str) -> str:
    """Return a text with a sign of replacement where XML has no place for it."""
    return _NO_XML.sub("\ufffd", text)


def fields_xml(
    columns: Iterable[OutputColumn],
    name: str,
    data: str,
    *,
    is_simulated: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return a VOTable of one table that has ``data`` in the place of its rows."""
    fields = "".join(field_xml(column) for column in columns)
    told = {**({"SIMULATE": "T"} if is_simulated else {}), **said}
    infos = "".join(
        f"<INFO name={_quoted(keyword)} value={_quoted(text)}/>\n"
        for keyword, text in told.items()
    )
    # Of a table's elements astropy gives its description alone as `meta`.
    words = [_SIMULATED] if is_simulated else []
    words += [f"{keyword} = {text}." for keyword, text in said.items()]
    text = escape(xml_text(" ".join(words)))
    described = f"<DESCRIPTION>{text}</DESCRIPTION>\n" if words else ""
    return (
        f"{_HEAD}{infos}<TABLE name={_quoted(name)}>\n{described}{fields}{data}\n"
        "</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
    )


def write_votable(
    batches: pa.RecordBatchReader,
    path: Path,
    columns: list[OutputColumn],
    *,
    name: str,
    is_simulated: bool = False,
    said: Mapping[str, str] = MappingProxyType({}),
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write one table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; columns in the order of ``columns``.
    path : Path
        The file to write.
    columns : list of OutputColumn
        Names, types, shapes, units and descriptions.
    name : str
        Name of the table.
    is_simulated : bool
        Whether to say that the rows are of simulated catalogues.
    said : mapping
        What else the file says of its rows: texts by keywords that FITS has.
    progress : callable
        Called with the number of rows after each batch.
    """
    rows = '<DATA><BINARY2><STREAM encoding="base64">\n|\n</STREAM></BINARY2></DATA>'
    whole = fields_xml(columns, name, rows, is_simulated=is_simulated, said=said)
    before, after = whole.rsplit("|", 1)
    with path.open("wb") as file:
        file.write(before.encode("utf-8"))
        left = b""
        for batch in batches:
            left = write_base64(file, left + binary2_rows(columns, batch))
            progress(batch.num_rows)
        file.write(base64.b64encode(left))
        file.write(after.encode("utf-8"))


def binary2_rows(columns: list[OutputColumn], batch: pa.RecordBatch) -> bytes:
    """Return rows as BINARY2 has them.

    Parameters
    ----------
    columns : list of OutputColumn
        A text whose width is not known is of varying length.
    batch : pyarrow.RecordBatch
        The rows; columns in the order of ``columns``.
    """
    rows = batch.num_rows
    if not rows:
        return b""
    # Each row begins with one bit for each column: whether it is NULL.
    nulls = np.zeros((rows, 8 * -(-len(columns) // 8)), bool)
    for i, values in enumerate(batch.columns):
        if values.null_count:
            nulls[:, i] = values.is_null().to_numpy(zero_copy_only=False)
    fixed: list[npt.NDArray[np.generic]] = [np.packbits(nulls, axis=1)]
    parts: list[pa.Array] = []
    for column, values in zip(columns, batch.columns, strict=True):
        if not column.varies and (column.width or not column.is_text):
            fixed.append(_cells(column, values))
            continue
        counts, content = _varying(column, values)
        parts += [_as_binary(_side_by_side([*fixed, counts.astype(">i4")])), content]
        fixed = []
    if not parts:
        return _side_by_side(fixed).tobytes()
    if fixed:
        parts.append(_as_binary(_side_by_side(fixed)))
    # Arrow puts pieces of any length side by side much faster than NumPy does.
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    _, offsets, content = joined.buffers()
    ends = np.frombuffer(offsets, np.int64)
    return memoryview(content)[ends[0] : ends[rows]].tobytes()


def _varying(
    column: OutputColumn, values: pa.Array
) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Return how many elements each cell has, and all of them as bytes."""
    if column.varies:
        flat, counts = varying_cells(column, values, _UNSET)
        ends = np.concatenate([[0], np.cumsum(counts * flat.dtype.itemsize)])
        return counts, _binary(ends, flat.tobytes())
    texts = pc.fill_null(values, "").cast(pa.large_string())
    if column.is_ascii:
        texts = texts.cast(pa.large_binary())
        return pc.binary_length(texts).to_numpy(zero_copy_only=False), texts
    # UTF-16, in which characters beyond the first plane take twice the room.
    whole = "".join(texts.to_pylist()).encode("utf-16-be")
    beyond = pc.count_substring_regex(texts, pattern="[\U00010000-\U0010ffff]")
    counts = pc.add(pc.utf8_length(texts), beyond).cast(pa.int64())
    counts = counts.to_numpy(zero_copy_only=False)
    return counts, _binary(np.concatenate([[0], 2 * np.cumsum(counts)]), whole)


def _side_by_side(fields: list[npt.NDArray[np.generic]]) -> npt.NDArray[np.void]:
    """Return fields of fixed width side by side, row by row."""
    dtype = np.dtype(
        [(f"f{i}", cells.dtype, cells.shape[1:]) for i, cells in enumerate(fields)]
    )
    block = np.empty(len(fields[0]), dtype)
    for i, cells in enumerate(fields):
        block[f"f{i}"] = cells
    return block


def _as_binary(block: npt.NDArray[np.void]) -> pa.Array:
    return _binary(np.arange(len(block) + 1) * block.dtype.itemsize, block.tobytes())


def _binary(ends: npt.NDArray[np.int64], content: bytes) -> pa.Array:
    """Return the pieces of some bytes as an array of Arrow's."""
    buffers = [None, pa.py_buffer(ends.astype(np.int64)), pa.py_buffer(content)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends) - 1, buffers)


def write_base64(file: BinaryIO, data: bytes) -> bytes:
    """Write whole lines of base64 and return the bytes that are left."""
    whole = len(data) - len(data) % _LINE_BYTES
    text = np.frombuffer(base64.b64encode(data[:whole]), np.uint8).reshape(-1, 76)
    lines = np.full((len(text), 77), ord("\n"), np.uint8)
    lines[:, :76] = text
    file.write(lines.tobytes())
    return data[whole:]


def _cells(column: OutputColumn, values: pa.Array) -> npt.NDArray[np.generic]:
    """Return cells of fixed width; missing ones may be anything."""
    if not column.is_text or column.is_ascii:
        return fixed_cells(column, values, _UNSET)
    filled = pc.fill_null(values, "")
    texts = (text.encode("utf-16-be") for text in filled.to_pylist())
    return np.array(list(texts), dtype=f"S{2 * column.width}")
