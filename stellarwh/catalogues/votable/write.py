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

# Bytes, and how many of them each row has.
_Part = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]
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


def _field_xml(column: OutputColumn) -> str:
    """Return the FIELD element of a column."""
    if column.is_text:
        kind = "char" if column.is_ascii else "unicodeChar"
        size = str(column.width or "*")
    else:
        kind = _NAMES[column.element]
        # The first axis varies fastest.
        size = "*" if column.varies else "x".join(map(str, column.shape[::-1]))
    known = {"arraysize": size, "unit": column.unit, "ucd": column.ucd}
    extra = "".join(f" {key}={_quoted(text)}" for key, text in known.items() if text)
    # A missing cell has a mark of its own, a missing element has none.
    marked = column.is_array and column.null is not None
    values = f'<VALUES null="{column.null}"/>' if marked else ""
    text = escape(_xml(column.description))
    described = f"<DESCRIPTION>{text}</DESCRIPTION>" if text else ""
    return (
        f'<FIELD name={_quoted(column.name)} datatype="{kind}"{extra}>'
        f"{described}{values}</FIELD>\n"
    )


def _quoted(text: str) -> str:
    return quoteattr(_xml(text))


def _xml(text: str) -> str:
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
    fields = "".join(_field_xml(column) for column in columns)
    told = {**({"SIMULATE": "T"} if is_simulated else {}), **said}
    infos = "".join(
        f"<INFO name={_quoted(keyword)} value={_quoted(text)}/>\n"
        for keyword, text in told.items()
    )
    # Of a table's elements astropy gives its description alone as `meta`.
    words = [_SIMULATED] if is_simulated else []
    words += [f"{keyword} = {text}." for keyword, text in said.items()]
    text = escape(_xml(" ".join(words)))
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
            left = _write_lines(file, left + _rows(columns, batch))
            progress(batch.num_rows)
        file.write(base64.b64encode(left))
        file.write(after.encode("utf-8"))


def _rows(columns: list[OutputColumn], batch: pa.RecordBatch) -> bytes:
    """Return rows as BINARY2 has them."""
    if not batch.num_rows:
        return b""
    # Each row begins with one bit for each column: whether it is NULL.
    nulls = np.zeros((batch.num_rows, 8 * -(-len(columns) // 8)), bool)
    fixed: list[npt.NDArray[np.generic]] = [np.packbits(nulls, axis=1)]
    parts: list[_Part] = []
    for i, (column, values) in enumerate(zip(columns, batch.columns, strict=True)):
        if values.null_count:
            nulls[:, i] = values.is_null().to_numpy(zero_copy_only=False)
        if column.varies:
            parts.append(_side_by_side(fixed))
            fixed = []
            flat, counts = varying_cells(column, values, _UNSET)
            parts.append(_side_by_side([counts.astype(">i4")]))
            parts.append((_bytes(flat), counts * flat.dtype.itemsize))
        else:
            fixed.append(_cells(column, values))
    masks = np.packbits(nulls, axis=1)
    if not parts:
        fixed[0] = masks
        return _side_by_side(fixed)[0].tobytes()
    parts.append(_side_by_side(fixed))
    parts[0][0].reshape(batch.num_rows, -1)[:, : masks.shape[1]] = masks
    return _interleave(parts)


def _side_by_side(fields: list[npt.NDArray[np.generic]]) -> _Part:
    """Return the bytes of fields of fixed width, row by row, and those of each row."""
    if not fields:
        return np.empty(0, np.uint8), np.zeros(0, np.int64)
    rows = len(fields[0])
    dtype = np.dtype(
        [(f"f{i}", cells.dtype, cells.shape[1:]) for i, cells in enumerate(fields)]
    )
    block = np.empty(rows, dtype)
    for i, cells in enumerate(fields):
        block[f"f{i}"] = cells
    return _bytes(block), np.full(rows, dtype.itemsize, np.int64)


def _bytes(values: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(values.tobytes(), np.uint8).copy()


def _interleave(parts: list[_Part]) -> bytes:
    """Return rows made of their parts, each of so many bytes for each row."""
    used = [part for part in parts if len(part[1])]
    lengths = np.stack([counts for _, counts in used])
    ends = np.cumsum(lengths.T.ravel()).reshape(lengths.T.shape)
    whole = np.empty(int(lengths.sum()), np.uint8)
    for (content, counts), end in zip(used, ends.T, strict=True):
        before = np.cumsum(counts) - counts
        at = np.repeat(end - counts - before, counts) + np.arange(len(content))
        whole[at] = content
    return whole.tobytes()


def _write_lines(file: BinaryIO, data: bytes) -> bytes:
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
