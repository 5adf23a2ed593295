"""FITS tables, binary or ASCII, plain or gzip-compressed, read block by block."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from stellarwh.catalogues.fits.ascii import ascii_type, decode_ascii
from stellarwh.catalogues.fits.choice import ChosenPart, choose_part
from stellarwh.catalogues.fits.fields import FitsField
from stellarwh.catalogues.fits.header import FitsLayout, describe_layout
from stellarwh.catalogues.fits.heap import (
    Heap,
    decode_varying,
    open_heap,
    split_rows,
    varying_type,
    why_unreadable_heap,
)
from stellarwh.catalogues.fits.rows import RowReader, pack
from stellarwh.catalogues.fits.values import Bytes, arrow_type, decode, why_unreadable
from stellarwh.catalogues.formats import open_bytes, read_errors
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts
from stellarwh.errors import naming


@dataclass(frozen=True)
class FitsTable:
    """An open FITS file, and the table of it that is read."""

    path: Path
    zipped: bool
    layout: FitsLayout
    columns: tuple[FileColumn, ...]
    chosen: ChosenPart
    format: str = "FITS"

    @property
    def notes(self) -> tuple[str, ...]:
        """What other tables there are; of gzip known when all rows are read."""
        return self.chosen.notes()

    @property
    def table_label(self) -> str:
        """Which table of the file it is."""
        return self.chosen.label

    @property
    def rows(self) -> int:
        """Number of rows that the header promises."""
        return self.layout.rows

    @property
    def keywords(self) -> Mapping[str, Any]:
        """Header keywords about the file as a whole."""
        return self.layout.keywords

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.catalogues.table.TableFile`."""
        wanted = [self.layout.fields[column.index] for column in columns]
        fields, packing = pack(wanted, self.layout.row_bytes)
        names = [str(number) for number in range(len(fields))]
        bytes_per_row = self.path.stat().st_size / max(1, self.rows)
        with (
            naming(self.path),
            open_heap(self.path, self.layout, fields, zipped=self.zipped) as heap,
        ):
            for block in self._reader.batches(packing, self._look_on):
                for rows in split_rows(fields, block, heap):
                    arrays = [
                        _decode(field, rows, heap, nulls[column.index])
                        for column, field in zip(columns, fields, strict=True)
                    ]
                    yield pa.RecordBatch.from_arrays(arrays, names)
                    advance(len(rows) * bytes_per_row)

    def _look_on(self, stream: BinaryIO) -> None:
        self.chosen.look_on(
            stream, self.layout.start + self.rows * self.layout.row_bytes
        )

    @property
    def _reader(self) -> RowReader:
        layout = self.layout
        return RowReader(
            self.path, self.zipped, layout.start, layout.rows, layout.row_bytes
        )

    def check_size(self) -> None:
        """Refuse a plain file that is too short for the rows its header promises.

        Raises
        ------
        InputFileError
            With the number of complete rows. A compressed file shows only on reading.
        """
        if self.zipped:
            return
        there = self.path.stat().st_size - self.layout.start
        if there < self.rows * self.layout.row_bytes:
            raise self._reader.truncated(max(0, there // self.layout.row_bytes))


def open_fits(path: Path, *, zipped: bool, hdu: str | None = None) -> FitsTable:
    """Open a table of a FITS file; see `stellarwh.catalogues.fits.choice.choose_part`.

    Raises
    ------
    InputFileError
        If the file is truncated, damaged or has no (such) table.
    """
    with open_bytes(path, zipped=zipped) as stream, read_errors(path):
        chosen = choose_part(stream, path, hdu, zipped=zipped)
    layout = describe_layout(chosen.part)
    columns = tuple(
        FileColumn(
            index=index,
            name=field.name,
            type=_type_of(field),
            unit=field.unit,
            ucd=field.ucd,
            description=field.description,
            unreadable=why_unreadable_heap(field)
            if field.code in "PQ"
            else why_unreadable(field),
        )
        for index, field in enumerate(layout.fields)
    )
    table = FitsTable(path, zipped, layout, columns, chosen)
    table.check_size()
    return table


def _type_of(field: FitsField) -> pa.DataType:
    if field.is_ascii:
        return ascii_type(field)
    return varying_type(field) if field.code in "PQ" else arrow_type(field)


def _decode(field: FitsField, rows: Bytes, heap: Heap, nulls: Counter[str]) -> pa.Array:
    if field.is_ascii:
        return decode_ascii(field, rows, nulls)
    if field.code in "PQ":
        return decode_varying(field, rows, heap, nulls)
    return decode(field, rows, nulls)
