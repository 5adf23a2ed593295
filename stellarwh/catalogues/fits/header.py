"""What a header says of a FITS table: its columns, and where its rows are."""

from dataclasses import dataclass, field
from typing import Any

from stellarwh.catalogues.fits.fields import (
    FitsField,
    damaged,
    describe_ascii_field,
    describe_field,
)
from stellarwh.catalogues.fits.parts import FitsPart, count_of
from stellarwh.errors import FILE, InputFileError

_MAX_ROW_BYTES = 1 << 28


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


def describe_layout(part: FitsPart) -> FitsLayout:
    """Describe the columns of a table and where its rows are.

    Raises
    ------
    InputFileError
        If its header contradicts itself, or it has no columns.
    """
    if part.kind == "ASCII table":
        return _describe_ascii_table(part)
    header, start = part.header, part.start
    row_bytes = count_of(header, "NAXIS1")
    fields = []
    offset = 0
    for number in range(1, count_of(header, "TFIELDS") + 1):
        described, width = describe_field(header, number, offset)
        fields.append(described)
        offset += width
    if offset != row_bytes:
        raise damaged(f"its rows have {row_bytes} bytes but its columns need {offset}")
    rows = count_of(header, "NAXIS2")
    _check_row(fields, row_bytes)
    table_bytes = rows * row_bytes
    gap = count_of(header, "THEAP", table_bytes)
    return FitsLayout(
        fields=tuple(fields),
        rows=rows,
        row_bytes=row_bytes,
        start=start,
        heap_start=start + gap,
        heap_bytes=max(0, table_bytes + count_of(header, "PCOUNT", 0) - gap),
        keywords=part.keywords,
    )


def _describe_ascii_table(part: FitsPart) -> FitsLayout:
    header = part.header
    row_bytes = count_of(header, "NAXIS1")
    numbers = range(1, count_of(header, "TFIELDS") + 1)
    fields = [describe_ascii_field(header, n, row_bytes) for n in numbers]
    _check_row(fields, row_bytes)
    return FitsLayout(
        fields=tuple(fields),
        rows=count_of(header, "NAXIS2"),
        row_bytes=row_bytes,
        start=part.start,
        keywords=part.keywords,
    )


def _check_row(fields: list[FitsField], row_bytes: int) -> None:
    if row_bytes > _MAX_ROW_BYTES:
        raise damaged(f"its rows have {row_bytes} bytes")
    if not fields or row_bytes == 0:
        raise InputFileError(f"{FILE} holds a table without columns.")
