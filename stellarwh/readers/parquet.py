"""Parquet files, read row group by row group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.errors import InputFileError
from stellarwh.readers.formats import read_errors
from stellarwh.readers.table import Advance, FileColumn, NullCounts

_BATCH_ROWS = 61_440


@dataclass(frozen=True)
class ParquetTable:
    """An open Parquet file."""

    path: Path
    columns: tuple[FileColumn, ...]
    rows: int
    format: str = "Parquet"
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.readers.table.TableFile`."""
        size = self.path.stat().st_size
        names = [column.name for column in columns]
        # Names that repeat can only be told apart by position, with all columns read.
        repeats = len({column.name for column in self.columns}) < len(self.columns)
        try:
            with (
                read_errors(self.path),
                pq.ParquetFile(self.path, page_checksum_verification=True) as file,
            ):
                for batch in file.iter_batches(
                    _BATCH_ROWS, columns=None if repeats else names
                ):
                    arrays = [
                        batch.column(column.index if repeats else column.name)
                        for column in columns
                    ]
                    for column, array in zip(columns, arrays, strict=True):
                        array.validate(full=True)
                        nulls[column.index]["null"] += array.null_count
                    yield pa.RecordBatch.from_arrays(arrays, names)
                    advance(size * batch.num_rows / max(self.rows, 1))
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise _damaged(self.path, error) from None


def open_parquet(path: Path) -> ParquetTable:
    """Open a Parquet file.

    Raises
    ------
    InputFileError
        If it is damaged.
    """
    try:
        with read_errors(path), pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            rows = file.metadata.num_rows
        columns = tuple(
            FileColumn(
                index,
                item.name,
                item.type,
                *(
                    (item.metadata or {}).get(key, b"").decode("utf-8", "replace")
                    for key in (b"unit", b"ucd", b"description")
                ),
            )
            for index, item in enumerate(schema)
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _damaged(path, error) from None
    return ParquetTable(path, columns, rows)


def _damaged(path: Path, error: Exception) -> InputFileError:
    text = " ".join(str(error).split())[:200]
    return InputFileError(f"{path} is a damaged Parquet file: {text}")
