"""The identity of a file, worked out beside whatever else is done with it."""

import hashlib
import os
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path

from stellarwh.runtime.stages import Stages

_READ_BYTES = 1 << 20


class FileFingerprint:
    """The identity of a file: its size and SHA-256, computed in the background.

    Of a folder it is that of the files in it that count, one after the other.

    It loads little, so that hashing can begin before what the file is read with is
    loaded. Errors of reading are those of the system.

    Parameters
    ----------
    path : Path
        The file, which must not change until it is read.
    opened : os.stat_result, optional
        What it was before anything of it was read; by default what it is now.
    stages : Stages, optional
        Counts what hashing takes.
    parts : sequence of Path
        The files that count, of a folder.
    """

    def __init__(
        self,
        path: Path,
        opened: os.stat_result | None = None,
        stages: Stages | None = None,
        parts: Sequence[Path] = (),
    ) -> None:
        self.path = path
        self._parts = tuple(parts) or (path,)
        is_known = opened is not None and not parts
        found = [opened] if is_known else [part.stat() for part in self._parts]
        self._stats = [stat for stat in found if stat is not None]
        self.size = sum(stat.st_size for stat in self._stats)
        self._stopped = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._digest: Future[str] = self._pool.submit(self._hash, stages or Stages())
        self._pool.shutdown(wait=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hexadecimal; waits until it is known."""
        return self._digest.result()

    def stop(self) -> None:
        """Hash no further: nobody will ask, and whoever does gets no wrong hash."""
        self._stopped.set()

    def has_changed(self) -> bool:
        """Say whether the file was written to since it was opened."""
        now = [_identity(part.stat()) for part in self._parts]
        return now != [_identity(stat) for stat in self._stats]

    def _hash(self, stages: Stages) -> str:
        digest = hashlib.sha256()
        # What is read at once stays in the processor's cache until it is hashed.
        buffer = memoryview(bytearray(_READ_BYTES))
        for part in self._parts:
            with part.open("rb", buffering=0) as file:
                got = -1
                while got:
                    if self._stopped.is_set():
                        raise CancelledError
                    with stages.beside("hashing"):
                        got = file.readinto(buffer)
                        digest.update(buffer[:got])
        return digest.hexdigest()


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    """Return what differs after a file was written to, or another took its name."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
