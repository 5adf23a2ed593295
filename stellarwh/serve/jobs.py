"""Jobs: queries whose answer is fetched later. The event loop alone changes them."""

import asyncio
import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from stellarwh.runtime.folders import make_folders, remove_whole
from stellarwh.serve.answers import told
from stellarwh.serve.limits import Limits
from stellarwh.serve.problems import Problem
from stellarwh.serve.runs import Pool, Run
from stellarwh.serve.uploads import Upload

__all__ = ["Job", "Jobs", "Phase"]

# Writes the answer to a job's query to a file, and returns what it is for HTTP.
Work = Callable[["Job", Run, BinaryIO], str]


class Phase(StrEnum):
    """What a job does."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"

    @property
    def is_active(self) -> bool:
        """Whether it will change."""
        return self in (Phase.PENDING, Phase.QUEUED, Phase.EXECUTING)


@dataclass(eq=False)
class Job:
    """A query, and what became of it.

    Parameters
    ----------
    id : str
        Nobody guesses it.
    folder : Path
        Of its uploads and its result.
    texts : dict
        Its parameters, by name in capitals.
    uploads : list of Upload
        The tables that it brings.
    destruction : datetime
        When it goes.
    seconds : float
        Of work that it may take.
    """

    id: str
    folder: Path
    texts: dict[str, list[str]]
    uploads: list[Upload]
    destruction: datetime
    seconds: float
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    ended: datetime | None = None
    phase: Phase = Phase.PENDING
    error: Problem | None = None
    media_type: str = ""
    size: int = 0
    run: Run | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    timer: asyncio.TimerHandle | None = None

    @property
    def result(self) -> Path:
        """The file of its answer."""
        return self.folder / "result"

    def become(self, phase: Phase) -> None:
        """Change its phase, and tell who waits for that."""
        self.phase = phase
        if phase is Phase.EXECUTING:
            self.started = datetime.now(UTC)
        elif not phase.is_active:
            self.ended = datetime.now(UTC)
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


class Jobs:
    """All jobs.

    Parameters
    ----------
    folder : Path
        Where their results are kept.
    limits : Limits
        Of how many, how large and how long.
    pool : Pool
        Whose threads do their work.
    work : callable
        Does it.
    """

    def __init__(self, folder: Path, limits: Limits, pool: Pool, work: Work) -> None:
        self._folder = folder
        self._limits = limits
        self._pool = pool
        self._work = work
        self._jobs: dict[str, Job] = {}

    @property
    def all(self) -> list[Job]:
        """All jobs, the newest first."""
        return list(self._jobs.values())[::-1]

    def find(self, number: str) -> Job:
        """Return a job.

        Raises
        ------
        Problem
            If there is none, any more.
        """
        try:
            return self._jobs[number]
        except KeyError:
            raise Problem("There is no such job, or none any more.", 404) from None

    def create(self, texts: dict[str, list[str]]) -> Job:
        """Make a job that does not yet run.

        Raises
        ------
        Problem
            If there are as many as may be.
        """
        if len(self._jobs) >= self._limits.jobs:
            raise Problem(
                f"There are {len(self._jobs)} jobs, the most that are kept; delete "
                "some of them first.",
                503,
            )
        number = secrets.token_hex(12)
        folder = self._folder / number
        make_folders(folder)
        kept = timedelta(seconds=self._limits.kept_seconds)
        job = Job(
            number,
            folder,
            texts,
            [],
            datetime.now(UTC) + kept,
            self._limits.job_seconds,
        )
        self._jobs[number] = job
        self.keep_until(job, job.destruction)
        return job

    def keep_until(self, job: Job, at: datetime) -> None:
        """Let a job go at some time, or sooner where that is longer than may be."""
        latest = job.created + timedelta(seconds=self._limits.kept_seconds)
        job.destruction = min(at, latest)
        if job.timer is not None:
            job.timer.cancel()
        left = (job.destruction - datetime.now(UTC)).total_seconds()
        loop = asyncio.get_running_loop()
        job.timer = loop.call_later(max(0, left), self.delete, job)

    def give(self, job: Job, seconds: float) -> None:
        """Let a job work so long; 0 is as long as may be."""
        most = self._limits.job_seconds
        job.seconds = min(seconds, most) if seconds > 0 else most

    def run(self, job: Job) -> None:
        """Let a job wait for its turn to run."""
        if job.phase is not Phase.PENDING:
            return
        run = job.run = Run(job.seconds)
        job.become(Phase.QUEUED)
        loop = asyncio.get_running_loop()
        self._pool.start(run, partial(self._do, job, run, loop))

    def abort(self, job: Job) -> None:
        """End a job; its parameters stay."""
        if job.phase.is_active:
            if job.run is not None:
                job.run.stop("The job was aborted.")
            job.become(Phase.ABORTED)

    def delete(self, job: Job) -> None:
        """End a job, and remove it with its result."""
        self.abort(job)
        if job.timer is not None:
            job.timer.cancel()
        self._jobs.pop(job.id, None)
        remove_whole(job.folder)

    async def settled(self, job: Job, seconds: float, phase: str = "") -> None:
        """Wait until a job has changed its phase, or some time has passed.

        Parameters
        ----------
        job : Job
            The job.
        seconds : float
            The most to wait.
        phase : str
            The phase that the client knows of; another one is told at once.
        """
        if not job.phase.is_active or (phase and phase != job.phase):
            return
        try:
            await asyncio.wait_for(job.changed.wait(), seconds)
        except TimeoutError:
            return

    def room(self) -> int:
        """Return the bytes that results may still take."""
        return self._limits.job_bytes - sum(job.size for job in self._jobs.values())

    def _do(self, job: Job, run: Run, loop: asyncio.AbstractEventLoop) -> None:
        """Do the work of a job, in a thread of the pool."""
        error: Problem | None = None
        media_type = ""
        try:
            run.check()
            loop.call_soon_threadsafe(self._begun, job, run)
            with job.result.open("wb") as opened:
                file = _Kept(opened, job, run, self)
                media_type = self._work(job, run, cast(BinaryIO, file))
        except BaseException as found:
            error = told(found)
        try:
            loop.call_soon_threadsafe(self._done, job, run, media_type, error)
        except RuntimeError:  # the service has ended
            return

    def _begun(self, job: Job, run: Run) -> None:
        if job.run is run and job.phase is Phase.QUEUED:
            job.become(Phase.EXECUTING)

    def _done(self, job: Job, run: Run, media_type: str, error: Problem | None) -> None:
        if job.run is not run or not job.phase.is_active:
            # Aborted meanwhile, or deleted: what it wrote goes.
            job.size = 0
            job.result.unlink(missing_ok=True)
            if job.id not in self._jobs:
                remove_whole(job.folder)
            return
        if error is not None:
            job.size = 0
            job.result.unlink(missing_ok=True)
        job.error, job.media_type = error, media_type
        job.become(Phase.COMPLETED if error is None else Phase.ERROR)


class _Kept(io.RawIOBase):
    """The file of a result, within the room that all of them have."""

    def __init__(self, file: BinaryIO, job: Job, run: Run, jobs: Jobs) -> None:
        self._file, self._job, self._run, self._jobs = file, job, run, jobs

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def write(self, data: Any) -> int:
        """Write bytes, if there is room for them."""
        self._run.check()
        written = int(self._file.write(data))
        self._job.size += written
        if self._jobs.room() < 0:
            raise Problem(
                "The results of all jobs are larger than may be kept; delete some of "
                "them first, or ask for less."
            )
        return written
