"""Folders that are made for some work, and go with it or stay as it ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stellarwh.runtime.interrupts import held
from stellarwh.runtime.litter import forget, remember, remember_empty


def make_folders(folder: Path) -> list[Path]:
    """Make a folder with those above it, and return which are new, outermost first.

    Raises
    ------
    OSError
        If one of them cannot be made; then none is left.
    """
    with held():
        return _make_folders(folder)


def _make_folders(folder: Path) -> list[Path]:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    made: list[Path] = []
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            made.append(path)
            remember_empty(path)
        if not missing:
            folder.mkdir(exist_ok=True)  # what stands there may be no folder
    except BaseException:
        remove_folders(made)
        raise
    return made


def remove_folders(made: list[Path]) -> None:
    """Remove folders that were made in vain; where others put files, they stay."""
    with held():
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        keep_folders(made)


def keep_folders(made: list[Path]) -> None:
    """Let folders stay that were made."""
    for path in made:
        forget(path)
    made.clear()


@contextmanager
def folder_made(folder: Path) -> Iterator[None]:
    """Make a folder with those above it; if the block fails, none is left that is new.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    made = make_folders(folder)
    try:
        yield
    except BaseException:
        remove_folders(made)
        raise
    keep_folders(made)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder among temporary files, which goes with all in it."""
    with held():
        folder = Path(tempfile.mkdtemp(prefix="stellarwh-"))
        remember(folder)
    try:
        yield folder
    finally:
        remove_whole(folder)


def remove_whole(folder: Path) -> None:
    """Remove a folder that was remembered, with all in it."""
    with held():
        shutil.rmtree(folder, ignore_errors=True)
        forget(folder)
