"""The writers of each format of an export."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pyarrow as pa

from stellarwh.catalogues.ecsv.write import write_ecsv
from stellarwh.catalogues.fits.write import check_fits_columns, write_fits
from stellarwh.catalogues.parquet.write import parquet_has, write_parquet
from stellarwh.catalogues.table import VECTOR_ROWS
from stellarwh.catalogues.text.write import header_line, row_line, row_of, write_lines
from stellarwh.catalogues.votable.write import write_votable
from stellarwh.export.plain_columns import (
    ecsv_text,
    has_text_lists,
    numbered_booleans,
    output_columns,
    plain_relation,
    types_within,
    with_joined_texts,
)
from stellarwh.export.source import Source, column_facts, kept
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.listening import note, warn
from stellarwh.warehouse.row_groups import ROW_GROUP_ROWS

# Told how many rows of how many have been written; of None where nobody knows yet.
Progress = Callable[[int, int | None], None]
Writer = Callable[[duckdb.DuckDBPyConnection, Source, Path, Progress], int]

_BATCH_ROWS = 50_000
_MOST_VALUES = 8_000_000
# Types that Arrow, and so Parquet, takes for others.
_NOT_IN_ARROW = {"HUGEINT", "UHUGEINT", "BIT"}


@dataclass
class Counted:
    """Counts the rows that are written, and tells of them."""

    progress: Progress
    rows: int | None
    done: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.progress(0, self.rows)

    def add(self, rows: int) -> None:
        """Tell of rows that were written."""
        self.done += rows
        self.progress(self.done, self.rows)


def _rows_of(source: Source) -> int | None:
    """Return how many rows there are, where that is known without computing them."""
    if not source.is_stored:
        return None
    ((rows,),) = source.relation.aggregate("count(*)").fetchall()
    return int(rows)


def schema_of(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> pa.Schema:
    """Return the columns of a relation as Arrow has them, without planning it anew."""
    nothing = ", ".join(
        f"null::{kind} as {quote_identifier(name)}"
        for name, kind in zip(relation.columns, relation.types, strict=True)
    )
    try:
        return connection.sql(f"select {nothing}").to_arrow_table().schema
    except duckdb.Error:  # some types have no name that can be written
        return relation.limit(0).to_arrow_table().schema


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path, progress: Progress
) -> int:
    relation = _for_parquet(connection, source.relation)
    # Asked first: a connection has one result at a time.
    facts = column_facts(connection, source)
    in_vounits = column_facts(connection, source, vounits=True)
    counted = Counted(progress, _rows_of(source))
    return write_parquet(
        relation.to_arrow_reader(_row_group(len(relation.columns))),
        to,
        name=source.name,
        facts=facts,
        in_vounits=in_vounits,
        is_simulated=source.is_simulated,
        said=source.said,
        progress=counted.add,
    )


def parquet_batches(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> pa.RecordBatchReader:
    """Return rows in types that Parquet has, in batches of a row group each."""
    relation = _for_parquet(connection, relation)
    return relation.to_arrow_reader(_row_group(len(relation.columns)))


def _for_parquet(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> duckdb.DuckDBPyRelation:
    schema = schema_of(connection, relation)
    columns = parquet_items(schema, relation.types)
    # A view that joins much takes long to plan: once is enough.
    if columns == [quote_identifier(field.name) for field in schema]:
        return relation
    return relation.select(", ".join(columns))


def _row_group(columns: int) -> int:
    """Return the rows of a row group: fewer of a wide table, as each is held whole."""
    fit = _MOST_VALUES // max(columns, 1) // VECTOR_ROWS * VECTOR_ROWS
    return min(max(fit, VECTOR_ROWS), ROW_GROUP_ROWS)


def parquet_items(schema: pa.Schema, kinds: Sequence[object]) -> list[str]:
    """Return columns as SQL, in types that Parquet has and readers take."""
    return [
        _parquet_sql(field, str(kind))
        for field, kind in zip(schema, kinds, strict=True)
    ]


def _parquet_sql(field: pa.Field, kind: str) -> str:
    name = quote_identifier(field.name)
    # Integers of 128 bits have more digits than decimals, and bits are no bytes.
    is_text = bool(_NOT_IN_ARROW & types_within(kind)) or not parquet_has(field.type)
    return f"{name}::varchar as {name}" if is_text else name


def _write_csv(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path, progress: Progress
) -> int:
    if source.is_simulated:
        warn("These rows are of simulated catalogues, which CSV has no place to say.")
    if source.said:
        told = ", ".join(f"{keyword} {text}" for keyword, text in source.said.items())
        note(f"CSV has no place to say which scale its values are on: {told}.")
    if has_text_lists(source.relation):  # looked at before they are written
        source = kept(connection, source)
    relation = with_joined_texts(source.relation)
    names = relation.columns
    ((header,),) = connection.sql(f"select {header_line(names)}").fetchall()
    schema = schema_of(connection, relation)
    lines = relation.select(row_of(schema))
    counted = Counted(progress, _rows_of(source))
    with _open_to_write(to) as file:
        file.write(header.encode("utf-8"))
        return write_lines(file, lines.to_arrow_reader(_BATCH_ROWS), counted.add)


def _open_to_write(path: Path) -> BinaryIO:
    if path.name.lower().endswith(".gz"):
        return cast(BinaryIO, gzip.open(path, "wb", 6))
    return path.open("wb")


@dataclass(frozen=True)
class _PlainTable:
    """A table whose columns have types that FITS, VOTable and ECSV have."""

    relation: duckdb.DuckDBPyRelation
    facts: dict[str, dict[str, str]]
    rows: int
    advance: Callable[[int], None]


def _plain_table(
    connection: duckdb.DuckDBPyConnection,
    found: Source,
    progress: Progress,
    *,
    vounits: bool,
    text_arrays: str,
) -> _PlainTable:
    """Return a table in plain types."""
    source = kept(connection, found)
    ((rows,),) = source.relation.aggregate("count(*)").fetchall()
    relation = plain_relation(source.relation, text_arrays=text_arrays)
    facts = column_facts(connection, source, vounits=vounits)
    return _PlainTable(relation, facts, rows, Counted(progress, rows).add)


def _write_fits_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path, progress: Progress
) -> int:
    check_fits_columns(source.relation.columns)
    table = _plain_table(
        connection, source, progress, vounits=False, text_arrays="fixed"
    )
    relation, columns = output_columns(numbered_booleans(table.relation), table.facts)
    write_fits(
        relation.to_arrow_reader(_BATCH_ROWS),
        to,
        columns,
        table.rows,
        name=source.name,
        is_simulated=source.is_simulated,
        said=source.said,
        progress=table.advance,
    )
    return table.rows


def _write_votable_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path, progress: Progress
) -> int:
    table = _plain_table(connection, source, progress, vounits=True, text_arrays="none")
    relation, columns = output_columns(table.relation, table.facts)
    write_votable(
        relation.to_arrow_reader(_BATCH_ROWS),
        to,
        columns,
        name=source.name,
        is_simulated=source.is_simulated,
        said=source.said,
        progress=table.advance,
    )
    return table.rows


def _write_ecsv_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path, progress: Progress
) -> int:
    table = _plain_table(connection, source, progress, vounits=True, text_arrays="all")
    schema = table.relation.limit(0).to_arrow_table().schema
    names = table.relation.columns
    ((header,),) = connection.sql(f"select {header_line(names)}").fetchall()
    lines = table.relation.select(
        row_line([(ecsv_text(field), field.type) for field in schema])
    )
    write_ecsv(
        lines.to_arrow_reader(_BATCH_ROWS),
        to,
        header,
        schema,
        table.facts,
        is_simulated=source.is_simulated,
        said=source.said,
        progress=table.advance,
    )
    return table.rows


WRITERS: dict[str, Writer] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".csv.gz": _write_csv,
    ".fits": _write_fits_table,
    ".ecsv": _write_ecsv_table,
    ".vot": _write_votable_table,
    ".votable": _write_votable_table,
    ".xml": _write_votable_table,
}
