"""Write rows of the warehouse to a file, with their units and descriptions."""

import gzip
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pyarrow as pa

from stellarwh.columnfacts import column_facts
from stellarwh.console import progress, warn
from stellarwh.csvlines import header_line, row_line, row_of, write_lines
from stellarwh.database import ROW_GROUP_ROWS
from stellarwh.ecsvwriter import write_ecsv
from stellarwh.errors import UsageError
from stellarwh.exportsource import Source, find_source, kept
from stellarwh.fitswriter import check_fits_columns, write_fits
from stellarwh.freshness import any_simulated, require_current_build, sources_of
from stellarwh.parquetwriter import parquet_has, write_parquet
from stellarwh.plain_columns import ecsv_text, output_columns, plain_relation
from stellarwh.quoting import quote_identifier
from stellarwh.votablewriter import write_votable
from stellarwh.wholefile import to_standard_output, whole_file

_BATCH_ROWS = 50_000
# Types that Arrow, and so Parquet, takes for others.
_NOT_IN_ARROW = re.compile(r"\b(U?HUGEINT|BIT)\b")
STANDARD_OUTPUT = Path("-")
_BINARY = (".parquet", ".fits", ".csv.gz")


def export_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    *,
    columns: Sequence[str] = (),
    kind: str | None = None,
    overwrite: bool = False,
) -> int:
    """Write a table, a view or the result of a SELECT to ``path``, whole or not at all.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        A table or view, with or without its schema; or one SELECT.
    path : Path
        The file; its ending chooses the format: .parquet, .csv, .csv.gz, .fits, .ecsv,
        .vot, .votable or .xml. ``-`` is standard output.
    columns : sequence of str
        Columns to write; with a minus before each, columns to leave out.
    kind : str, optional
        The format, in place of the ending: ``csv``, ``fits`` and so on. Standard
        output gets CSV unless this says otherwise.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    UsageError
        If the ending is unknown, the file exists already, or the format cannot hold
        the columns.
    WarehouseError
        If there is no such table or column, it shows what is stored of other data than
        stand in the warehouse, or the file cannot be written.
    """
    to_output = path == STANDARD_OUTPUT
    ending, write = _writer_of(path, kind or ("csv" if to_output else None))
    source = find_source(connection, table, columns)
    require_current_build(connection, source.sql)
    told = any_simulated(sources_of(connection, source.sql))
    source = replace(source, is_simulated=told is True)
    if to_output:
        if ending in _BINARY and sys.stdout.isatty():
            raise UsageError(f"{ending} is not for terminals; name a file or a pipe.")
        with to_standard_output(ending) as partial:
            return write(connection, source, partial)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already; add --overwrite to replace it.")
    with whole_file(path) as partial:
        return write(connection, source, partial)


def write_arrow(
    table: pa.Table,
    path: Path,
    facts: dict[str, dict[str, str]] | None = None,
    *,
    is_simulated: bool = False,
) -> int:
    """Write an Arrow table, of whose columns some things are known, to a new file."""
    _, write = _writer_of(path)
    check_new(path)
    with whole_file(path) as partial:
        connection = duckdb.connect()  # noqa: TID251 - in memory, beside the warehouse
        connection.register("pairs", table)
        source = Source(
            connection.table("pairs"),
            "pairs",
            None,
            is_stored=True,
            is_simulated=is_simulated,
            facts=facts or {},
        )
        return write(connection, source, partial)


def check_new(path: Path) -> None:
    """Refuse a file that is there, or whose ending names no format.

    Raises
    ------
    UsageError
        Naming it.
    """
    _writer_of(path)
    if path.exists():
        raise UsageError(f"{path} exists already; name another file.")


_Writer = Callable[[duckdb.DuckDBPyConnection, Source, Path], int]


def _writer_of(path: Path, kind: str | None = None) -> tuple[str, _Writer]:
    """Return the ending that a file has or that is asked for, and its writer."""
    writers: dict[str, _Writer] = {
        ".parquet": _write_parquet,
        ".csv": _write_csv,
        ".csv.gz": _write_csv,
        ".fits": _write_fits_table,
        ".ecsv": _write_ecsv_table,
        ".vot": _write_votable_table,
        ".votable": _write_votable_table,
        ".xml": _write_votable_table,
    }
    name = path.name.lower() if kind is None else f".{kind.lower().lstrip('.')}"
    for ending, write in writers.items():
        if name == ending or (kind is None and name.endswith(ending)):
            return ending, write
    if name.endswith(".hats"):
        raise UsageError("HATS cannot be written yet; export to .parquet instead.")
    what = f"The ending of {path.name}" if kind is None else f"'{kind}'"
    raise UsageError(f"{what} names no format; use {', '.join(writers)}.")


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path
) -> int:
    found = source.relation
    schema = found.limit(0).to_arrow_table().schema
    relation = found.select(
        ", ".join(
            _parquet_sql(field, str(kind))
            for field, kind in zip(schema, found.types, strict=True)
        )
    )
    # Asked first: a connection has one result at a time.
    facts = column_facts(connection, source)
    in_vounits = column_facts(connection, source, vounits=True)
    with progress(f"write {to.name}", None) as bar:
        return write_parquet(
            relation.to_arrow_reader(ROW_GROUP_ROWS),
            to,
            name=source.name,
            facts=facts,
            in_vounits=in_vounits,
            is_simulated=source.is_simulated,
            progress=bar.advance,
        )


def _parquet_sql(field: pa.Field, kind: str) -> str:
    name = quote_identifier(field.name)
    # Integers of 128 bits have more digits than decimals, and bits are no bytes; within
    # lists and structs too, where names of fields and of values may be anything.
    plain = re.sub(r"\"[^\"]*\"|'[^']*'", "", kind)
    is_text = bool(_NOT_IN_ARROW.search(plain)) or not parquet_has(field.type)
    return f"{name}::varchar as {name}" if is_text else name


def _write_csv(connection: duckdb.DuckDBPyConnection, source: Source, to: Path) -> int:
    if source.is_simulated:
        warn("These rows are of simulated catalogues, which CSV has no place to say.")
    names = source.relation.columns
    ((header,),) = connection.sql(f"select {header_line(names)}").fetchall()
    schema = source.relation.limit(0).to_arrow_table().schema
    lines = source.relation.select(row_of(schema))
    with _open_to_write(to) as file, progress(f"write {to.name}", None) as bar:
        file.write(header.encode("utf-8"))
        return write_lines(file, lines.to_arrow_reader(_BATCH_ROWS), bar.advance)


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


@contextmanager
def _plain_table(
    connection: duckdb.DuckDBPyConnection,
    found: Source,
    to: Path,
    *,
    vounits: bool,
    text_arrays: str,
) -> Iterator[_PlainTable]:
    """Give a table in plain types, with a progress bar for writing it."""
    source = kept(connection, found)
    ((rows,),) = source.relation.aggregate("count(*)").fetchall()
    relation = plain_relation(source.relation, text_arrays=text_arrays)
    facts = column_facts(connection, source, vounits=vounits)
    with progress(f"write {to.name}", rows) as bar:
        yield _PlainTable(relation, facts, rows, bar.advance)


def _write_fits_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path
) -> int:
    check_fits_columns(source.relation.columns)
    with _plain_table(
        connection, source, to, vounits=False, text_arrays="fixed"
    ) as table:
        relation, columns = output_columns(table.relation, table.facts)
        write_fits(
            relation.to_arrow_reader(_BATCH_ROWS),
            to,
            columns,
            table.rows,
            name=source.name,
            is_simulated=source.is_simulated,
            progress=table.advance,
        )
        return table.rows


def _write_votable_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path
) -> int:
    with _plain_table(
        connection, source, to, vounits=True, text_arrays="none"
    ) as table:
        relation, columns = output_columns(table.relation, table.facts)
        write_votable(
            relation.to_arrow_reader(_BATCH_ROWS),
            to,
            columns,
            name=source.name,
            is_simulated=source.is_simulated,
            progress=table.advance,
        )
        return table.rows


def _write_ecsv_table(
    connection: duckdb.DuckDBPyConnection, source: Source, to: Path
) -> int:
    with _plain_table(connection, source, to, vounits=True, text_arrays="all") as table:
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
            progress=table.advance,
        )
        return table.rows
