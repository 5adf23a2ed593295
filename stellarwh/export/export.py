"""Write rows of the warehouse to a file, with their units and descriptions."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.errors import UsageError
from stellarwh.export.formats import WRITERS, Progress, Writer
from stellarwh.export.hats.collection import is_hats_folder, write_collection
from stellarwh.export.hats.options import HatsOptions
from stellarwh.export.source import Source, find_source
from stellarwh.runtime.interrupts import interruptible
from stellarwh.runtime.listening import progress as bar_of
from stellarwh.warehouse.bounded import in_bounded_memory
from stellarwh.warehouse.files.whole_file import to_standard_output, whole_file
from stellarwh.warehouse.files.whole_folder import whole_folder
from stellarwh.warehouse.freshness import (
    any_simulated,
    require_current_build,
    sources_of,
    tables_read,
)
from stellarwh.warehouse.scale_facts import scale_keywords

STANDARD_OUTPUT = Path("-")
# Of DuckDB, beside what a row group takes while it is packed.
_MEMORY_MIB = 400
_HATS = ".hats"
_BINARY = (".parquet", ".fits", ".csv.gz")


def export_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    *,
    columns: Sequence[str] = (),
    kind: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    hats: HatsOptions | None = None,
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
        .vot, .votable or .xml; .hats is a folder. ``-`` is standard output.
    columns : sequence of str
        Columns to write; with a minus before each, columns to leave out.
    kind : str, optional
        The format, in place of the ending: ``csv``, ``fits`` and so on. Standard
        output gets CSV unless this says otherwise.
    overwrite : bool
        Replace a file that exists.
    progress : callable, optional
        Told how many rows of how many have been written, first that none has; of None
        where only the end will tell. A terminal gets a bar unless this is given.
    hats : HatsOptions, optional
        How a HATS collection is cut.

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
    if _is_hats(path, kind):
        return _export_hats(
            connection,
            table,
            path,
            columns,
            hats or HatsOptions(),
            progress,
            overwrite=overwrite,
        )
    if hats is not None:
        raise UsageError(
            "A margin and rows of partitions are for HATS; give --format hats."
        )
    to_output = path == STANDARD_OUTPUT
    ending, write = _writer_of(path, kind or ("csv" if to_output else None))
    source = told_source(connection, table, columns)
    if to_output and ending in _BINARY and sys.stdout.isatty():
        raise UsageError(f"{ending} is not for terminals; name a file or a pipe.")
    if to_output and ending in _BINARY and not hasattr(sys.stdout, "buffer"):
        raise UsageError(
            f"Standard output takes nothing but text here, and {ending} is none; name "
            "a file."
        )
    if not to_output and path.exists() and not overwrite:
        raise UsageError(f"{path} exists already; add --overwrite to replace it.")
    with (
        to_standard_output(ending) if to_output else whole_file(path) as partial,
        _told(progress, path) as told_to,
    ):
        return in_bounded_memory(
            connection,
            _MEMORY_MIB,
            lambda: write(connection, source, partial, told_to),
        )


def told_source(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str] = ()
) -> Source:
    """Return the rows to export, with what is to be said of them.

    Raises
    ------
    UsageError, WarehouseError
        As `find_source` does, and if what they are of is of other data than stand in
        the warehouse.
    """
    source = find_source(connection, table, columns)
    require_current_build(connection, source.sql)
    tables = tables_read(connection, source.sql)
    told = any_simulated(sources_of(connection, tables))
    said = scale_keywords(connection, tables)
    return replace(source, is_simulated=told is True, said=said)


def _is_hats(path: Path, kind: str | None) -> bool:
    if kind is not None:
        return kind.lower().lstrip(".") == "hats"
    return path.name.lower().endswith(_HATS)


def _export_hats(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    columns: Sequence[str],
    options: HatsOptions,
    progress: Progress | None,
    *,
    overwrite: bool,
) -> int:
    """Write a HATS collection; a folder of anything else is never replaced."""
    if path == STANDARD_OUTPUT:
        raise UsageError("HATS is a folder, and no standard output; name one.")
    path = path.absolute()
    if path.exists() and not is_hats_folder(path):
        raise UsageError(f"{path} is there already, and is no HATS folder.")
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already; add --overwrite to replace it.")
    source = told_source(connection, table, columns)
    name = re.sub(r"\W+", "_", path.name.removesuffix(_HATS)) or "catalogue"
    with whole_folder(path) as partial, _told(progress, path) as told_to:
        return in_bounded_memory(
            connection,
            _MEMORY_MIB,
            lambda: write_collection(
                connection, source, partial, name, options, told_to
            ),
        )


@contextmanager
def _told(progress: Progress | None, path: Path) -> Iterator[Progress]:
    """Give who is told of the progress: a bar if nobody else."""
    if progress is not None:
        yield progress
        return
    with bar_of(f"write {path.name}", unit="rows") as bar:
        yield bar.reach


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
    with whole_file(path) as partial, _told(None, path) as told:
        connection = interruptible(duckdb.connect())  # noqa: TID251 - beside the warehouse
        connection.register("pairs", table)
        source = Source(
            connection.table("pairs"),
            "pairs",
            None,
            is_stored=True,
            is_simulated=is_simulated,
            facts=facts or {},
        )
        return write(connection, source, partial, told)


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


def _writer_of(path: Path, kind: str | None = None) -> tuple[str, Writer]:
    """Return the ending that a file has or that is asked for, and its writer."""
    name = path.name.lower() if kind is None else f".{kind.lower().lstrip('.')}"
    for ending, write in WRITERS.items():
        if name == ending or (kind is None and name.endswith(ending)):
            return ending, write
    what = f"The ending of {path.name}" if kind is None else f"'{kind}'"
    raise UsageError(f"{what} names no format; use {', '.join((*WRITERS, _HATS))}.")
