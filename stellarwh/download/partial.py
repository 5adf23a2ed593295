"""The part of a file that has arrived, and the version of the file it belongs to."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from stellarwh.errors import DownloadError


def size_text(n_bytes: float) -> str:
    """Write a number of bytes in decimal units.

    Examples
    --------
    >>> size_text(873_439_364)
    '873 MB'
    """
    if n_bytes < 1000:
        return f"{n_bytes:.0f} bytes"
    for unit, power in (("kB", 1e3), ("MB", 1e6)):
        if n_bytes < 999.5 * power:
            return f"{n_bytes / power:.3g} {unit}"
    return f"{n_bytes / 1e9:.2f} GB"


@dataclass(frozen=True)
class Version:
    """What a server said about the file it sends."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None  # bytes of the whole file

    def __post_init__(self) -> None:
        if not isinstance(self.url, str) or not isinstance(self.size, int | None):
            raise TypeError(f"{self} is no version of a file")
        for name in ("etag", "last_modified"):
            text = getattr(self, name)
            # Only what can be sent back in a header is of use.
            if not (isinstance(text, str) and text.isascii() and text.isprintable()):
                object.__setattr__(self, name, None)

    @property
    def validator(self) -> str | None:
        """What If-Range may carry: a strong ETag, else the date; None if neither."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def may_be(self, other: "Version") -> bool:
        """Return whether nothing that both say of the file differs."""
        pairs: list[tuple[object, object]] = [(self.size, other.size)]
        if self.url == other.url:  # two servers name one version differently
            pairs.append((self.etag, other.etag))
            pairs.append((self.last_modified, other.last_modified))
        return all(a == b for a, b in pairs if a is not None and b is not None)


def part_path(target: Path) -> Path:
    """Return where the part of ``target`` that has arrived is kept."""
    return target.with_name(f"{target.name}.part")


def kept_bytes(target: Path) -> int:
    """Return how many bytes of an unfinished download of ``target`` are kept."""
    part = part_path(target)
    return part.stat().st_size if part.is_file() else 0


class Partial:
    """The file ``<target>.part``, held by one process at a time.

    Its version lies beside it in ``<target>.part.json``, written before the first byte
    of that version: whatever moment a process dies at, the bytes are of the version
    named there. The lock is on the part itself and ends with its process.

    Parameters
    ----------
    target : Path
        The file that the part becomes by `finish`.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = part_path(target)
        self.length = 0
        self.version: Version | None = None
        self._note = target.with_name(f"{target.name}.part.json")
        self._file: BinaryIO

    def __enter__(self) -> Self:
        try:
            self._file = self._open_locked()
            self.length = self._file.seek(0, os.SEEK_END)
        except BlockingIOError:
            raise DownloadError(
                f"{self.target} is being downloaded by another process; wait for it."
            ) from None
        except OSError as error:
            raise self._failure(error) from None
        self.version = self._read_note()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.length == 0 and self._is_ours(self._file):
            self.path.unlink()
            self._note.unlink(missing_ok=True)
        self._file.close()

    def restart(self, version: Version) -> None:
        """Drop what is kept and begin with the first byte of ``version``."""
        self.forget()
        try:
            fresh = self._note.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(version)), encoding="utf-8")
            fresh.replace(self._note)
        except OSError as error:
            raise self._failure(error) from None
        self.version = version

    def forget(self) -> None:
        """Drop what is kept."""
        self._file.truncate(0)
        self._file.seek(0)
        self.length = 0
        self.version = None

    def append(self, data: bytes) -> None:
        """Write the next bytes.

        Raises
        ------
        DownloadError
            If the disk does not take them; those written before stay.
        """
        rest = memoryview(data)
        try:
            while rest:
                written = self._file.write(rest)  # unbuffered: may take a part only
                self.length += written
                rest = rest[written:]
        except OSError as error:
            raise self._failure(error) from None

    def finish(self) -> None:
        """Give the part the target's name, in one step, once it is on the disk."""
        try:
            os.fsync(self._file.fileno())
            self.path.replace(self.target)
            self._note.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from None

    def reject(self) -> Path:
        """Keep the part as ``<target>.rejected``, out of the way; return that path."""
        rejected = self.target.with_name(f"{self.target.name}.rejected")
        try:
            self.path.replace(rejected)
            self._note.unlink(missing_ok=True)
        except OSError as error:
            raise self._failure(error) from None
        return rejected

    def _open_locked(self) -> BinaryIO:
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            file = os.fdopen(descriptor, "r+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                raise
            # Its last holder may have finished, and renamed it, in between.
            if self._is_ours(file):
                return file
            file.close()

    def _is_ours(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self.path.stat())
        except FileNotFoundError:
            return False

    def _read_note(self) -> Version | None:
        try:
            return Version(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _failure(self, error: OSError) -> DownloadError:
        kept = (
            f" {size_text(self.length)} are kept; the same command goes on from there."
            if self.length
            else ""
        )
        return DownloadError(
            f"{self.path} cannot be written: {error.strerror or error}.{kept}"
        )
