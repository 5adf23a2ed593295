"""Write one file into its raw table, with everything said about it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh import __version__
from stellarwh.catalogues.table import Advance, NullCounts, label_of, no_nulls, notes_of
from stellarwh.ingest.designation import UNREADABLE, describe_names
from stellarwh.ingest.ids import rounded_ids
from stellarwh.ingest.load import StoragePlan, count_nulls, load_rows
from stellarwh.ingest.null_audit import count_sentinels, write_null_audit
from stellarwh.ingest.own_columns import drop_own_healpix
from stellarwh.ingest.position import check_positions
from stellarwh.ingest.provenance import (
    IngestRecord,
    check_unchanged,
    sha256_of,
    write_columns,
    write_record,
)
from stellarwh.ingest.request import Request
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.fingerprint import FileFingerprint
from stellarwh.runtime.stages import Stages


@dataclass(frozen=True)
class IngestResult:
    """What an ingest did.

    Parameters
    ----------
    survey : str
        The raw table is ``raw.<survey>``.
    file : Path
        The file that was read.
    rows, columns : int
        Rows of the file, and columns of the raw table, `healpix` not counted.
    release : str
        As recognised from the columns.
    is_simulated : bool
        Whether the file says that `stellarwh simulate` wrote it.
    warnings : tuple of str
        What the user should know: missing columns, rows without position.
    seconds : float
        Wall time.
    unchanged : bool
        The warehouse held this very file already; nothing was done.
    total_rows : int or None
        Rows of the raw table, where the file was appended to others.
    hints : tuple of str
        What more could be made of the file.
    """

    survey: str
    file: Path
    rows: int
    columns: int
    release: str
    is_simulated: bool
    warnings: tuple[str, ...]
    seconds: float
    unchanged: bool = False
    total_rows: int | None = None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """A file that is about to be read, and how."""

    request: Request
    plan: StoragePlan
    fingerprint: FileFingerprint
    started: float
    stages: Stages


@dataclass(frozen=True)
class LoadedPart:
    """The rows of a file in a table, and what was found on reading them."""

    rows: int
    columns: tuple[PlannedColumn, ...]
    nulls: list[tuple[str, str, int]]  # column, rule, count
    warnings: tuple[str, ...]


def load_part(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    job: Job,
    columns: Sequence[PlannedColumn],
    advance: Advance,
) -> LoadedPart:
    """Read a file into a table of its own, within a transaction."""
    request = job.request
    position = request.position
    nulls = no_nulls()
    load_rows(
        connection,
        table,
        request.table,
        columns,
        position,
        job.plan,
        nulls,
        advance,
        job.stages,
    )
    with job.stages.of("checking"):
        return _checked(connection, table, job, columns, nulls)


def _checked(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    job: Job,
    columns: Sequence[PlannedColumn],
    nulls: NullCounts,
) -> LoadedPart:
    """Look at the rows of a part that is loaded."""
    request, position = job.request, job.request.position
    counted = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - quoted identifier
    rows = int(counted[0]) if counted else 0
    kept, settled = drop_own_healpix(connection, table, columns)
    audit = count_nulls(kept, nulls)
    if rows:
        absent = [c for c in kept if not (c.source or c.expression)]
        audit += [(column.name, "column absent", rows) for column in absent]
    if request.position_from is None:
        placing = check_positions(connection, table, position, rows)
    else:
        placing, lacking = describe_names(
            connection, table, request.position_from, rows
        )
        if lacking:
            audit += [(c.name, UNREADABLE, lacking) for c in kept if c.expression]
    warnings = (
        *notes_of(request.table),
        *(text for text in request.plan.warnings if text not in settled),
        *placing,
        *rounded_ids(connection, table, kept, nulls, request.needed),
    )
    return LoadedPart(rows, tuple(kept), audit, warnings)


def write_new(
    connection: duckdb.DuckDBPyConnection, job: Job, advance: Advance
) -> IngestResult:
    """Write the raw table and everything about it, within a transaction."""
    request = job.request
    table = f"raw.{quote_identifier(request.name)}"
    part = load_part(connection, table, job, request.columns, advance)
    with job.stages.of("checking"):
        sentinels = count_sentinels(connection, table, request.sentinels)
        write_null_audit(connection, request.name, part.nulls, sentinels)
    with job.stages.of("describing"):
        write_columns(connection, request.name, part.columns)
    return record(connection, job, part, len(part.columns), part.warnings)


def record(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    part: LoadedPart,
    columns: int,
    warnings: tuple[str, ...],
    *,
    total_rows: int | None = None,
) -> IngestResult:
    """Write what was read to ``meta.ingests``, if the file is still what it was."""
    request, fingerprint = job.request, job.fingerprint
    with job.stages.of("waiting for the hash"):
        sha256 = sha256_of(fingerprint)
    check_unchanged(fingerprint)
    result = IngestResult(
        survey=request.name,
        file=fingerprint.path,
        rows=part.rows,
        columns=columns,
        release=request.plan.release,
        is_simulated=request.is_simulated,
        warnings=warnings,
        seconds=time.perf_counter() - job.started,
        total_rows=total_rows,
        hints=request.hints,
    )
    written = IngestRecord(
        survey=request.name,
        file=str(fingerprint.path),
        size=fingerprint.size,
        sha256=sha256,
        format=request.table.format,
        release=result.release,
        is_simulated=result.is_simulated,
        rows=part.rows,
        columns=columns,
        selection=request.selection,
        ra_column=request.position.ra,
        dec_column=request.position.dec,
        pmra_column=request.pmra,
        pmdec_column=request.pmdec,
        epoch=request.epoch,
        is_clustered=job.plan.sorted and total_rows is None,
        warnings=warnings,
        seconds=result.seconds,
        version=__version__,
        file_table=label_of(request.table),
        position_from=request.position_from,
        declared=[
            {
                "name": of.name,
                "column_name": of.column,
                "unit": of.unit or None,
                "factor": of.factor,
            }
            for of in request.declared
        ]
        or None,
    )
    write_record(connection, written, replaces=total_rows is None)
    return result
