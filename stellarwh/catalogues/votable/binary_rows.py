"""Count the rows of a VOTable's binary streams: astropy loses some without a word."""

import base64
import binascii
import math
import re
import struct
from bisect import bisect
from collections.abc import Sequence

from astropy.io.votable.tree import Field, TableElement

from stellarwh.errors import FILE, InputFileError

_START = rb"<(?:\w+:)?"
_TABLE = re.compile(_START + rb"TABLE\b")
_STREAM = re.compile(
    _START + rb"BINARY(2?)\b[^>]*>\s*" + _START + rb"STREAM\b[^>]*>([^<]*)"
)
_BYTES = {
    "boolean": 1, "unsignedByte": 1, "short": 2, "int": 4, "long": 8, "float": 4,
    "double": 8, "floatComplex": 8, "doubleComplex": 16, "char": 1, "unicodeChar": 2,
}  # fmt: skip


def check_binary_rows(content: memoryview, tables: Sequence[TableElement]) -> None:
    """Refuse binary rows that astropy has not read to their end.

    It stops at a row that is cut off, and loses its way among bit arrays of varying
    length.

    Parameters
    ----------
    content : memoryview
        The VOTable.
    tables : sequence of TableElement
        All of its tables, as astropy has read them.

    Raises
    ------
    InputFileError
        If rows are cut off or misread.
    """
    begins = [match.start() for match in _TABLE.finditer(content)]
    for stream in _STREAM.finditer(content):
        table = tables[bisect(begins, stream.start()) - 1]
        try:
            rows = base64.b64decode(stream[2])
        except binascii.Error as error:
            raise InputFileError(f"{FILE} is a damaged VOTable: {error}.") from None
        found = _count_rows(table.fields, rows, has_masks=bool(stream[1]))
        if found != len(table.array):
            raise InputFileError(
                f"{FILE} is a damaged VOTable: its {len(rows):,} bytes of rows end "
                f"within row {len(table.array) + 1:,}."
            )


def _count_rows(fields: Sequence[Field], rows: bytes, *, has_masks: bool) -> float:
    """Return how many rows the bytes make; with a fraction if some are left over."""
    steps = [_bytes_of(field) for field in fields]
    # BINARY2 has one bit for each column: whether it is NULL.
    masks = -(-len(steps) // 8) if has_masks else 0
    if not any(varies for _, varies in steps):
        return len(rows) / (masks + sum(size for size, _ in steps))
    count = at = 0
    while at < len(rows):
        at += masks
        for size, varies in steps:
            if varies:
                if at + 4 > len(rows):
                    return count + 0.5
                (items,) = struct.unpack_from(">i", rows, at)
                at += 4 + size * max(0, items)
            else:
                at += size
        count += 1
    return count if at == len(rows) else count - 0.5


def _bytes_of(field: Field) -> tuple[int, bool]:
    """Return the bytes of a cell, or of an item of a cell of varying length."""
    *fixed, last = str(field.arraysize or "1").split("x")
    varies = last.endswith("*")
    count = math.prod(int(size) for size in (fixed if varies else [*fixed, last]))
    if field.datatype != "bit":
        return count * _BYTES[field.datatype], varies
    if varies:
        raise InputFileError(
            f"{FILE} holds bit arrays of varying length in binary ({field.name}), "
            "which astropy misreads; convert it to FITS, for example with STILTS."
        )
    return -(-count // 8), False
