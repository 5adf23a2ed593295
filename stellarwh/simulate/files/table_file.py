"""Write a FITS binary table whose number of rows is known only at the end."""

import gzip
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import numpy.typing as npt

from stellarwh.catalogues.fits.written_cards import BLOCK, card, header_block
from stellarwh.simulate.files.folder import MARKS
from stellarwh.simulate.files.layout import Layout


class FitsTableFile:
    """A FITS file with one binary table, written chunk by chunk.

    The file appears under its name only when complete; until then it is
    ``<name>.part``. A name ending in ``.gz`` is compressed at the end, with no
    time stamp, so that the same rows give the same bytes.
    """

    def __init__(self, path: Path, layout: Layout, extname: str) -> None:
        self.path = path
        self.rows = 0
        self._layout = layout
        self._extname = extname
        self._part = path.with_name(path.name + ".part")
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = self._part.open("wb")
        self._file.write(_primary_header())
        self._header_at = self._file.tell()
        self._file.write(_table_header(self._layout, self._extname, 0))
        return self

    def write(self, rows: npt.NDArray[np.void]) -> None:
        """Append rows of the layout's type; text is padded with blanks."""
        assert self._file is not None
        for column in self._layout.columns:
            if column.code == "A":
                _pad_with_blanks(rows, column.name)
        self._file.write(np.ascontiguousarray(rows).tobytes())
        self.rows += rows.size

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._file is not None
        try:
            if kind is None:
                self._finish(self._file)
        finally:
            self._file.close()
            if kind is not None:
                self._part.unlink(missing_ok=True)
        if kind is None:
            self._publish()

    def _finish(self, file: BinaryIO) -> None:
        file.write(bytes(-self.rows * self._layout.dtype.itemsize % BLOCK))
        file.seek(self._header_at)
        file.write(_table_header(self._layout, self._extname, self.rows))

    def _publish(self) -> None:
        if self.path.suffix != ".gz":
            self._part.replace(self.path)
            return
        packed = self.path.with_name(self.path.name + ".gzpart")
        try:
            # An empty file name and mtime=0: nothing in the gzip header may vary.
            with (
                self._part.open("rb") as plain,
                packed.open("wb") as target,
                gzip.GzipFile("", "wb", 4, target, mtime=0) as stream,
            ):
                shutil.copyfileobj(plain, stream, 1 << 20)
            packed.replace(self.path)
        finally:
            packed.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)


def _pad_with_blanks(rows: npt.NDArray[np.void], name: str) -> None:
    """Replace the trailing zero bytes of a text column by blanks, in place."""
    text = np.ascontiguousarray(rows[name])
    table = text.view(np.uint8)
    table[table == 0] = ord(" ")
    rows[name] = text


def _primary_header() -> bytes:
    return header_block(
        [
            card("SIMPLE", True),
            card("BITPIX", 8),
            card("NAXIS", 0),
            card("EXTEND", True),
            *MARKS,
        ]
    )


def _table_header(layout: Layout, extname: str, rows: int) -> bytes:
    cards = [
        "XTENSION= 'BINTABLE'           / binary table extension".ljust(80),
        card("BITPIX", 8),
        card("NAXIS", 2),
        card("NAXIS1", layout.dtype.itemsize, "bytes per row"),
        card("NAXIS2", rows, "rows"),
        card("PCOUNT", 0),
        card("GCOUNT", 1),
        card("TFIELDS", len(layout.columns)),
        card("EXTNAME", extname),
        *MARKS,
    ]
    for number, column in enumerate(layout.columns, start=1):
        cards.append(card(f"TTYPE{number}", column.name))
        cards.append(card(f"TFORM{number}", column.tform))
        if column.tdim:
            cards.append(card(f"TDIM{number}", column.tdim.replace(" ", "")))
        if column.unit:
            cards.append(card(f"TUNIT{number}", column.unit))
    return header_block(cards)
