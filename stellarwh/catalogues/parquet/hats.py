"""HATS catalogues as one table: Parquet files of cells, read one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from stellarwh.catalogues.hats_folder import HatsCatalogue, cell_files, hats_in
from stellarwh.catalogues.parquet.read import ParquetTable, open_parquet, rows_of
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts, no_nulls
from stellarwh.errors import FILE, InputFileError, naming

# The index that HATS puts in front of what a catalogue has itself.
_INDEX = "_healpix_29"


@dataclass(frozen=True)
class HatsTable:
    """An open HATS catalogue.

    Parameters
    ----------
    path : Path
        The folder that was named.
    parts : tuple of Path
        The files of its cells, in the order of the sky.
    notes : tuple of str
        What the user should know.
    position : tuple of (str, str), optional
        Its position columns, if it names them.
    """

    path: Path
    columns: tuple[FileColumn, ...]
    rows: int
    parts: tuple[Path, ...]
    format: str = "HATS"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    position: tuple[str, str] | None = None

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.catalogues.table.TableFile`."""
        schema = pa.schema([(column.name, column.type) for column in columns])
        for path in self.parts:
            table = open_parquet(path)
            with naming(path):
                wanted = [_named(table, column.name) for column in columns]
            found = no_nulls()
            for batch in table.batches(wanted, found, advance):
                with naming(path):
                    yield _in_types(batch, schema)
            for column, source in zip(columns, wanted, strict=True):
                nulls[column.index] += found[source.index]


def open_hats(path: Path) -> HatsTable:
    """Open a HATS catalogue, or the main one of a collection, without its margin.

    Raises
    ------
    InputFileError
        If it is none, or a file is damaged.
    """
    catalogue = hats_in(path)
    if catalogue is None:
        raise InputFileError(f"{path} is no HATS folder.")
    parts = tuple(cell_files(catalogue))
    first = open_parquet(parts[0])
    rows = sum(rows_of(part) for part in parts)
    columns = [c for c in _described(catalogue, first) if c.name != _INDEX]
    notes: tuple[str, ...] = ()
    if catalogue.rows not in (None, rows):
        notes = (
            f"{path} says that it has {catalogue.rows:,} rows, and has {rows:,}: it "
            "may be a part of a catalogue.",
        )
    return HatsTable(
        path,
        tuple(columns),
        rows,
        parts,
        keywords=first.keywords,
        notes=notes,
        position=catalogue.position,
    )


def _described(catalogue: HatsCatalogue, first: ParquetTable) -> Iterator[FileColumn]:
    """Yield the columns of the first cell, with what is said of all cells together."""
    common = catalogue.folder / "dataset" / "_common_metadata"
    told = open_parquet(common).columns if common.is_file() else ()
    known = {column.name: column for column in told}
    for column in first.columns:
        other = known.get(column.name, column)
        yield replace(
            column,
            # Of a cell without a value some writers know no type.
            type=other.type,
            unit=column.unit or other.unit,
            ucd=column.ucd or other.ucd,
            description=column.description or other.description,
        )


def _named(table: ParquetTable, name: str) -> FileColumn:
    for column in table.columns:
        if column.name == name:
            return column
    raise InputFileError(f"{FILE} lacks the column {name}, which other cells have.")


def _in_types(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch in the types of the catalogue."""
    if batch.schema.types == schema.types:
        return batch
    try:
        return batch.cast(schema)
    except pa.ArrowException as error:
        text = " ".join(str(error).split())[:200]
        raise InputFileError(
            f"{FILE} has other types than other cells of its catalogue: {text}"
        ) from None
