"""Processes that hash, read and measure spectra beside the one that writes.

They are programs of their own, not copies of this process: a copy would take along what
other threads hold, and another interpreter would run the user's script anew.
"""

import os
import pickle
import select
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stellarwh.errors import StellarwhError
from stellarwh.runtime.limits import available_cores, limit_of_memory
from stellarwh.spectra.bands import Definitions
from stellarwh.spectra.batch import Ask, Outcome
from stellarwh.spectra.work import Work

# Two take about 60 MB each; to start one takes as long as to measure 150 spectra.
USUAL = 2
_LEAST_FILES = 300

Steps = Generator[Ask, Any, Outcome]


def workers_for(files: int, jobs: int | None) -> int:
    """Return how many processes to start for some files; 0: none beside this one."""
    if limit_of_memory() is not None or not sys.executable:
        return 0
    wanted = min(available_cores(), USUAL) if jobs is None else jobs
    wanted = min(wanted, files // _LEAST_FILES) if jobs is None else min(wanted, files)
    return wanted if wanted > 1 else 0


def run_here(
    batches: Iterable[Steps], work: Work, done: Callable[[Outcome], None]
) -> None:
    """Deal with batches in this process, one after the other."""
    for steps in batches:
        found = None
        while True:
            try:
                what, of = steps.send(found)
            except StopIteration as end:
                done(end.value)
                break
            found = getattr(work, what)(of)


class Worker:
    """A process that does what `Work` does; `begin` first, `stop` whatever happens."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "stellarwh.spectra.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": _python_path()},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self.answers = self._process.stdin, self._process.stdout

    def begin(self, survey: str, definitions: Definitions) -> None:
        """Say whose spectra they are, and what is measured."""
        self._send((survey, definitions))

    def ask(self, what: str, of: Sequence[Any]) -> None:
        """Ask for something; the answer is waited for by whoever needs it."""
        self._send((what, of))

    def _send(self, message: object) -> None:
        try:
            pickle.dump(message, self._to)
            self._to.flush()
        except BrokenPipeError:
            raise self._ended() from None

    def answer(self) -> Any:
        """Return what came of what was asked for last."""
        try:
            is_found, found = pickle.load(self.answers)
        except (EOFError, pickle.UnpicklingError):
            raise self._ended() from None
        if not is_found:
            raise found
        return found

    def _ended(self) -> StellarwhError:
        return StellarwhError(
            "A process that reads spectra has ended (status "
            f"{self._process.wait()}); the files before are in. Run the command "
            "again, with --jobs 1 if it happens again."
        )

    def stop(self) -> None:
        """End the process, at whatever it is."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._to, self.answers):
            # What is left in it goes nowhere.
            with suppress(BrokenPipeError):
                pipe.close()


def _python_path() -> str:
    """Return where this process finds modules: not the folder that it is in."""
    ours = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join([*filter(None, sys.path), ours])


@contextmanager
def started(
    count: int, survey: str, definitions: Definitions
) -> Iterator[list[Worker]]:
    """Start processes, and end them with the block."""
    with ExitStack() as stack:
        workers = []
        for _ in range(count):
            worker = Worker()
            stack.callback(worker.stop)
            worker.begin(survey, definitions)
            workers.append(worker)
        yield workers


@dataclass
class _Active:
    """A batch that a worker is at."""

    worker: Worker
    steps: Steps
    answers: list[Any] = field(default_factory=list)  # none or one that is not used yet
    stage: int = 0


def run_beside(
    batches: Iterable[Steps],
    workers: Sequence[Worker],
    done: Callable[[Outcome], None],
) -> None:
    """Deal with batches side by side, with what comes of it as one after the other.

    A step of a batch waits for the same step of those before it: which of two files of
    one content is the first does not depend on who is faster.

    Parameters
    ----------
    batches : iterable of generators
        As `Batch.steps` makes them.
    workers : sequence of Worker
        As many batches are at work as there are of them.
    done : callable
        Takes what came of each, in their order.
    """
    waiting = iter(batches)
    free = deque(workers)
    active: deque[_Active] = deque()
    while True:
        while free and (steps := next(waiting, None)) is not None:
            one = _Active(free.popleft(), steps)
            one.worker.ask(*steps.send(None))
            active.append(one)
        if not active:
            return
        pipes = {one.worker.answers: one for one in active if not one.answers}
        if pipes:
            ready, _, _ = select.select(list(pipes), [], [])
            for pipe in ready:
                pipes[pipe].answers.append(pipes[pipe].worker.answer())
        _go_on(active, free, done)


def _go_on(
    active: deque[_Active], free: deque[Worker], done: Callable[[Outcome], None]
) -> None:
    """Take the steps that can be taken, those of the first batch first."""
    furthest = None
    for one in list(active):
        if one.answers and (furthest is None or one.stage < furthest):
            one.stage += 1
            try:
                one.worker.ask(*one.steps.send(one.answers.pop()))
            except StopIteration as end:
                done(end.value)
                active.remove(one)
                free.append(one.worker)
                continue
        furthest = one.stage if furthest is None else min(furthest, one.stage)
