"""Fetch a published file into a folder: all of it, checked, or nothing of its name."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from stellarwh.download.partial import Partial
from stellarwh.download.published import compare
from stellarwh.download.transfer import Listener, Patience, Transfer
from stellarwh.errors import DownloadError
from stellarwh.runtime.folders import folder_made
from stellarwh.surveys.description import PublishedFile


@dataclass(frozen=True)
class Download:
    """What a download did."""

    path: Path
    size: int  # bytes
    is_new: bool  # False: the file was there
    checked: str  # what was compared with the published values; empty if nothing


def download_file(
    file: PublishedFile,
    folder: Path,
    *,
    patience: Patience | None = None,
    listener: Listener | None = None,
) -> Download:
    """Fetch a published file into a folder, going on from what is kept there.

    Parameters
    ----------
    file : PublishedFile
        What to fetch and what is known of it.
    folder : Path
        Where it goes; made if absent. The file has its name there only when it is
        complete and checked, until then ``<name>.part``.
    patience : Patience, optional
        Timeouts and number of attempts.
    listener : Listener, optional
        Is told of progress.

    Raises
    ------
    DownloadError
        If it cannot be fetched, is not what was published, or finds no room.
    """
    target = folder / file.name
    listener = listener or Listener()
    with ExitStack() as stack:
        try:
            stack.enter_context(folder_made(folder))
        except OSError as error:
            raise DownloadError(f"{folder} cannot be made: {error.strerror}.") from None
        if target.exists():
            return _existing(file, target)
        part = stack.enter_context(Partial(target))
        if target.exists():  # another process finished it in between
            return _existing(file, target)
        Transfer(file, part, patience or Patience(), listener).run()
        if file.sha1 is not None:
            listener.tell("Checking the SHA-1.")
        problem, checked = compare(file, part.path, part.length)
        if problem:
            rejected = part.reject()
            raise DownloadError(
                f"{file.name} as downloaded {problem}. It is kept as {rejected}; "
                "download again, or see whether the release has changed."
            )
        part.finish()
        return Download(target, part.length, is_new=True, checked=checked)


def _existing(file: PublishedFile, target: Path) -> Download:
    if not target.is_file():
        raise DownloadError(f"{target} is there already and is not a file.")
    size = target.stat().st_size
    problem, checked = compare(file, target, size)
    if problem:
        raise DownloadError(
            f"{target} is there already, but {problem}; move it away and try again."
        )
    return Download(target, size, is_new=False, checked=checked)
