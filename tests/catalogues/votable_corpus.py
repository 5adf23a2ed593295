"""VOTables of every datatype in every serialisation, written byte by byte."""

import base64
import io
import math
import struct
import warnings
from dataclasses import dataclass

import numpy as np
from astropy.io.votable import parse
from hypothesis import strategies as st

SERIALISATIONS = ("TABLEDATA", "BINARY", "BINARY2")
FORMATS = {
    "boolean": "c", "bit": "", "unsignedByte": "B", "short": "h", "int": "i",
    "long": "q", "float": "f", "double": "d", "floatComplex": "ff",
    "doubleComplex": "dd", "char": "c", "unicodeChar": "H",
}  # fmt: skip
INTEGERS = {"unsignedByte": "u1", "short": "i2", "int": "i4", "long": "i8"}
NAMES = ["log(g)", "[Fe/H]", "x", "X", "a b", "healpix", "ra & 'dec'", "<d>"]
FLOATS = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-30, 3.4e38, -9999.99, 0.1]
TEXTS = ["", "a", "a b", "2M00000000+0000000", "'q' & <d>", "α Cen", "nan"]


@dataclass(frozen=True)
class Column:
    """A FIELD and its cells: each a list of elements, a text, or None for NULL."""

    datatype: str
    arraysize: str
    name: str
    null: int | None
    cells: tuple[object, ...]

    def field(self) -> str:
        size = f' arraysize="{self.arraysize}"' if self.arraysize else ""
        null = f'<VALUES null="{self.null}"/>' if self.null is not None else ""
        name = self.name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f'<FIELD name="{name}" datatype="{self.datatype}"{size}>{null}</FIELD>\n'


@st.composite
def columns(draw: st.DrawFn, rows: int, *, binary: bool) -> Column:
    """Draw a column and its cells."""
    datatype = draw(st.sampled_from(sorted(FORMATS)))
    name = draw(st.sampled_from(NAMES))
    if datatype in ("char", "unicodeChar"):
        texts = [t for t in TEXTS if t.isascii() or datatype != "char"]
        size = draw(st.sampled_from(["*", "30"]))
        cells = draw(st.lists(st.sampled_from(texts), min_size=rows, max_size=rows))
        return Column(datatype, size, name, None, tuple(cells))
    size = draw(st.sampled_from(["", "", "", "1", "3", "2x3", "*", "2x*"]))
    if datatype == "bit" and "*" in size and binary:
        size = "11"  # astropy misreads those: they are refused
    null = None
    if datatype in INTEGERS and draw(st.booleans()):
        null = draw(st.sampled_from([0, 99, int(np.iinfo(INTEGERS[datatype]).max)]))
    element = _elements(datatype)
    cells = []
    for _ in range(rows):
        count = 1
        for part in size.split("x") if size else ():
            count *= draw(st.integers(0, 3)) if part == "*" else int(part)
        cells.append(draw(st.lists(element, min_size=count, max_size=count)))
    return Column(datatype, size, name, null, tuple(cells))


def _elements(datatype: str) -> st.SearchStrategy[object]:
    if datatype in ("bit", "boolean"):
        return st.booleans()
    if datatype in INTEGERS:
        info = np.iinfo(INTEGERS[datatype])
        ends = [int(info.min), int(info.max), 0, 99]
        return st.sampled_from(ends) | st.integers(ends[0], ends[1])
    kind = np.float32 if datatype.startswith("float") else np.float64
    number = st.sampled_from([float(kind(x)) for x in FLOATS])
    return st.tuples(number, number) if datatype.endswith("Complex") else number


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[Column]]:
    """Draw a serialisation and the columns of a table."""
    serialisation = draw(st.sampled_from(SERIALISATIONS))
    rows = draw(st.sampled_from([0, 1, 2, 5]))
    made = columns(rows, binary=serialisation != "TABLEDATA")
    return serialisation, draw(st.lists(made, min_size=1, max_size=5))


def votable(serialisation: str, made: list[Column]) -> bytes:
    """Return a VOTable; its cells are as the standard (1.4) has them."""
    rows = list(zip(*(column.cells for column in made), strict=True))
    if serialisation == "TABLEDATA":
        lines = []
        for row in rows:
            cells = (_text(c, v) for c, v in zip(made, row, strict=True))
            lines.append(f"<TR>{''.join(f'<TD>{cell}</TD>' for cell in cells)}</TR>")
        data = f"<TABLEDATA>{''.join(lines)}</TABLEDATA>"
    else:
        masks = bytes(-(-len(made) // 8)) if serialisation == "BINARY2" else b""
        raw = b"".join(
            masks + b"".join(_bytes(c, v) for c, v in zip(made, row, strict=True))
            for row in rows
        )
        text = base64.b64encode(raw).decode()
        data = f'<{serialisation}><STREAM encoding="base64">{text}</STREAM>'
        data += f"</{serialisation}>"
    return wrap("".join(column.field() for column in made), data)


def wrap(fields: str, data: str) -> bytes:
    """Return a VOTable of one table."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" '
        'xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>\n'
        f"{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>\n"
    ).encode()


def _text(column: Column, cell: object) -> str:
    if isinstance(cell, str):
        return cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    parts = []
    for value in cell:  # type: ignore[attr-defined]
        if isinstance(value, bool):
            parts.append(str(int(value)) if column.datatype == "bit" else "FT"[value])
        elif isinstance(value, tuple):
            parts += [_number(part) for part in value]
        else:
            parts.append(_number(value))
    return " ".join(parts)


def _number(value: float) -> str:
    text = repr(value)
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(text, text)


def _bytes(column: Column, cell: object) -> bytes:
    form = FORMATS[column.datatype]
    if isinstance(cell, str):
        raw = cell.encode("ascii" if column.datatype == "char" else "utf-16-be")
        unit = 1 if column.datatype == "char" else 2
        if column.arraysize == "*":
            return struct.pack(">i", len(raw) // unit) + raw
        return raw.ljust(int(column.arraysize) * unit, b"\0")
    values = list(cell)  # type: ignore[call-overload]
    if column.datatype == "bit":
        return np.packbits(values).tobytes()
    raw = b""
    for value in values:
        flat = value if isinstance(value, tuple) else (value,)
        flat = tuple(b"FT"[v : v + 1] if isinstance(v, bool) else v for v in flat)
        raw += struct.pack(f">{form}", *flat)
    if not column.arraysize.endswith("*"):
        return raw
    # The last axis varies: its length counts all elements of the cell.
    return struct.pack(">i", _last_axis(column, len(values))) + raw


def _last_axis(column: Column, count: int) -> int:
    fixed = math.prod(int(part) for part in column.arraysize.split("x")[:-1])
    return count // fixed


def expected(column: Column) -> list[list[object]]:
    """Return the flat values of each cell, with None for what is missing."""
    found: list[list[object]] = []
    for cell in column.cells:
        if isinstance(cell, str):
            found.append([cell or None])
            continue
        values: list[object] = []
        for value in cell:  # type: ignore[attr-defined]
            if isinstance(value, tuple):
                # A complex number is missing if a part of it is.
                gone = any(math.isnan(part) for part in value)
                values += [None, None] if gone else value
            elif isinstance(value, float) and math.isnan(value):
                values.append(None)
            else:
                values.append(None if value == column.null else value)
        found.append(values)
    return found


def by_astropy(content: bytes) -> list[list[list[object]]]:
    """Return the flat values of each cell of each column as astropy reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = parse(io.BytesIO(content), verify="ignore").get_first_table()
    return [[_flat(cell) for cell in table.array[field.ID]] for field in table.fields]


def _flat(cell: object) -> list[object]:
    if cell is np.ma.masked or (isinstance(cell, str) and not cell):
        return [None]
    if isinstance(cell, str):
        return [cell]
    if isinstance(cell, complex | np.complexfloating):
        return [float(cell.real), float(cell.imag)]
    if np.ndim(cell):
        return [value for part in cell for value in _flat(part)]  # type: ignore[attr-defined]
    return [cell.item()]  # type: ignore[attr-defined]
