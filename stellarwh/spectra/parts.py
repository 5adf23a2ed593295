"""The parts of a FITS file that is small enough to be held whole."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from stellarwh.catalogues.fits.cards import Header
from stellarwh.catalogues.fits.fields import FitsField, damaged, header_number
from stellarwh.catalogues.fits.header import FitsLayout, describe_layout
from stellarwh.catalogues.fits.parts import FitsPart, count_of, data_bytes, read_parts
from stellarwh.errors import FILE, SpectrumError

_IMAGES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_CELLS = {"B": "u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}


@dataclass(frozen=True)
class Part:
    """A header and its data.

    Parameters
    ----------
    file : bytes
        The whole file.
    part : FitsPart
        Where it lies in it.
    """

    file: bytes
    part: FitsPart
    _made: dict[str, Any] = field(default_factory=dict)

    @property
    def header(self) -> Header:
        """Keywords and their values."""
        return self.part.header

    @property
    def name(self) -> str:
        """EXTNAME in upper case; empty if there is none."""
        return self.part.name.upper()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image, slowest axis first; empty if it is none, or no pixels."""
        if self.part.kind != "image":
            return ()
        axes = count_of(self.header, "NAXIS")
        return tuple(count_of(self.header, f"NAXIS{n}") for n in range(axes, 0, -1))

    @property
    def rows(self) -> int:
        """How many rows a table has; 0 if it is none."""
        return count_of(self.header, "NAXIS2") if self.part.table is not None else 0

    def image(self) -> npt.NDArray[Any]:
        """Return the pixels, as numbers of this machine.

        Raises
        ------
        SpectrumError, InputFileError
            If the file ends before, or the header contradicts itself.
        """
        bits = count_of({"BITPIX": abs(int(header_number(self.header, "BITPIX", 0)))},
                        "BITPIX")  # fmt: skip
        code = _IMAGES.get(int(header_number(self.header, "BITPIX", 0)))
        if code is None:
            raise damaged(f"BITPIX is {self.header.get('BITPIX')!r}")
        size = math.prod(self.shape) * bits // 8
        values = np.frombuffer(self._bytes(size), code).reshape(self.shape)
        scale = header_number(self.header, "BSCALE", 1)
        zero = header_number(self.header, "BZERO", 0)
        native = values.astype(values.dtype.newbyteorder("="))
        return native if (scale, zero) == (1, 0) else native * scale + zero

    def has(self, *columns: str) -> bool:
        """Return whether it is a table that has all these columns, in any case."""
        return all(name in self._fields for name in columns)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return a column of numbers, of shape (rows, ...), by its name in upper case.

        Raises
        ------
        SpectrumError
            If there is no such column of numbers, or the file ends before.
        """
        described = self._fields.get(name)
        code = _CELLS.get(described.code) if described is not None else None
        if described is None or code is None:
            raise SpectrumError(
                f"{FILE}: its table {self.part.name or self.part.number} has no column "
                f"of numbers {name}."
            )
        cells = self._cells(described)
        values = np.ascontiguousarray(cells).view(code)
        values = values.reshape(self.rows, *described.shape)
        native = values.astype(values.dtype.newbyteorder("="))
        return (
            native * described.scale + described.zero if described.is_scaled else native
        )

    def number(self, name: str) -> int | float | None:
        """Return the only number of a column of one row; None if there is none."""
        described = self._fields.get(name)
        if described is None or described.code not in _CELLS or self.rows != 1:
            return None
        if described.code == "K" and described.is_scaled and described.scale == 1:
            # Unsigned: too long for a double.
            return int(self._cells(described).view(">i8")[0, 0]) + int(described.zero)
        values = self.column(name).ravel()
        found: int | float = values[0].item() if values.size else math.nan
        return found if math.isfinite(found) else None

    def text(self, name: str) -> str:
        """Return the text of a column of one row; empty if there is none."""
        described = self._fields.get(name)
        if described is None or described.code != "A" or self.rows != 1:
            return ""
        return bytes(self._cells(described)).decode("latin-1").strip(" \0")

    def describe(self) -> str:
        """Say what it is, for a message."""
        if self.part.table is not None:
            name = f" {self.part.name}" if self.part.name else ""
            columns = self.header.get("TFIELDS")
            return f"a table{name} of {self.rows:,} rows and {columns} columns"
        if self.shape:
            return f"an image of {' × '.join(map(str, reversed(self.shape)))}"
        return "a header alone" if self.part.kind == "image" else f"a {self.part.kind}"

    @property
    def _fields(self) -> dict[str, FitsField]:
        if "fields" not in self._made:
            is_table = self.part.kind == "binary table"
            layout = describe_layout(self.part) if is_table else None
            self._made["layout"] = layout
            self._made["fields"] = (
                {f.name.upper(): f for f in reversed(layout.fields)} if layout else {}
            )
        found: dict[str, FitsField] = self._made["fields"]
        return found

    def _cells(self, described: FitsField) -> npt.NDArray[np.uint8]:
        layout: FitsLayout = self._made["layout"]
        rows = np.frombuffer(self._bytes(layout.rows * layout.row_bytes), np.uint8)
        table = rows.reshape(layout.rows, layout.row_bytes)
        return table[:, described.offset : described.offset + described.width]

    def check_size(self) -> None:
        """Refuse a file that ends within the data; what fills its block may be missing.

        Raises
        ------
        SpectrumError
            With the bytes that there are.
        """
        self._bytes(data_bytes(self.header))

    def _bytes(self, size: int) -> memoryview:
        there = memoryview(self.file)[self.part.start : self.part.start + size]
        if len(there) < size:
            raise SpectrumError(
                f"{FILE} is truncated: part {self.part.number} should have {size:,} "
                f"bytes, {len(there):,} are there; download it again."
            )
        return there


def parts_of(file: bytes) -> Iterator[Part]:
    """Yield the parts of a FITS file.

    Raises
    ------
    InputFileError
        If a header is damaged, or the file ends within the data of a part.
    """
    for found in read_parts(BytesIO(file), zipped=True):
        part = Part(file, found)
        part.check_size()
        yield part
