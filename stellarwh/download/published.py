"""What was published of a file, against what is there."""

import hashlib
import shutil
from pathlib import Path

from stellarwh.download.partial import kept_bytes, size_text
from stellarwh.errors import DownloadError, did_you_mean
from stellarwh.surveys.description import PublishedFile, Survey

# First bytes of each kind of file: a login page may come with status 200, too.
_STARTS = {".gz": b"\x1f\x8b", ".fits": b"SIMPLE  =", ".parquet": b"PAR1"}
HEAD = 16  # bytes that tell the kind
_HASH_CHUNK = 1 << 22


def choose_file(survey: Survey, name: str | None) -> PublishedFile:
    """Return the published file of that name, or the first one.

    Raises
    ------
    DownloadError
        If the survey has no such file.
    """
    if not survey.files:
        raise DownloadError(f"No address is known for the files of {survey.name}.")
    names = [file.name for file in survey.files]
    if name is not None and name not in names:
        raise DownloadError(
            f"{survey.name} has no published file '{name}'. {did_you_mean(name, names)}"
        )
    return survey.files[names.index(name) if name else 0]


def compare(file: PublishedFile, path: Path, size: int) -> tuple[str, str]:
    """Return what differs from the published values, and which agree."""
    problem = wrong_size(file, size)
    if problem:
        return f"has {problem}", ""
    if file.sha1 is None:
        return "", "size" if file.size is not None else ""
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as opened:
        while data := opened.read(_HASH_CHUNK):
            digest.update(data)
    found = digest.hexdigest()
    if found != file.sha1:
        return f"has SHA-1 {found} where {file.sha1} is published", ""
    return "", "SHA-1"


def wrong_size(file: PublishedFile, size: int) -> str:
    """Return what is wrong with a size in bytes, nothing if it can be right."""
    if file.size is not None and size != file.size:
        return f"{size:,} bytes where {file.size:,} are published"
    about = file.size_about
    # Twice or half is no rounding: another file, perhaps a simulated one.
    if about is not None and not about / 2 < size < about * 2:
        return f"{size_text(size)} where about {size_text(about)} are expected"
    return ""


def wrong_start(file: PublishedFile, head: bytes) -> str:
    """Return what is wrong with the first bytes, nothing if they can be right."""
    suffix = Path(file.name).suffix
    if head and head.startswith(_STARTS.get(suffix, b"")):
        return ""
    return f"no {suffix} file but {head[:HEAD]!r}" if head else "an empty file"


def check_space(target: Path, size: int | None) -> None:
    """Refuse to begin what the disk cannot hold.

    Parameters
    ----------
    target : Path
        Where the file is to be; the bytes kept in its part count.
    size : int or None
        Bytes of the whole file; None is never refused.
    """
    if size is None:
        return
    free = shutil.disk_usage(target.parent).free
    needed = size - kept_bytes(target)
    if needed > free:
        raise DownloadError(
            f"{target.name} needs {size_text(needed)} but {target.parent} has "
            f"{size_text(free)} free; make room or name another folder with --out."
        )
