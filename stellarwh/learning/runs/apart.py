"""Runs that somebody else stored are loaded and applied in processes that may die.

What is stored is checked before a library sees it; should that not be enough, a child
process ends, and the user reads one line. A child gets the stored bytes and features,
and gives back columns; both go through pipes, as JSON and Arrow.
"""

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from queue import Queue
from typing import IO, Any

import polars as pl
import xgboost
from threadpoolctl import threadpool_limits

from stellarwh.errors import TaskError
from stellarwh.learning.runs.applying import Predicted, StoredRun
from stellarwh.learning.runs.artefacts import Artefact
from stellarwh.learning.tasks.rows import Booleans
from stellarwh.runtime.limits import available_cores, threads_within_limit

# Each takes some 250 MB; more of them than this write faster than DuckDB stores.
_MOST_CHILDREN = 4
# Seconds for one exchange. Batches take one or two; a child that hangs is ended.
_LIMIT = 300
_PROGRAM = "from stellarwh.learning.runs.apart import serve; serve()"
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True)
class Stored:
    """What `StoredRun` is made of: name, features, targets, bytes of its parts."""

    run_id: str
    features: tuple[str, ...]
    targets: tuple[str, ...]
    artefacts: Sequence[Artefact]

    def rebuilt(self) -> StoredRun:
        """Return the run, tried out.

        Raises
        ------
        TaskError
            If its parts are damaged or do not fit together.
        """
        return StoredRun.tried(self.run_id, self.features, self.targets, self.artefacts)


class RunApart:
    """A stored run in processes of its own.

    Attributes
    ----------
    run_id : str
        The run.
    features : tuple of str
        Its features, in the order in which its estimators know them.
    kinds : dict of str to str
        ``number`` or ``class`` of each target.
    """

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self.run_id = stored.run_id
        self.features = stored.features
        self._slots: Queue[_Child | None] = Queue()
        for _ in range(
            min(_MOST_CHILDREN, threads_within_limit(available_cores())) - 1
        ):
            self._slots.put(None)
        first = _Child(stored)
        self._children = [first]
        self._slots.put(first)
        self.kinds = first.kinds

    def apply(
        self, features: pl.DataFrame, wanted: Mapping[str, Booleans]
    ) -> Predicted:
        """Predict stars, as `StoredRun.apply`; waits for a process that is free."""
        child = self._slots.get()
        try:
            if child is None:
                child = _Child(self._stored)
                self._children.append(child)
            return child.apply(features, wanted)
        finally:
            self._slots.put(child)

    def close(self) -> None:
        """End the processes."""
        for child in self._children:
            child.end()


@contextmanager
def run_apart(stored: Stored) -> Iterator[RunApart]:
    """Yield a run in processes of its own, which end with the block.

    Raises
    ------
    TaskError
        If it cannot be loaded and tried out.
    """
    run = RunApart(stored)
    try:
        yield run
    finally:
        run.close()


class _Child:
    """One process that has loaded the run."""

    def __init__(self, stored: Stored) -> None:
        self._run_id = stored.run_id
        # -P: a file of the working folder must not pass for a library.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        facts = {
            "run_id": stored.run_id,
            "features": stored.features,
            "targets": stored.targets,
            "artefacts": [(a.target, a.part, a.format) for a in stored.artefacts],
        }
        try:
            (said,) = self._ask(
                [json.dumps(facts).encode(), *(a.data for a in stored.artefacts)], 1
            )
            self.kinds: dict[str, str] = json.loads(said)["kinds"]
        except BaseException:
            self.end()
            raise

    def apply(
        self, features: pl.DataFrame, wanted: Mapping[str, Booleans]
    ) -> Predicted:
        targets = [target for target, own in wanted.items() if own.any()]
        asked = pl.DataFrame({t: wanted[t] for t in wanted})
        shared, *columns = (
            pl.read_ipc_stream(BytesIO(frame))
            for frame in self._ask([_ipc(features), _ipc(asked)], 1 + len(targets))
        )
        return Predicted(
            shared["in_domain"].to_numpy(),
            shared["distance"].to_numpy(),
            dict(zip(targets, columns, strict=True)),
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, frames: Sequence[bytes], answers: int) -> list[bytes]:
        """Send frames and return so many, or raise what the child said instead."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(_LIMIT, self._process.kill)
        timer.start()
        try:
            for frame in frames:
                _write(self._process.stdin, frame)
            error = _read(self._process.stdout).decode()
            expected = 0 if error else answers
            found = [_read(self._process.stdout) for _ in range(expected)]
        except (OSError, EOFError):
            code = self._process.wait()
            how = f"signal {-code}" if code < 0 else f"status {code}"
            raise TaskError(
                f"What is stored for run {self._run_id} ended the process that tried "
                f"it ({how}); it is not used. Train the task again."
            ) from None
        finally:
            timer.cancel()
        if error:
            raise TaskError(error)
        return found


def _write(stream: IO[bytes], frame: bytes) -> None:
    stream.write(_LENGTH.pack(len(frame)))
    stream.write(frame)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)
    if len(found) < count:
        raise EOFError
    return found


def _ipc(frame: pl.DataFrame) -> bytes:
    written = BytesIO()
    frame.write_ipc_stream(written)
    return written.getvalue()


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Load the run that is sent first, then apply it to one batch after the other."""
    facts = json.loads(_read(requests))
    parts = [
        Artefact(target, part, format_name, _read(requests))
        for target, part, format_name in facts["artefacts"]
    ]
    run = _or_error(
        answers,
        Stored(
            facts["run_id"], tuple(facts["features"]), tuple(facts["targets"]), parts
        ).rebuilt,
    )
    _write(answers, b"")
    _write(answers, json.dumps({"kinds": run.kinds}).encode())
    while True:
        features = pl.read_ipc_stream(BytesIO(_read(requests)))
        asked = pl.read_ipc_stream(BytesIO(_read(requests)))
        wanted = {name: asked[name].to_numpy() for name in asked.columns}
        found = _or_error(answers, partial(run.apply, features, wanted))
        shared = {"in_domain": found.in_domain, "distance": found.distance}
        _write(answers, b"")
        _write(answers, _ipc(pl.DataFrame(shared)))
        for columns in found.columns.values():
            _write(answers, _ipc(columns))


def _or_error(answers: IO[bytes], work: Any) -> Any:
    """Return what the work gives; or say what was wrong, and end."""
    try:
        return work()
    except Exception as error:
        text = str(error) if isinstance(error, TaskError) else repr(error)[:300]
        _write(answers, (" ".join(text.split()) or "unknown error").encode())
        sys.exit()


def serve() -> None:
    """Do what the parent asks over standard input, until it ends."""
    # What a library may print must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with threadpool_limits(limits=1), xgboost.config_context(verbosity=0):
        try:
            _serve(sys.stdin.buffer, answers)
        except EOFError:
            sys.exit()
