"""Take spectra in: files become rows of ``raw.spectra`` and their indices."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from stellarwh.errors import UsageError, did_you_mean
from stellarwh.runtime.progress import UNTOLD, Progress
from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.batch import Batch, Claims, Outcome, Refusal
from stellarwh.spectra.definitions import read_definitions
from stellarwh.spectra.files import find_spectra
from stellarwh.spectra.held import Held, Taken, take_definitions
from stellarwh.spectra.layouts.known import SURVEYS
from stellarwh.spectra.store import write_rows
from stellarwh.spectra.work import Work
from stellarwh.spectra.workers import run_beside, run_here, started, workers_for
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.raw_tables import check_tables_of_spectra

# The macros that it calls, for `stellarwh.warehouse.database.open_warehouse`.
CALLED = "healpix_nested null_if_missing null_if_missing_error"

# A batch has no more files, and no more bytes but for a single larger file.
_BATCH_FILES = 200
_BATCH_BYTES = 32 << 20
# Refusals that a result names; the warehouse has all.
_NAMED = 100


@dataclass
class SpectraResult:
    """What became of files of spectra.

    Attributes
    ----------
    survey : str
        Whose they are.
    files : int
        How many were named.
    spectra : int
        Spectra that went in.
    indices : int
        How many are measured in each.
    measured_anew : int
        Spectra that were held, and of which further indices were measured.
    held : int
        Files that were held, and nothing of them is new.
    refused : int
        Files and spectra that were refused.
    refusals : list of Refusal
        The first of these, with reasons; ``raw.spectra`` has all.
    refused_before : int
        Files that were refused before and are as they were.
    n_others : int
        Files of folders that are called like no spectrum, and were not read.
    by_velocity : dict of str to int
        How many of the spectra were shifted by the velocity of each source; None are
        those without any.
    disputed : int
        Spectra whose stated velocity was not used, as their lines tell another one, or
        two are stated that are far apart.
    seconds : float
        Wall time.
    """

    survey: str
    files: int
    indices: int
    n_others: int = 0
    spectra: int = 0
    measured_anew: int = 0
    held: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    refused_before: int = 0
    by_velocity: Counter[str | None] = field(default_factory=Counter)
    disputed: int = 0
    seconds: float = 0.0

    @property
    def all_refused(self) -> bool:
        """Whether no file went in, or had before."""
        return self.spectra == self.measured_anew == self.held == 0

    def add(self, outcome: Outcome) -> None:
        """Count what became of a batch."""
        self.spectra += outcome.spectra
        self.measured_anew += outcome.measured_anew
        self.held += outcome.held
        self.refused += len(outcome.refusals)
        self.refused_before += outcome.refused_before
        self.refusals += outcome.refusals[: _NAMED - len(self.refusals)]
        self.by_velocity.update(outcome.by_velocity)
        self.disputed += outcome.disputed


def ingest_spectra(
    connection: duckdb.DuckDBPyConnection,
    survey: str,
    files: Sequence[Path],
    *,
    definitions: Path | None = None,
    replace: bool = False,
    jobs: int | None = None,
    stored: Callable[[], None] = lambda: None,
    progress: Progress = UNTOLD,
) -> SpectraResult:
    """Read spectra and measure their indices, a batch of files at a time.

    What a batch gives is written in one transaction. Files are known by their SHA-256:
    those that are held are not read again, but where they lack indices.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing, not within a transaction.
    survey : str
        ``lamost``, ``galah``, ``apogee`` or ``sdss``.
    files : sequence of Path
        Files, folders and patterns.
    definitions : Path, optional
        Indices of the user's own; see `read_definitions`.
    replace : bool
        Read files anew that are held, and let spectra of ids that are held take their
        place.
    jobs : int, optional
        How many processes read and measure; by default one, or two where there are as
        many cores and more than some hundred files.
    stored : callable
        Called after each batch that was written.
    progress : Progress
        Hears how many files are done.

    Raises
    ------
    StellarwhError
        If the survey, a name or a definition will not do; nothing has changed then.
    """
    started_at = time.perf_counter()
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs={jobs} is no number of processes from 1 up.")
    if survey not in SURVEYS:
        raise UsageError(
            f"No spectra are known of a survey '{survey}'. "
            f"{did_you_mean(survey, SURVEYS)}"
        )
    check_tables_of_spectra(connection)
    defined = read_definitions(definitions)
    named = find_spectra(files)
    progress.expect(len(named.paths))
    result = SpectraResult(survey, len(named.paths), len(defined), named.n_others)
    to_write = take_definitions(connection, defined, replace=replace)
    run = datetime.now(UTC).replace(tzinfo=None)
    held = Held(connection, survey, run)
    is_whole = not held.lacks_any(defined.names)
    claims = Claims()

    def done(outcome: Outcome) -> None:
        _write(connection, survey, outcome, defined, to_write, run, replace=replace)
        claims.drop(outcome)
        result.add(outcome)
        progress.advance(outcome.files)
        stored()

    batches = (
        Batch(paths, held, claims, defined, replace, is_whole).steps()
        for paths in _batches(named.paths)
    )
    count = workers_for(len(named.paths), jobs)
    if count:
        with started(count, survey, defined) as workers:
            run_beside(batches, workers, done)
    else:
        run_here(batches, Work(survey, defined), done)
    result.seconds = time.perf_counter() - started_at
    return result


def _write(
    connection: duckdb.DuckDBPyConnection,
    survey: str,
    outcome: Outcome,
    definitions: Definitions,
    to_write: Taken,
    run: datetime,
    *,
    replace: bool,
) -> None:
    rows = outcome.rows
    if rows.spectra or rows.measured or rows.replaced:
        with transaction(connection):
            if rows.measured:
                to_write.write(connection)
            write_rows(connection, survey, rows, definitions, run, replace=replace)


def _batches(paths: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for path in paths:
        try:
            there = Path(path).stat().st_size
        except OSError:
            there = 0
        if batch and (len(batch) == _BATCH_FILES or size + there > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += there
    if batch:
        yield batch
