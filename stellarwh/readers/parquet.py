"""Parquet files, read row group by row group."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.errors import InputFileError
from stellarwh.readers.formats import read_errors
from stellarwh.readers.table import Advance, FileColumn, NullCounts, count_nulls

_BATCH_ROWS = 61_440
_PLAIN = {
    pa.null(): pa.string(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.float16(): pa.float32(),
}
_OWN = b"columns"
_VOTABLE = b"IVOA.VOTable-Parquet.content"


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
                _open(self.path, page_checksum_verification=True) as file,
            ):
                for batch in file.iter_batches(
                    _BATCH_ROWS, columns=None if repeats else names
                ):
                    arrays = []
                    for column in columns:
                        array = batch.column(column.index if repeats else column.name)
                        array.validate(full=True)
                        if array.type != column.type:
                            array = array.cast(column.type)
                        nulls[column.index]["null"] += count_nulls(array)
                        arrays.append(array)
                    yield pa.RecordBatch.from_arrays(arrays, names)
                    advance(size * batch.num_rows / max(self.rows, 1))
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise _damaged(self.path, error) from None


def _open(path: Path, **options: bool) -> pq.ParquetFile:
    # Arrow takes a path such as 's3:/name' for an address, and asks there.
    return pq.ParquetFile(path.absolute(), **options)


def open_parquet(path: Path) -> ParquetTable:
    """Open a Parquet file.

    Raises
    ------
    InputFileError
        If it is damaged.
    """
    try:
        with read_errors(path), _open(path) as file:
            schema = file.schema_arrow
            rows = file.metadata.num_rows
            metadata = file.metadata.metadata or {}
            described = _described(metadata) | _own_facts(metadata)
        columns = tuple(
            FileColumn(
                index,
                item.name,
                _plain_type(item.type),
                *_facts(item, described.get(item.name)),
            )
            for index, item in enumerate(schema)
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _damaged(path, error) from None
    return ParquetTable(path, columns, rows)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the plain type of which another is a way of storing it."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_type(kind.value_type), kind.list_size)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    # A column without any value has no type; DuckDB has no 16-bit floats.
    return _PLAIN.get(kind, kind)


def _facts(item: pa.Field, described: Sequence[str] | None) -> Sequence[str]:
    """Return unit, UCD and description of a column."""
    if described:
        return described
    metadata = item.metadata or {}
    keys = (b"unit", b"ucd", b"description")
    return [metadata.get(key, b"").decode("utf-8", "replace") for key in keys]


def _described(metadata: Mapping[bytes, bytes]) -> dict[str, tuple[str, str, str]]:
    """Return what a VOTable within the file (VOParquet) says of its columns."""
    try:
        root = ElementTree.fromstring(metadata.get(_VOTABLE, b"<VOTABLE/>"))
    except (ElementTree.ParseError, ValueError, LookupError):
        # The values do not depend on it.
        return {}
    found = {}
    for element in root.iter():
        if _local_name(element) == "FIELD":
            texts = [e.text or "" for e in element if _local_name(e) == "DESCRIPTION"]
            found[element.get("name", "")] = (
                element.get("unit", ""),
                element.get("ucd", ""),
                " ".join("".join(texts).split()),
            )
    return found


def _own_facts(metadata: Mapping[bytes, bytes]) -> dict[str, tuple[str, str, str]]:
    """Return what an export of stellarwh says of its columns: units as once written."""
    try:
        columns = json.loads(metadata.get(_OWN, b"{}"))
        return {
            name: (
                str(facts.get("unit", "")),
                str(facts.get("ucd", "")),
                str(facts.get("description", "")),
            )
            for name, facts in columns.items()
        }
    except (ValueError, AttributeError):
        # Somebody else's key.
        return {}


def _local_name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _damaged(path: Path, error: Exception) -> InputFileError:
    text = " ".join(str(error).split())[:200]
    return InputFileError(f"{path} is a damaged Parquet file: {text}")
