"""Headers of FITS files: find the binary table and describe its columns."""

import math
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from astropy.io import fits

from stellarwh.errors import InputFileError

BLOCK = 2880
# A header of 999 columns with every keyword fits; a file that never ends its header
# must not be read into memory.
_MAX_HEADER_BYTES = 16 << 20
_MAX_AXES = 999
_MAX_ROW_BYTES = 1 << 28
_SKIP_BYTES = 1 << 20
_TFORM = re.compile(r"(\d*)([LXBIJKAEDCMPQ])(.*)", re.DOTALL)
_BYTES_OF_CODE = {
    "L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1,
    "E": 4, "D": 8, "C": 8, "M": 16, "P": 8, "Q": 16,
}  # fmt: skip


@dataclass(frozen=True)
class FitsField:
    """One field of a FITS binary table: where its bytes are, what they mean."""

    name: str
    code: str  # the letter of TFORM
    offset: int  # bytes from the start of a row
    width: int  # bytes
    shape: tuple[int, ...]  # of one cell, first axis slowest; () is a single value
    item: int  # bytes of one element; characters of one text
    null: int | None = None
    scale: float = 1
    zero: float = 0
    unit: str = ""
    ucd: str = ""
    description: str = ""
    inner: str = ""  # of a P or Q column, the letter of its elements

    @property
    def is_scaled(self) -> bool:
        """Whether TSCAL or TZERO changes the stored values."""
        return (self.scale, self.zero) != (1, 0)


@dataclass(frozen=True)
class FitsLayout:
    """The binary table of a FITS file."""

    fields: tuple[FitsField, ...]
    rows: int
    row_bytes: int
    start: int  # byte of the (decompressed) file where the rows begin
    heap_start: int = 0  # byte of the file where cells of varying length begin
    heap_bytes: int = 0
    keywords: dict[str, Any] = field(default_factory=dict)


def read_layout(stream: BinaryIO, path: Path) -> FitsLayout:
    """Read headers up to the first binary table and describe it.

    Parameters
    ----------
    stream : BinaryIO
        The file from its first byte; stands at the first row afterwards.
    path : Path
        For messages.

    Raises
    ------
    InputFileError
        If there is no binary table, or its header contradicts itself.
    """
    position = 0
    found: list[str] = []
    keywords: dict[str, Any] = {}
    while True:
        header, header_bytes = _read_header(stream, path, is_first=not found)
        if header is None:
            listed = ", ".join(found)
            raise InputFileError(
                f"{path} holds no table: its FITS parts are {listed}; "
                "a catalogue needs a binary table extension."
            )
        position += header_bytes
        kind = _kind_of(header)
        found.append(kind)
        keywords |= _plain_keywords(header)
        if kind == "binary table":
            return _describe_table(header, keywords, position, path)
        position += _skip(stream, _data_bytes(header, path), path)


def _read_header(
    stream: BinaryIO, path: Path, *, is_first: bool
) -> tuple[fits.Header | None, int]:
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
        if any(block[i : i + 8] == b"END     " for i in range(0, BLOCK, 80)):
            break
        if len(blocks) >= _MAX_HEADER_BYTES:
            raise InputFileError(f"{path} is damaged: a FITS header never ends.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return fits.Header.fromstring(bytes(blocks)), len(blocks)
        except (ValueError, fits.VerifyError) as error:
            raise _damaged(path, str(error)) from None


def _damaged(path: Path, what: str) -> InputFileError:
    text = " ".join(what.split())
    return InputFileError(f"{path} has a damaged FITS header: {text}.")


def _value(header: fits.Header, key: str, default: Any = None) -> Any:
    """Return a keyword's value; one that cannot be parsed counts as absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = header.get(key, default)
        except (ValueError, fits.VerifyError):
            return default
    return default if isinstance(value, fits.card.Undefined) else value


def _count(
    header: fits.Header, key: str, path: Path, default: int | None = None
) -> int:
    value = _value(header, key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _damaged(path, f"{key} should be a count but is {value!r}")
    return value


def _text(header: fits.Header, key: str) -> str:
    value = _value(header, key, "")
    return value.strip() if isinstance(value, str) else str(value)


def _kind_of(header: fits.Header) -> str:
    kind = _text(header, "XTENSION") or "image"
    if kind == "BINTABLE" and _value(header, "ZIMAGE") is True:
        return "compressed image"
    if kind == "BINTABLE" and _value(header, "ZTABLE") is True:
        return "compressed table"
    names = {"BINTABLE": "binary table", "TABLE": "ASCII table", "IMAGE": "image"}
    return names.get(kind, kind)


def _data_bytes(header: fits.Header, path: Path) -> int:
    """Return the size of the data after a header, as the FITS standard defines it."""
    dimensions = _count(header, "NAXIS", path)
    if dimensions > _MAX_AXES:
        raise _damaged(path, f"NAXIS is {dimensions}")
    axes = [_count(header, f"NAXIS{i + 1}", path) for i in range(dimensions)]
    if not axes:
        return 0
    if axes[0] == 0:  # random groups
        axes = axes[1:] if _value(header, "GROUPS") is True else [0]
    item = abs(int(_number(header, "BITPIX", 8, path))) // 8
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


def _plain_keywords(header: fits.Header) -> dict[str, Any]:
    """Return the keywords that say something about the file as a whole."""
    kept = {}
    for key in ("ORIGIN", "SIMULATE", "DATE", "TELESCOP", "INSTRUME"):
        value = _value(header, key)
        if value is not None:
            kept[key] = value
    return kept


def _describe_table(
    header: fits.Header, keywords: dict[str, Any], start: int, path: Path
) -> FitsLayout:
    row_bytes = _count(header, "NAXIS1", path)
    fields = []
    offset = 0
    for number in range(1, _count(header, "TFIELDS", path) + 1):
        fields.append(_describe_field(header, number, offset, path))
        offset += fields[-1].width
    if offset != row_bytes:
        raise _damaged(
            path, f"its rows have {row_bytes} bytes but its columns need {offset}"
        )
    rows = _count(header, "NAXIS2", path)
    if row_bytes > _MAX_ROW_BYTES:
        raise _damaged(path, f"its rows have {row_bytes} bytes")
    if not fields or row_bytes == 0:
        raise InputFileError(f"{path} holds a table without columns.")
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


def _describe_field(
    header: fits.Header, number: int, offset: int, path: Path
) -> FitsField:
    tform = _text(header, f"TFORM{number}")
    parsed = _TFORM.fullmatch(tform.upper())
    if parsed is None:
        raise _damaged(path, f"TFORM{number} is '{tform}', which is no column format")
    repeat = int(parsed[1] or 1)
    code = parsed[2]
    size = _BYTES_OF_CODE.get(code, 1)
    width = -(-repeat // 8) if code == "X" else repeat * size
    if repeat > 1 and code in "PQ":
        raise _damaged(path, f"TFORM{number} '{tform}' has more than one array a cell")
    null = _value(header, f"TNULL{number}")
    shape = _cell_shape(_text(header, f"TDIM{number}"), repeat, code)
    item = size
    inner = ""
    if code == "A":
        item = repeat // math.prod(shape) if shape else repeat
    elif code in "PQ":
        inner = parsed[3].strip()[:1]
        item = _BYTES_OF_CODE.get(inner, 1)
    return FitsField(
        name=_text(header, f"TTYPE{number}") or f"col{number}",
        code=code,
        offset=offset,
        width=width,
        shape=shape,
        item=item,
        null=null if type(null) is int and (inner or code) in "BIJK" else None,
        scale=_number(header, f"TSCAL{number}", 1, path),
        zero=_number(header, f"TZERO{number}", 0, path),
        unit=_text(header, f"TUNIT{number}"),
        ucd=_text(header, f"TUCD{number}"),
        description=_text(header, f"TCOMM{number}"),
        inner=inner,
    )


def _cell_shape(tdim: str, repeat: int, code: str) -> tuple[int, ...]:
    """Return the shape of a cell, first axis slowest (TDIM has it fastest)."""
    parsed = re.fullmatch(r"\(\s*(\d+(?:\s*,\s*\d+)*)\s*\)", tdim)
    plain = () if code in "APQ" or repeat <= 1 else (repeat,)
    if parsed is None or code in "PQ":
        return plain
    axes = tuple(int(axis) for axis in parsed[1].split(","))
    # A TDIM that does not fit its TFORM means nothing (FITS 4.0, 7.3.2).
    if math.prod(axes) != repeat or repeat == 0:
        return plain
    return axes[:0:-1] if code == "A" else axes[::-1]


def _number(header: fits.Header, key: str, default: float, path: Path) -> float:
    value = _value(header, key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _damaged(path, f"{key} should be a number but is {value!r}")
    if not math.isfinite(value):
        raise _damaged(path, f"{key} is not finite")
    return value
