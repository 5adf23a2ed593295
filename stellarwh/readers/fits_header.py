"""Headers of FITS files: find the table and describe its columns."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from stellarwh.errors import InputFileError
from stellarwh.readers.fits_cards import CARD, BrokenCardError, Header, read_cards
from stellarwh.readers.fits_fields import (
    FitsField,
    damaged,
    describe_ascii_field,
    describe_field,
    header_number,
    header_text,
)

BLOCK = 2880
# A header of 999 columns with every keyword fits; a file that never ends its header
# must not be read into memory.
_MAX_HEADER_BYTES = 16 << 20
_MAX_COUNT = 1 << 62
_MAX_AXES = 999
_MAX_ROW_BYTES = 1 << 28
_SKIP_BYTES = 1 << 20


@dataclass(frozen=True)
class FitsLayout:
    """The table of a FITS file."""

    fields: tuple[FitsField, ...]
    rows: int
    row_bytes: int
    start: int  # byte of the (decompressed) file where the rows begin
    heap_start: int = 0  # byte of the file where cells of varying length begin
    heap_bytes: int = 0
    keywords: dict[str, Any] = field(default_factory=dict)


def read_layout(stream: BinaryIO, path: Path) -> FitsLayout:
    """Describe the first binary table; where there is none, the first ASCII table.

    Parameters
    ----------
    stream : BinaryIO
        The file from its first byte.
    path : Path
        For messages.

    Raises
    ------
    InputFileError
        If there is no table, or its header contradicts itself.
    """
    position = 0
    found: list[str] = []
    keywords: dict[str, Any] = {}
    ascii_table: tuple[Header, dict[str, Any], int] | None = None
    while True:
        header, header_bytes = _read_header(stream, path, is_first=not found)
        if header is None and ascii_table:
            return _describe_ascii_table(*ascii_table, path)
        if header is None:
            listed = ", ".join(found)
            raise InputFileError(
                f"{path} holds no table: its FITS parts are {listed}; "
                "a catalogue needs a table extension."
            )
        position += header_bytes
        kind = _kind_of(header)
        found.append(kind)
        keywords |= _plain_keywords(header)
        if kind == "binary table":
            return _describe_table(header, keywords, position, path)
        if kind == "ASCII table" and ascii_table is None:
            ascii_table = header, dict(keywords), position
        position += _skip(stream, _data_bytes(header, path), path)


def _read_header(
    stream: BinaryIO, path: Path, *, is_first: bool
) -> tuple[Header | None, int]:
    """Read one header unit; None at the end of the file."""
    blocks = bytearray()
    while True:
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            if not blocks and not is_first and not block.strip(b"\0 "):
                return None, 0
            raise InputFileError(
                f"{path} is truncated within a FITS header; download it again."
            )
        if not blocks and not is_first and not block.startswith(b"XTENSION"):
            # Bytes after the last extension are allowed and mean nothing.
            return None, 0
        blocks += block
        if any(block[i : i + 8] == b"END     " for i in range(0, BLOCK, CARD)):
            break
        if len(blocks) >= _MAX_HEADER_BYTES:
            raise InputFileError(f"{path} is damaged: a FITS header never ends.")
    try:
        return read_cards(bytes(blocks)), len(blocks)
    except BrokenCardError as error:
        raise damaged(path, str(error)) from None


def _count(header: Header, key: str, path: Path, default: int | None = None) -> int:
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise damaged(path, f"{key} should be a count but is {value!r}")
    if not 0 <= value < _MAX_COUNT:
        raise damaged(path, f"{key} should be a count but is {value!r}")
    return value


def _kind_of(header: Header) -> str:
    kind = header_text(header, "XTENSION") or "image"
    if kind == "BINTABLE" and header.get("ZIMAGE") is True:
        return "compressed image"
    if kind == "BINTABLE" and header.get("ZTABLE") is True:
        return "compressed table"
    names = {"BINTABLE": "binary table", "TABLE": "ASCII table", "IMAGE": "image"}
    return names.get(kind, kind)


def _data_bytes(header: Header, path: Path) -> int:
    """Return the size of the data after a header, as the FITS standard defines it."""
    dimensions = _count(header, "NAXIS", path)
    if dimensions > _MAX_AXES:
        raise damaged(path, f"NAXIS is {dimensions}")
    axes = [_count(header, f"NAXIS{i + 1}", path) for i in range(dimensions)]
    if not axes:
        return 0
    if axes[0] == 0:  # random groups
        axes = axes[1:] if header.get("GROUPS") is True else [0]
    item = abs(int(header_number(header, "BITPIX", 8, path))) // 8
    groups = _count(header, "GCOUNT", path, 1)
    return item * groups * (_count(header, "PCOUNT", path, 0) + math.prod(axes))


def _skip(stream: BinaryIO, size: int, path: Path) -> int:
    """Read past ``size`` bytes of data and their padding."""
    padded = -(-size // BLOCK) * BLOCK
    left = padded
    while left:
        got = len(stream.read(min(left, _SKIP_BYTES)))
        if got == 0 and left >= BLOCK:
            raise InputFileError(f"{path} is truncated; download it again.")
        if got == 0:
            break
        left -= got
    return padded


def _plain_keywords(header: Header) -> dict[str, Any]:
    """Return the keywords that say something about the file as a whole."""
    kept = {}
    for key in ("ORIGIN", "SIMULATE", "DATE", "TELESCOP", "INSTRUME"):
        value = header.get(key)
        if value is not None:
            kept[key] = value
    return kept


def _describe_table(
    header: Header, keywords: dict[str, Any], start: int, path: Path
) -> FitsLayout:
    row_bytes = _count(header, "NAXIS1", path)
    fields = []
    offset = 0
    for number in range(1, _count(header, "TFIELDS", path) + 1):
        described, width = describe_field(header, number, offset, path)
        fields.append(described)
        offset += width
    if offset != row_bytes:
        raise damaged(
            path, f"its rows have {row_bytes} bytes but its columns need {offset}"
        )
    rows = _count(header, "NAXIS2", path)
    _check_row(fields, row_bytes, path)
    table_bytes = rows * row_bytes
    gap = _count(header, "THEAP", path, table_bytes)
    return FitsLayout(
        fields=tuple(fields),
        rows=rows,
        row_bytes=row_bytes,
        start=start,
        heap_start=start + gap,
        heap_bytes=max(0, table_bytes + _count(header, "PCOUNT", path, 0) - gap),
        keywords=keywords,
    )


def _describe_ascii_table(
    header: Header, keywords: dict[str, Any], start: int, path: Path
) -> FitsLayout:
    row_bytes = _count(header, "NAXIS1", path)
    numbers = range(1, _count(header, "TFIELDS", path) + 1)
    fields = [describe_ascii_field(header, n, row_bytes, path) for n in numbers]
    _check_row(fields, row_bytes, path)
    return FitsLayout(
        fields=tuple(fields),
        rows=_count(header, "NAXIS2", path),
        row_bytes=row_bytes,
        start=start,
        keywords=keywords,
    )


def _check_row(fields: list[FitsField], row_bytes: int, path: Path) -> None:
    if row_bytes > _MAX_ROW_BYTES:
        raise damaged(path, f"its rows have {row_bytes} bytes")
    if not fields or row_bytes == 0:
        raise InputFileError(f"{path} holds a table without columns.")
