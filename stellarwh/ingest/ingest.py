"""Read catalogue files into one raw table, all of them or none."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import duckdb

from stellarwh.catalogues.formats import recognise_format
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import Advance, label_of, notes_of, parts_of
from stellarwh.errors import SurveyError, UsageError, WarehouseError, naming
from stellarwh.ingest.append import append_part
from stellarwh.ingest.load import plan_storage, undoing_settings
from stellarwh.ingest.options import Options, check_name, check_not_ours
from stellarwh.ingest.provenance import fingerprint_of, sha256_of
from stellarwh.ingest.request import (
    default_file,
    request_catalogue,
    request_survey,
)
from stellarwh.ingest.standing import HeldFile, listed_files, read_held
from stellarwh.ingest.unplaced import check_placed, with_told_position
from stellarwh.ingest.write import IngestResult, Job, write_new
from stellarwh.runtime.fingerprint import FileFingerprint
from stellarwh.runtime.stages import Stages
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.ingested_positions import write_ingested_positions
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.row_groups import row_groups_of

# The macros that reading a file calls, for
# `stellarwh.warehouse.database.open_warehouse`.
CALLED = "healpix_nested ra_of_designation dec_of_designation designation_part"


def ingest_survey(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    path: Path | None = None,
    *,
    columns: Sequence[str] | None = None,
    all_columns: bool = False,
    replace: bool = False,
    append: bool = False,
    ra: str | None = None,
    dec: str | None = None,
    epoch: float | None = None,
    release: str | None = None,
    no_position: bool = False,
    position_from: str | None = None,
    hdu: str | None = None,
    declare: Mapping[str, str] | None = None,
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
        Replace what ``raw.<name>`` holds from other files.
    append : bool
        Add the file's rows to those that ``raw.<name>`` holds of other files; columns
        are united by name. What was told of positions holds for this file, too.
    ra, dec : str, optional
        Position columns (degrees, ICRS) of a catalogue of the user's own.
    epoch : float, optional
        Epoch of its positions, a Julian year.
    release : str, optional
        Which of the releases of a known survey that the file's columns fit it is.
    no_position : bool
        Say that a catalogue of the user's own has no positions: its ``healpix`` is
        NULL, and it joins other tables by an id.
    position_from : str, optional
        A column of names such as 2M00000002+7417074: the positions are those in them.
    hdu : str, optional
        Which table of a file with several it is; see
        `stellarwh.catalogues.open.open_table`.
    declare : mapping of str to str, optional
        Which columns of a catalogue of the user's own are which of main.measurements,
        such as ``{"teff": "TEFF_FIT"}``.
    advance : callable, optional
        Called with bytes of the file read since the last call.

    Raises
    ------
    StellarwhError
        If the name, the file, its columns or its positions are not right, or the
        warehouse holds another file for the name.
    """
    options = Options(
        columns=columns,
        all_columns=all_columns,
        replace=replace,
        append=append,
        ra=ra,
        dec=dec,
        epoch=epoch,
        release=release,
        no_position=no_position,
        position_from=position_from,
        hdu=hdu,
        declare=declare or {},
    )
    paths = [] if path is None else [path]
    return ingest_files(connection, name, paths, options, advance)[-1]


def ingest_files(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    paths: Sequence[Path],
    options: Options,
    advance: Advance = lambda _: None,
    stages: Stages | None = None,
    begun: FileFingerprint | None = None,
) -> list[IngestResult]:
    """Read one or several files into ``raw.<name>``; on any error nothing changes.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse, not within a transaction.
    name : str
        A known survey, or a name for a catalogue of the user's own.
    paths : sequence of Path
        The files, in order; if there are none, the release's file in ``data/``.
    options : Options
        What `ingest_survey` describes; they hold for every file.
    advance : callable, optional
        Called with bytes of the files read since the last call.
    stages : Stages, optional
        Adds up what each stage takes.
    begun : FileFingerprint, optional
        One of the files, whose hashing has begun already.

    Returns
    -------
    list of IngestResult
        One of each file.

    Raises
    ------
    StellarwhError
        As `ingest_survey`; or a file does not fit the others.
    """
    stages = stages or Stages()
    check_not_ours(name)
    held = read_held(connection, name, replace=options.replace)
    options = options.for_more_of(name, held)
    is_known = check_name(name, options)
    files = list(dict.fromkeys(map(Path, paths)))
    if not is_known:
        options = with_told_position(options, files)
    check_placed(name, options, files, is_known=is_known)
    files = files or [default_file(name)]
    for path in files:
        recognise_format(path)  # a name that is mistyped must not come up at the end
    results: list[IngestResult] = []
    read: list[FileFingerprint] = []
    is_begun = False
    try:
        with ExitStack() as stack:
            for path in files:
                with stages.of("reading the header"):
                    job = _prepare(
                        name, path, options, stages, begun, is_known=is_known
                    )
                read.append(job.fingerprint)
                _check_unlike(job.fingerprint, read[:-1])
                twin = _find_same(job, held, is_chosen=options.hdu is not None)
                if twin is not None:
                    results.append(_unchanged(job, twin))
                    continue
                if held and not options.append:
                    raise _already_holds(job, held)
                if not is_begun:
                    _begin(stack, connection, job)
                is_first = not held and not is_begun
                is_begun = True
                results.append(_write(connection, job, advance, is_first=is_first))
            if is_begun:
                write_ingested_positions(connection)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{read[-1].path} cannot be stored in the warehouse: "
            f"{first_line(str(error))}"
        ) from None
    finally:
        # Where all went well, nothing is left to hash; else nobody will ask.
        for fingerprint in (*read, *([begun] if begun else [])):
            fingerprint.stop()
    return results


def _begin(stack: ExitStack, connection: duckdb.DuckDBPyConnection, job: Job) -> None:
    """Begin the transaction of all files; the first tells how rows are stored."""
    stack.enter_context(row_groups_of(connection, job.plan.row_group_rows))
    stack.enter_context(undoing_settings(connection))
    stack.enter_context(transaction(connection))


def _write(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    advance: Advance,
    *,
    is_first: bool,
) -> IngestResult:
    """Write a file into the transaction: the first of a table makes it."""
    if is_first:
        return write_new(connection, job, advance)
    held = read_held(connection, job.request.name, replace=False)
    return append_part(connection, job, held, advance)


def _prepare(
    name: str,
    path: Path,
    options: Options,
    stages: Stages,
    begun: FileFingerprint | None,
    *,
    is_known: bool,
) -> Job:
    """Open a file and settle how it is read."""
    started = time.perf_counter()
    opened = path.stat() if path.is_file() else None
    table = open_table(path, options.hdu)
    try:
        make = request_survey if is_known else request_catalogue
        with naming(path):
            request = make(name, table, options)
    except SurveyError as error:
        # Another table of the file may be the one that was meant.
        raise SurveyError(" ".join((str(error), *notes_of(table)))) from None
    plan = plan_storage(table, request.columns)
    fingerprint = fingerprint_of(path, opened, stages, begun, parts_of(table))
    return Job(request, plan, fingerprint, started, stages)


def _check_unlike(mine: FileFingerprint, others: Sequence[FileFingerprint]) -> None:
    """Refuse a file that is given twice in one go, under whatever names."""
    for other in others:
        if mine.size == other.size and sha256_of(mine) == sha256_of(other):
            raise UsageError(
                f"{mine.path} is the same file as {other.path}; name it once."
            )


def _find_same(
    job: Job, held: Sequence[HeldFile], *, is_chosen: bool
) -> HeldFile | None:
    """Return the held file that this one is, if it was read in this very way.

    Raises
    ------
    WarehouseError
        If it was read in another way.
    """
    for file in held:
        mine = job.fingerprint
        if mine.size != file.size or sha256_of(mine) != file.sha256:
            continue
        label = label_of(job.request.table)
        # Warehouses of before tables could be chosen hold the one read by default.
        if label != (file.file_table or (None if is_chosen else label)):
            continue
        if file.selection.lower() != job.request.selection.lower():
            raise WarehouseError(
                f"raw.{job.request.name} already holds this file with other columns or "
                "options; give --replace to read it again."
            )
        return file
    return None


def _unchanged(job: Job, held: HeldFile) -> IngestResult:
    return IngestResult(
        survey=job.request.name,
        file=job.fingerprint.path,
        rows=held.rows,
        columns=held.columns,
        release=held.release,
        is_simulated=held.is_simulated,
        warnings=(),
        seconds=time.perf_counter() - job.started,
        unchanged=True,
    )


def _already_holds(job: Job, held: Sequence[HeldFile]) -> WarehouseError:
    """Return what to say where a table holds other files."""
    name, mine = job.request.name, job.fingerprint
    rows = sum(file.rows for file in held)
    label = label_of(job.request.table)
    same = [f for f in held if (f.size, f.sha256) == (mine.size, sha256_of(mine))]
    what, this = f"{listed_files(held)} ({rows:,} rows)", "this file"
    if same:
        what = f"another table of this file ({same[0].file_table or 'the first one'})"
        this = str(label)
    return WarehouseError(
        f"raw.{name} already holds {what}; give --append to add {this} to it, or "
        f"--replace to put {this} in its place."
    )
