"""Fields of FITS tables: what the keywords of a header say of each."""

import math
import re
from dataclasses import dataclass

from stellarwh.catalogues.fits.cards import Header
from stellarwh.errors import FILE, InputFileError

_TFORM = re.compile(r"(\d*)([LXBIJKAEDCMPQ])(.*)", re.DOTALL)
_ASCII_TFORM = re.compile(r"([AIFED])(\d{1,9})(?:\.(\d{1,3}))?(?:E\d+)?")
_BYTES_OF_CODE = {
    "L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1,
    "E": 4, "D": 8, "C": 8, "M": 16, "P": 8, "Q": 16,
}  # fmt: skip
# A varying cell does not say in the header how long it may be.
_MAX_ELEMENT = 1 << 24


@dataclass(frozen=True)
class FitsField:
    """One field of a FITS table: where its bytes are, what they mean."""

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
    letters: int = 0  # of a P or Q column of texts, how many each has; 0 is one text
    is_ascii: bool = False  # of an ASCII table: numbers are written out as text
    null_text: str = ""  # of an ASCII table, the TNULL
    decimals: int = 0  # of an ASCII table, digits after a point that is left out

    @property
    def is_scaled(self) -> bool:
        """Whether TSCAL or TZERO changes the stored values."""
        return (self.scale, self.zero) != (1, 0)


def damaged(what: str) -> InputFileError:
    """Return the error for a header that contradicts itself."""
    text = " ".join(what.split())
    return InputFileError(f"{FILE} has a damaged FITS header: {text}.")


def header_text(header: Header, key: str) -> str:
    """Return a keyword's value as text without padding; empty if it is absent."""
    value = header.get(key, "")
    return value.strip() if isinstance(value, str) else str(value)


def describe_field(header: Header, number: int, offset: int) -> tuple[FitsField, int]:
    """Return a field and how many bytes of the row it takes, unused ones included."""
    tform = header_text(header, f"TFORM{number}")
    parsed = _TFORM.fullmatch(tform.upper())
    if parsed is None:
        raise damaged(f"TFORM{number} is '{tform}', which is no column format")
    repeat = int(parsed[1] or 1)
    code = parsed[2]
    size = _BYTES_OF_CODE.get(code, 1)
    if repeat > 1 and code in "PQ":
        raise damaged(f"TFORM{number} '{tform}' has more than one array a cell")
    null = header.get(f"TNULL{number}")
    shape = _cell_shape(header_text(header, f"TDIM{number}"), repeat, code)
    item = size
    inner = ""
    letters = 0
    # TDIM may leave the last elements of a cell unused (FITS 4.0, 7.3.2).
    used = repeat
    if code == "A":
        used, item = _text_sizes(header_text(header, f"TDIM{number}"), repeat)
    elif code in "PQ":
        inner = parsed[3].strip()[:1]
        letters, shape = _varying_shape(header_text(header, f"TDIM{number}"), inner)
        item = letters or _BYTES_OF_CODE.get(inner, 1)
    elif shape:
        used = math.prod(shape)
    width, allocated = (
        -(-count // 8) if code == "X" else count * size for count in (used, repeat)
    )
    described = FitsField(
        name=header_text(header, f"TTYPE{number}") or f"col{number}",
        code=code,
        offset=offset,
        width=width,
        shape=shape,
        item=item,
        null=null if type(null) is int and (inner or code) in "BIJK" else None,
        scale=header_number(header, f"TSCAL{number}", 1),
        zero=header_number(header, f"TZERO{number}", 0),
        unit=header_text(header, f"TUNIT{number}"),
        ucd=header_text(header, f"TUCD{number}"),
        description=header_text(header, f"TCOMM{number}"),
        inner=inner,
        letters=letters,
    )
    return described, allocated


def describe_ascii_field(header: Header, number: int, row_bytes: int) -> FitsField:
    """Return a field of an ASCII table, whose fields lie anywhere within the row."""
    tform = header_text(header, f"TFORM{number}")
    parsed = _ASCII_TFORM.fullmatch(tform.upper())
    width = int(parsed[2]) if parsed else 0
    if parsed is None or not width:
        raise damaged(
            f"TFORM{number} is '{tform}', which is no format of an ASCII table"
        )
    column = header.get(f"TBCOL{number}")
    if type(column) is not int or not 1 <= column <= row_bytes - width + 1:
        raise damaged(
            f"TBCOL{number} is {column!r}, but {width} characters from there do not "
            f"lie within the {row_bytes} of a row",
        )
    return FitsField(
        name=header_text(header, f"TTYPE{number}") or f"col{number}",
        code=parsed[1],
        offset=column - 1,
        width=width,
        shape=(),
        item=width,
        scale=header_number(header, f"TSCAL{number}", 1),
        zero=header_number(header, f"TZERO{number}", 0),
        unit=header_text(header, f"TUNIT{number}"),
        ucd=header_text(header, f"TUCD{number}"),
        description=header_text(header, f"TCOMM{number}"),
        is_ascii=True,
        null_text=header_text(header, f"TNULL{number}")[:width],
        decimals=int(parsed[3] or 0),
    )


def _axes(tdim: str, repeat: float) -> tuple[int, ...]:
    """Return the axes of TDIM, fastest first; one that does not fit means nothing."""
    parsed = re.fullmatch(r"\(\s*(\d+(?:\s*,\s*\d+)*)\s*\)", tdim)
    axes = tuple(int(axis) for axis in parsed[1].split(",")) if parsed else ()
    return axes if 0 < math.prod(axes) <= repeat else ()


def _varying_shape(tdim: str, inner: str) -> tuple[int, tuple[int, ...]]:
    """Return the letters of a text and the shape of an element of a varying cell.

    The last (slowest) axis of TDIM is the one that varies. Without TDIM, a cell of
    letters is one text, as any A field is (FITS 4.0, 7.3.3.1), and as STILTS and
    CFITSIO take it: that astropy gives its letters one by one tells no more.
    """
    axes = _axes(tdim, _MAX_ELEMENT)
    if inner == "A" and len(axes) > 1:
        return axes[0], axes[-2:0:-1]
    return 0, () if inner == "A" else axes[-2::-1]


def _cell_shape(tdim: str, repeat: int, code: str) -> tuple[int, ...]:
    """Return the shape of a cell, first axis slowest (TDIM has it fastest)."""
    axes = () if code in "PQ" else _axes(tdim, repeat)
    if axes:
        return axes[:0:-1] if code == "A" else axes[::-1]
    return () if code in "APQ" or repeat <= 1 else (repeat,)


def _text_sizes(tdim: str, repeat: int) -> tuple[int, int]:
    """Return how many characters of a cell are used, and how many one text has."""
    axes = _axes(tdim, repeat)
    return (math.prod(axes), axes[0]) if axes else (repeat, repeat)


def header_number(header: Header, key: str, default: float) -> float:
    """Return a keyword's value as a finite number."""
    value = header.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise damaged(f"{key} should be a number but is {value!r}")
    if not math.isfinite(value):
        raise damaged(f"{key} is not finite")
    return value
