"""Write Arrow record batches as a VOTable (BINARY2), one batch in memory at a time."""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_NUMBERS = {
    pa.bool_(): ("boolean", "S1"),
    pa.uint8(): ("unsignedByte", "u1"),
    pa.int16(): ("short", ">i2"),
    pa.int32(): ("int", ">i4"),
    pa.int64(): ("long", ">i8"),
    pa.float32(): ("float", ">f4"),
    pa.float64(): ("double", ">f8"),
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n'
    "<RESOURCE>\n"
)
# A line of base64: a multiple of 3 bytes needs no padding.
_LINE_BYTES = 57


@dataclass(frozen=True)
class VotableColumn:
    """One column: its values are a number, text, or an array of numbers."""

    name: str
    type: pa.DataType
    width: int = 1  # characters of text, elements of an array; 0 if it varies
    is_ascii: bool = True
    null: int | None = None  # a missing element of an array of integers
    unit: str = ""
    ucd: str = ""
    description: str = ""

    @property
    def is_array(self) -> bool:
        """Whether a cell holds several numbers."""
        return bool(pa.types.is_fixed_size_list(self.type))

    @property
    def element(self) -> pa.DataType:
        """Type of one number."""
        return self.type.value_type if self.is_array else self.type

    @property
    def dtype(self) -> tuple[str, str, tuple[int, ...]]:
        """Field of the big-endian row: name, type, shape."""
        if pa.types.is_string(self.type):
            return (self.name, f"S{self.width * (1 if self.is_ascii else 2)}", ())
        shape = (self.width,) if self.is_array else ()
        return (self.name, _NUMBERS[self.element][1], shape)

    def field_xml(self) -> str:
        """Return the FIELD element."""
        if pa.types.is_string(self.type):
            kind = "char" if self.is_ascii else "unicodeChar"
            size = f' arraysize="{self.width or "*"}"'
        else:
            kind = _NUMBERS[self.element][0]
            size = f' arraysize="{self.width}"' if self.is_array else ""
        known = {"unit": self.unit, "ucd": self.ucd}
        extra = "".join(f" {key}={quoteattr(v)}" for key, v in known.items() if v)
        values = f'<VALUES null="{self.null}"/>' if self.null is not None else ""
        text = self.description
        described = f"<DESCRIPTION>{escape(text)}</DESCRIPTION>" if text else ""
        return (
            f'<FIELD name={quoteattr(self.name)} datatype="{kind}"{size}{extra}>'
            f"{described}{values}</FIELD>\n"
        )


def declare(name: str, kind: pa.DataType, facts: dict[str, str]) -> VotableColumn:
    """Return a column whose values another format holds, in the nearest type."""
    plain = VotableColumn(
        name,
        kind,
        unit=facts.get("unit", ""),
        ucd=facts.get("ucd", ""),
        description=facts.get("description", ""),
    )
    element, width = kind, 1
    if pa.types.is_fixed_size_list(kind):
        element, width = kind.value_type, kind.list_size
    elif pa.types.is_list(kind):
        element, width = kind.value_type, 0
    if pa.types.is_integer(element) and element not in _NUMBERS:
        bits = element.bit_width * (1 if pa.types.is_signed_integer(element) else 2)
        element = {8: pa.int16(), 32: pa.int32()}.get(bits, pa.int64())
    if element not in _NUMBERS:
        return replace(plain, type=pa.string(), width=0, is_ascii=False)
    # Of the two kinds of arrays only the length differs here.
    made = element if element is kind or width == 1 else pa.list_(element, width)
    return replace(plain, type=made, width=width)


def fields_xml(columns: Iterable[VotableColumn], name: str, data: str) -> str:
    """Return a VOTable of one table that has ``data`` in the place of its rows."""
    fields = "".join(column.field_xml() for column in columns)
    return (
        f"{_HEAD}<TABLE name={quoteattr(name)}>\n{fields}{data}\n"
        "</TABLE>\n</RESOURCE>\n</VOTABLE>\n"
    )


def write_votable(
    batches: pa.RecordBatchReader,
    path: Path,
    columns: list[VotableColumn],
    *,
    name: str,
    progress: Callable[[int], None] = lambda rows: None,
) -> None:
    """Write one table.

    Parameters
    ----------
    batches : pyarrow.RecordBatchReader
        The rows; columns in the order of ``columns``.
    path : Path
        The file to write.
    columns : list of VotableColumn
        Names, types, units and descriptions.
    name : str
        Name of the table.
    progress : callable
        Called with the number of rows after each batch.
    """
    # Each row begins with one bit for each column: whether it is NULL.
    masks = -(-len(columns) // 8)
    dtype = np.dtype([("\0nulls", "u1", (masks,)), *(c.dtype for c in columns)])
    rows = '<DATA><BINARY2><STREAM encoding="base64">\n|\n</STREAM></BINARY2></DATA>'
    before, after = fields_xml(columns, name, rows).rsplit("|", 1)
    with path.open("wb") as file:
        file.write(before.encode("utf-8"))
        left = b""
        for batch in batches:
            block = np.zeros(batch.num_rows, dtype=dtype)
            nulls = np.zeros((batch.num_rows, 8 * masks), bool)
            for i, (column, values) in enumerate(
                zip(columns, batch.columns, strict=True)
            ):
                nulls[:, i] = values.is_null().to_numpy(zero_copy_only=False)
                block[column.name] = _as_binary(column, values)
            block["\0nulls"] = np.packbits(nulls, axis=1)
            left = _write_lines(file, left + block.tobytes())
            progress(batch.num_rows)
        file.write(base64.b64encode(left))
        file.write(after.encode("utf-8"))


def _write_lines(file: BinaryIO, data: bytes) -> bytes:
    """Write whole lines of base64 and return the bytes that are left."""
    whole = len(data) - len(data) % _LINE_BYTES
    text = np.frombuffer(base64.b64encode(data[:whole]), np.uint8).reshape(-1, 76)
    lines = np.full((len(text), 77), ord("\n"), np.uint8)
    lines[:, :76] = text
    file.write(lines.tobytes())
    return data[whole:]


def _as_binary(column: VotableColumn, values: pa.Array) -> npt.NDArray[np.generic]:
    """Return the values in the row's own type; missing ones may be anything."""
    kind = values.type
    if pa.types.is_string(kind):
        return _as_text(column, values)
    if pa.types.is_fixed_size_list(kind):
        size = kind.list_size
        items = values.values.slice(values.offset * size, len(values) * size)
        return _numbers(items, column.null or 0).reshape(-1, size)
    return _numbers(values, 0)


def _as_text(column: VotableColumn, values: pa.Array) -> npt.NDArray[np.generic]:
    dtype = column.dtype[1]
    filled = pc.fill_null(values, "")
    if column.is_ascii:
        return np.asarray(filled.to_numpy(zero_copy_only=False)).astype(dtype)
    texts = (text.encode("utf-16-be") for text in filled.to_pylist())
    return np.array(list(texts), dtype=dtype)


def _numbers(values: pa.Array, null: int) -> npt.NDArray[np.generic]:
    kind = values.type
    if pa.types.is_boolean(kind):
        letters = pc.fill_null(pc.if_else(values, "T", "F"), "?")
        return np.asarray(letters.to_numpy(zero_copy_only=False)).astype("S1")
    missing = float("nan") if pa.types.is_floating(kind) else null
    filled = pc.fill_null(values, pa.scalar(missing, kind))
    return np.asarray(filled.to_numpy(zero_copy_only=False))
