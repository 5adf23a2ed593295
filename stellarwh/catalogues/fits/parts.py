"""The parts of a FITS file: header after header, without what lies between."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from stellarwh.catalogues.choice import TableInFile
from stellarwh.catalogues.fits.cards import CARD, BrokenCardError, Header, read_cards
from stellarwh.catalogues.fits.fields import damaged, header_number, header_text
from stellarwh.errors import FILE, InputFileError

BLOCK = 2880
# A header of 999 columns with every keyword fits; a file that never ends its header
# must not be read into memory.
_MAX_HEADER_BYTES = 16 << 20
_MAX_COUNT = 1 << 62
_MAX_AXES = 999
_SKIP_BYTES = 1 << 20
_TABLES = ("binary table", "ASCII table")


@dataclass(frozen=True)
class FitsPart:
    """A header and its data (HDU)."""

    number: int  # 0 is the primary one, as astropy counts
    kind: str
    name: str
    header: Header
    keywords: dict[str, Any]  # about the file as a whole, those before included
    start: int  # byte of the (decompressed) file where the data begin

    @property
    def table(self) -> TableInFile | None:
        """What it is as a table; None if it is none."""
        if self.kind not in _TABLES:
            return None
        rows = self.header.get("NAXIS2")
        return TableInFile(self.number, self.name, rows if type(rows) is int else 0)


def read_parts(
    stream: BinaryIO,
    *,
    zipped: bool,
    after: FitsPart | None = None,
    read_to: int = 0,
) -> Iterator[FitsPart]:
    """Yield the parts of a FITS file; what lies between them is passed over.

    Parameters
    ----------
    stream : BinaryIO
        The file.
    zipped : bool
        Whether the stream cannot go to a place without reading what is before it.
    after : FitsPart, optional
        Go on after this one.
    read_to : int
        Byte of the (decompressed) file where the stream stands.

    Raises
    ------
    InputFileError
        If a header is damaged, or the file ends within the data of a part before
        another one.
    """
    number, position, keywords = 0, 0, dict[str, Any]()
    if after is not None:
        number, keywords = after.number + 1, dict(after.keywords)
        size = data_bytes(after.header)
        position = after.start + _padded(size)
        _go_to(stream, position, read_to, zipped=zipped)
    while True:
        header, header_bytes = _read_header(stream, is_first=number == 0)
        if header is None:
            return
        position += header_bytes
        keywords |= _plain_keywords(header)
        yield FitsPart(
            number=number,
            kind=_kind_of(header),
            name=(header_text(header, "EXTNAME") or "").strip(),
            header=header,
            keywords=dict(keywords),
            start=position,
        )
        size = data_bytes(header)
        number += 1
        _go_to(stream, position + _padded(size), position, zipped=zipped)
        position += _padded(size)


def _read_header(stream: BinaryIO, *, is_first: bool) -> tuple[Header | None, int]:
    """Read one header unit; None at the end of the file."""
    blocks = bytearray()
    while True:
        block = stream.read(BLOCK)
        if len(block) < BLOCK:
            if not blocks and not is_first and not block.strip(b"\0 "):
                return None, 0
            raise InputFileError(
                f"{FILE} is truncated within a FITS header; download it again."
            )
        if not blocks and not is_first and not block.startswith(b"XTENSION"):
            # Bytes after the last extension are allowed and mean nothing.
            return None, 0
        blocks += block
        if any(block[i : i + 8] == b"END     " for i in range(0, BLOCK, CARD)):
            break
        if len(blocks) >= _MAX_HEADER_BYTES:
            raise InputFileError(f"{FILE} is damaged: a FITS header never ends.")
    try:
        return read_cards(bytes(blocks)), len(blocks)
    except BrokenCardError as error:
        raise damaged(str(error)) from None


def count_of(header: Header, key: str, default: int | None = None) -> int:
    """Return a keyword that counts something."""
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise damaged(f"{key} should be a count but is {value!r}")
    if not 0 <= value < _MAX_COUNT:
        raise damaged(f"{key} should be a count but is {value!r}")
    return value


def _kind_of(header: Header) -> str:
    kind = header_text(header, "XTENSION") or "image"
    if kind == "BINTABLE" and header.get("ZIMAGE") is True:
        return "compressed image"
    if kind == "BINTABLE" and header.get("ZTABLE") is True:
        return "compressed table"
    names = {"BINTABLE": "binary table", "TABLE": "ASCII table", "IMAGE": "image"}
    return names.get(kind, kind)


def data_bytes(header: Header) -> int:
    """Return the size of the data after a header, as the FITS standard defines it."""
    dimensions = count_of(header, "NAXIS")
    if dimensions > _MAX_AXES:
        raise damaged(f"NAXIS is {dimensions}")
    axes = [count_of(header, f"NAXIS{i + 1}") for i in range(dimensions)]
    if not axes:
        return 0
    if axes[0] == 0:  # random groups
        axes = axes[1:] if header.get("GROUPS") is True else [0]
    item = abs(int(header_number(header, "BITPIX", 8))) // 8
    groups = count_of(header, "GCOUNT", 1)
    return item * groups * (count_of(header, "PCOUNT", 0) + math.prod(axes))


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _go_to(stream: BinaryIO, position: int, read_to: int, *, zipped: bool) -> None:
    """Go on to a byte of the file; the padding at its end may be missing."""
    left = max(0, position - read_to)
    if not zipped:
        if left and position - BLOCK >= os.fstat(stream.fileno()).st_size:
            raise InputFileError(f"{FILE} is truncated; download it again.")
        stream.seek(position)
        return
    while left:
        got = len(stream.read(min(left, _SKIP_BYTES)))
        if got == 0 and left >= BLOCK:
            raise InputFileError(f"{FILE} is truncated; download it again.")
        if got == 0:
            return
        left -= got


def _plain_keywords(header: Header) -> dict[str, Any]:
    """Return the keywords that say something about the file as a whole."""
    kept = {}
    for key in ("ORIGIN", "SIMULATE", "DATE", "TELESCOP", "INSTRUME"):
        value = header.get(key)
        if value is not None:
            kept[key] = value
    return kept
