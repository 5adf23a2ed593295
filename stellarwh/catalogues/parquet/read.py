"""Parquet files, read row group by row group."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.catalogues.astropy_header import (
    AstropyHeader,
    mask_positions,
    read_header,
    without_masked,
)
from stellarwh.catalogues.formats import read_errors
from stellarwh.catalogues.table import Advance, FileColumn, NullCounts, count_nulls
from stellarwh.errors import FILE, InputFileError, naming

_BATCH_ROWS = 61_440
_BUFFER_BYTES = 1 << 20
_PLAIN = {
    pa.null(): pa.string(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.float16(): pa.float32(),
}
# Of DuckDB's decimals.
_DECIMAL_DIGITS = 38
_OWN = b"columns"
_ASTROPY = b"table_meta_yaml"
_VOTABLE = b"IVOA.VOTable-Parquet.content"


@dataclass(frozen=True)
class ParquetTable:
    """An open Parquet file.

    Parameters
    ----------
    masks : mapping of int to int
        For columns whose missing values another column names (as astropy writes them),
        the position of that one; no column of the table itself.
    """

    path: Path
    columns: tuple[FileColumn, ...]
    rows: int
    masks: Mapping[int, int] = field(default_factory=dict)
    format: str = "Parquet"
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
        *,
        groups: Sequence[int] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns; see `stellarwh.catalogues.table.TableFile`.

        Of the row groups with these numbers alone, if any are given: whoever asks for
        parts reads several at a time, so each in one thread and with small buffers.
        """
        with naming(self.path):
            yield from self._batches(columns, nulls, advance, groups)

    def _batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance,
        groups: Sequence[int] | None,
    ) -> Iterator[pa.RecordBatch]:
        size = self.path.stat().st_size
        names = [column.name for column in columns]
        # Names that repeat can only be told apart by position, with all columns read;
        # so can a column from its mask.
        repeats = len({column.name for column in self.columns}) < len(self.columns)
        repeats |= any(column.index in self.masks for column in columns)
        try:
            with (
                read_errors(self.path),
                _open(
                    self.path,
                    page_checksum_verification=True,
                    buffer_size=0 if groups is None else _BUFFER_BYTES,
                ) as file,
            ):
                for batch in file.iter_batches(
                    _BATCH_ROWS,
                    row_groups=groups,
                    columns=None if repeats else names,
                    use_threads=groups is None,
                ):
                    arrays = []
                    for column in columns:
                        array = batch.column(column.index if repeats else column.name)
                        array.validate(full=True)
                        if array.type != column.type:
                            array = array.cast(column.type)
                        if column.index in self.masks:
                            gone = batch.column(self.masks[column.index])
                            array = without_masked(array, gone)
                        nulls[column.index]["null"] += count_nulls(array)
                        arrays.append(array)
                    yield pa.RecordBatch.from_arrays(arrays, names)
                    advance(size * batch.num_rows / max(self.rows, 1))
        except (pa.ArrowException, UnicodeDecodeError) as error:
            raise _damaged(error) from None


def _open(path: Path, **options: int) -> pq.ParquetFile:
    # Arrow takes a path such as 's3:/name' for an address, and asks there.
    return pq.ParquetFile(path.absolute(), **options)


def rows_of(path: Path) -> int:
    """Return how many rows a Parquet file has.

    Raises
    ------
    InputFileError
        If it is damaged.
    """
    try:
        with naming(path), read_errors(path), _open(path) as file:
            return int(file.metadata.num_rows)
    except pa.ArrowException as error:
        raise _damaged(error) from None


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
        header = _astropy_header(metadata)
        described = _astropy_facts(header) | _described(metadata) | _own_facts(metadata)
        masks = mask_positions(schema.names, header)
        hidden = set(masks.values())
        columns = tuple(
            FileColumn(
                index,
                item.name,
                kind,
                *_facts(item, described.get(item.name)),
                _why_unreadable(kind),
            )
            for index, item in enumerate(schema)
            if index not in hidden and (kind := _plain_type(item.type))
        )
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _damaged(error) from None
    is_simulated = metadata.get(b"SIMULATE") == b"true"
    keywords = {"SIMULATE": True} if is_simulated else {}
    return ParquetTable(path, columns, rows, masks, keywords=keywords)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """Return the plain type of which another is a way of storing it."""
    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_type(kind.value_type), kind.list_size)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return pa.struct([f.with_type(_plain_type(f.type)) for f in fields])
    if pa.types.is_decimal256(kind) and kind.precision <= _DECIMAL_DIGITS:
        return pa.decimal128(kind.precision, kind.scale)
    # A column without any value has no type; DuckDB has no 16-bit floats.
    return _PLAIN.get(kind, kind)


def _why_unreadable(kind: pa.DataType) -> str:
    """Return why values of a plain type cannot be stored, or nothing."""
    if pa.types.is_decimal256(kind):
        return f"its numbers have up to {kind.precision} digits, which is too many"
    parts = [kind.field(i).type for i in range(kind.num_fields)]
    return next(filter(None, map(_why_unreadable, parts)), "")


def _facts(
    item: pa.Field, described: tuple[str, str, str] | None
) -> tuple[str, str, str]:
    """Return unit, UCD and description of a column."""
    if described:
        return described
    unit, ucd, description = (
        (item.metadata or {}).get(key, b"").decode("utf-8", "replace")
        for key in (b"unit", b"ucd", b"description")
    )
    return unit, ucd, description


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


def _astropy_header(metadata: Mapping[bytes, bytes]) -> AstropyHeader:
    """Return what astropy says of the columns; our own exports say it too."""
    try:
        return read_header(metadata.get(_ASTROPY, b"").decode("utf-8"))
    except ValueError:
        # None, or somebody else's key.
        return AstropyHeader((), {})


def _astropy_facts(header: AstropyHeader) -> dict[str, tuple[str, str, str]]:
    return {c.name: (c.unit, c.ucd, c.description) for c in header.columns}


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


def _damaged(error: Exception) -> InputFileError:
    text = " ".join(str(error).split())[:200]
    return InputFileError(f"{FILE} is a damaged Parquet file: {text}")
