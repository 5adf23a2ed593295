"""Read one catalogue file into one raw table, with everything said about it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from stellarwh import __version__
from stellarwh.database import first_line, row_groups_of, transaction
from stellarwh.errors import SurveyError, WarehouseError
from stellarwh.ingest.ids import rounded_ids
from stellarwh.ingest.load import (
    StoragePlan,
    count_nulls,
    load_rows,
    plan_storage,
    undoing_settings,
)
from stellarwh.ingest.own_columns import drop_own_healpix
from stellarwh.ingest.position import check_positions
from stellarwh.ingest.provenance import (
    FileFingerprint,
    IngestRecord,
    count_sentinels,
    write_columns,
    write_null_audit,
    write_record,
)
from stellarwh.ingest.request import (
    Request,
    check_name,
    default_file,
    request_catalogue,
    request_survey,
)
from stellarwh.ingest.standing import HeldFile, read_held
from stellarwh.ingested_positions import write_ingested_positions
from stellarwh.offline import no_network
from stellarwh.quoting import quote_identifier
from stellarwh.readers import Advance, label_of, no_nulls, notes_of, open_table


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
        Size of the raw table, `healpix` not counted.
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


@no_network()
def ingest_survey(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path | None = None,
    *,
    columns: Sequence[str] | None = None,
    all_columns: bool = False,
    replace: bool = False,
    ra: str | None = None,
    dec: str | None = None,
    epoch: float | None = None,
    release: str | None = None,
    no_position: bool = False,
    hdu: str | None = None,
    advance: Advance = lambda _: None,
) -> IngestResult:
    """Read a catalogue file into ``raw.<name>``; on any error nothing changes.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse, not within a transaction.
    name : str
        A known survey, or a name for a catalogue of the user's own.
    path : Path, optional
        The file; for a known survey by default the release's file in ``data/``.
    columns : sequence of str, optional
        For a known survey, further columns of the file to keep. For another
        catalogue, the only ones to keep (besides its position).
    all_columns : bool
        Keep every column of the file, under its own name.
    replace : bool
        Replace what ``raw.<name>`` holds from another file.
    ra, dec : str, optional
        Position columns (degrees, ICRS) of a catalogue of the user's own.
    epoch : float, optional
        Epoch of its positions, a Julian year.
    release : str, optional
        Which of the releases of a known survey that the file's columns fit it is.
    no_position : bool
        Say that a catalogue of the user's own has no positions: its ``healpix`` is
        NULL, and it joins other tables by an id.
    hdu : str, optional
        Which table of a file with several it is; see `stellarwh.readers.open_table`.
    advance : callable, optional
        Called with bytes of the file read since the last call.

    Raises
    ------
    StellarwhError
        If the name, the file, its columns or its positions are not right, or the
        warehouse holds another file for the name.
    """
    started = time.perf_counter()
    is_known = check_name(name, ra, dec, epoch, release, no_position=no_position)
    path = default_file(name) if path is None else Path(path)
    opened = path.stat() if path.is_file() else None
    table = open_table(path, hdu)
    try:
        if is_known:
            request = request_survey(
                name, table, columns, all_columns=all_columns, release=release
            )
        else:
            request = request_catalogue(name, table, columns, ra, dec, epoch)
    except SurveyError as error:
        # Another table of the file may be the one that was meant.
        raise SurveyError(" ".join((str(error), *notes_of(table)))) from None
    fingerprint = FileFingerprint(path, opened)
    previous = read_held(connection, name, replace=replace)
    if previous is not None:
        _check_same(name, request, fingerprint, previous, is_chosen=hdu is not None)
        return IngestResult(
            survey=name,
            file=path,
            rows=previous.rows,
            columns=previous.columns,
            release=previous.release,
            is_simulated=previous.is_simulated,
            warnings=(),
            seconds=time.perf_counter() - started,
            unchanged=True,
        )
    try:
        plan = plan_storage(table, request.columns)
        with (
            row_groups_of(connection, plan.row_group_rows),
            undoing_settings(connection),
            transaction(connection),
        ):
            return _write(connection, request, plan, fingerprint, started, advance)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path} cannot be stored in the warehouse: {first_line(str(error))}"
        ) from None


def _check_same(
    name: str,
    request: Request,
    fingerprint: FileFingerprint,
    previous: HeldFile,
    *,
    is_chosen: bool,
) -> None:
    """Refuse unless the table was read from this very file in this very way."""
    same_file = (
        fingerprint.size == previous.size and fingerprint.sha256 == previous.sha256
    )
    if not same_file:
        raise WarehouseError(
            f"raw.{name} already holds {previous.file} ({previous.rows:,} rows); "
            "give --replace to put this file in its place."
        )
    label = label_of(request.table)
    # Warehouses of before tables could be chosen hold the one read without a choice.
    was = previous.file_table or (None if is_chosen else label)
    if label != was:
        raise WarehouseError(
            f"raw.{name} already holds another table of this file "
            f"({previous.file_table or 'the first one'}); give --replace to put "
            f"{label} in its place."
        )
    if request.selection != previous.selection:
        raise WarehouseError(
            f"raw.{name} already holds this file with other columns or options; "
            "give --replace to read it again."
        )


def _write(
    connection: duckdb.DuckDBPyConnection,
    request: Request,
    plan: StoragePlan,
    fingerprint: FileFingerprint,
    started: float,
    advance: Advance,
) -> IngestResult:
    """Write the raw table and everything about it, within a transaction."""
    table = f"raw.{quote_identifier(request.name)}"
    position = request.position
    nulls = no_nulls()
    load_rows(
        connection,
        table,
        request.table,
        request.columns,
        position,
        plan,
        nulls,
        advance,
    )
    counted = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - quoted identifier
    rows = int(counted[0]) if counted else 0
    columns, settled = drop_own_healpix(connection, table, request.columns)
    warnings = (
        *notes_of(request.table),
        *(text for text in request.plan.warnings if text not in settled),
        *check_positions(connection, table, position, rows),
        *rounded_ids(connection, table, columns, nulls, request.needed),
    )
    absent = [(c.name, "column absent", rows) for c in columns if not c.source]
    write_null_audit(
        connection,
        request.name,
        count_nulls(columns, nulls) + [entry for entry in absent if rows],
        count_sentinels(connection, table, request.sentinels),
    )
    write_columns(connection, request.name, columns)
    fingerprint.check_unchanged()
    is_simulated = request.table.keywords.get("SIMULATE") is True
    result = IngestResult(
        survey=request.name,
        file=fingerprint.path,
        rows=rows,
        columns=len(columns),
        release=request.plan.release,
        is_simulated=is_simulated,
        warnings=warnings,
        seconds=time.perf_counter() - started,
    )
    record = IngestRecord(
        survey=request.name,
        file=str(fingerprint.path),
        size=fingerprint.size,
        sha256=fingerprint.sha256,
        format=request.table.format,
        release=result.release,
        is_simulated=is_simulated,
        rows=rows,
        columns=result.columns,
        selection=request.selection,
        ra_column=position.ra,
        dec_column=position.dec,
        pmra_column=request.pmra,
        pmdec_column=request.pmdec,
        epoch=request.epoch,
        is_clustered=plan.sorted,
        warnings=warnings,
        seconds=result.seconds,
        version=__version__,
        file_table=label_of(request.table),
    )
    write_record(connection, record)
    write_ingested_positions(connection)
    return result
