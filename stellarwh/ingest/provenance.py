"""What the warehouse remembers of each ingest: files and columns."""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from stellarwh.catalogues.formats import read_errors
from stellarwh.errors import InputFileError
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.fingerprint import FileFingerprint
from stellarwh.runtime.stages import Stages
from stellarwh.units import vounits
from stellarwh.warehouse.raw_tables import (
    HEALPIX_DESCRIPTION,
    comment_column,
    comment_text,
)


@dataclass(frozen=True)
class IngestRecord:
    """A row of ``meta.ingests``, but for its id and time."""

    survey: str
    file: str
    size: int
    sha256: str
    format: str
    release: str
    is_simulated: bool
    rows: int
    columns: int
    selection: str
    ra_column: str | None
    dec_column: str | None
    pmra_column: str | None
    pmdec_column: str | None
    epoch: float | None
    is_clustered: bool
    warnings: tuple[str, ...]
    seconds: float
    version: str
    file_table: str | None
    position_from: str | None
    made_of: list[dict[str, Any]] | None = None
    declared: list[dict[str, Any]] | None = None


def fingerprint_of(
    path: Path,
    opened: os.stat_result | None,
    stages: Stages,
    begun: FileFingerprint | None,
    parts: Sequence[Path] = (),
) -> FileFingerprint:
    """Return the fingerprint of a file: the one that has begun, if it is this file's.

    Of a folder it is that of its parts.

    Raises
    ------
    InputFileError
        If the file cannot be read.
    """
    if begun is not None and begun.path == path:
        return begun
    with read_errors(path):
        return FileFingerprint(path, opened, stages, parts)


def sha256_of(fingerprint: FileFingerprint) -> str:
    """Return the SHA-256 of a file once it is known.

    Raises
    ------
    InputFileError
        If the file cannot be read.
    """
    with read_errors(fingerprint.path):
        return fingerprint.sha256


def check_unchanged(fingerprint: FileFingerprint) -> None:
    """Raise InputFileError if the file was written to since it was opened."""
    with read_errors(fingerprint.path):
        has_changed = fingerprint.has_changed()
    if has_changed:
        raise InputFileError(
            f"{fingerprint.path} changed while it was read; ingest it when it is "
            "complete."
        )


def write_record(
    connection: duckdb.DuckDBPyConnection, record: IngestRecord, *, replaces: bool
) -> None:
    """Write a row of ``meta.ingests``, in place of the table's others or behind them.

    It gets an id that no file had: what was built or learned of one tells by it.
    """
    next_id = connection.execute(
        "select coalesce(max(ingest_id), 0) + 1 from meta.ingests"
    ).fetchone()
    if replaces:
        connection.execute("delete from meta.ingests where survey = ?", [record.survey])
    values = asdict(record) | {"warnings": list(record.warnings)}
    names = ", ".join(quote_identifier(name) for name in values)
    marks = ", ".join("?" for _ in values)
    connection.execute(
        f"insert into meta.ingests (ingest_id, ingested_at, {names}) "  # noqa: S608 - quoted identifiers
        f"values (?, now(), {marks})",
        [next_id[0] if next_id else 1, *values.values()],
    )


def write_columns(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[PlannedColumn]
) -> None:
    """Describe the raw table's columns in ``meta.columns`` and as comments."""
    connection.execute(
        "delete from meta.columns where schema_name = 'raw' and table_name = ?", [name]
    )
    own = PlannedColumn("healpix", None, pa.int64(), description=HEALPIX_DESCRIPTION)
    _describe(connection, name, [*columns, own])


def add_columns(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[PlannedColumn],
    new: Sequence[PlannedColumn],
) -> None:
    """Describe the columns that an appended file brought; say where others come from.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse in a transaction.
    name : str
        The raw table is ``raw.<name>``.
    columns, new : sequence of PlannedColumn
        The columns of the file, and those of them that the table did not have.
    """
    _describe(connection, name, new)
    there = [c for c in columns if c.source is not None]
    connection.execute(
        "update meta.columns set source_name = found.source from (select "
        "unnest(?::varchar[]) as name, unnest(?::varchar[]) as source) as found "
        "where schema_name = 'raw' and table_name = ? and source_name is null "
        "and lower(column_name) = lower(found.name)",
        [[c.name for c in there], [c.source and c.source.name for c in there], name],
    )


def _describe(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[PlannedColumn]
) -> None:
    if not columns:
        return
    table = f"raw.{quote_identifier(name)}"
    rows = [
        (c.name, c.source.name if c.source else None, c.unit, c.ucd, c.description)
        for c in columns
    ]
    names, sources, units, ucds, descriptions = zip(*rows, strict=True)
    mapped = vounits(zip(units, names, ucds, descriptions, strict=True))
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, "
        "? as table_name, unnest(?::varchar[]) as column_name, "
        "unnest(?::varchar[]) as source_name, "
        "nullif(unnest(?::varchar[]), '') as unit, "
        "nullif(unnest(?::varchar[]), '') as ucd, "
        "nullif(unnest(?::varchar[]), '') as description, "
        "unnest(?::varchar[]) as vounit",
        [name, *(list(v) for v in (names, sources, units, ucds, descriptions, mapped))],
    )
    for column, _, unit, ucd, description in rows:
        text = comment_text(description, unit, ucd)
        if text:
            comment_column(connection, table, column, text)
