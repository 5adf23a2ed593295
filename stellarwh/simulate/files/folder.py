"""The folder of a simulation: one process at a time, all of its files or none."""

import fcntl
import gzip
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.catalogues.fits.written_cards import card
from stellarwh.errors import StellarwhError
from stellarwh.runtime.folders import remove_whole
from stellarwh.runtime.litter import remember

_SCRATCH = ".simulating"
_MARK = b"SIMULATE=                    T"
# Cards of every header of a simulated file.
MARKS = (
    card("ORIGIN", "stellarwh simulate", "not observed: made by a program"),
    card("SIMULATE", True, "every value in this file is simulated"),
)
_FIRST_BLOCK = 2880


@contextmanager
def alone_in(folder: Path) -> Iterator[Path]:
    """Hold the folder against other simulations; give one within it to write to.

    What a killed simulation left is taken away first.

    Raises
    ------
    StellarwhError
        If another process writes there.
    """
    opened = os.open(folder, os.O_RDONLY)
    scratch = folder / _SCRATCH
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(scratch, ignore_errors=True)
        remember(scratch)
        try:
            scratch.mkdir()
            yield scratch
        finally:
            remove_whole(scratch)
    except BlockingIOError:
        message = (
            f"Another simulation writes to {folder}; wait, or name another folder."
        )
        raise StellarwhError(message) from None
    finally:
        os.close(opened)


def refuse_real(paths: Iterable[Path]) -> None:
    """Refuse to replace a catalogue that no simulation wrote.

    Raises
    ------
    StellarwhError
        If there is one.
    """
    for path in paths:
        if path.exists() and not is_simulated(path):
            message = (
                f"{path} is not simulated, and would be replaced; move it, or name "
                "another folder."
            )
            raise StellarwhError(message)


def put_in_place(scratch: Path, paths: Iterable[Path], older: Iterable[Path]) -> None:
    """Give the finished files their places.

    The files of an earlier simulation go first: whenever this is cut short, all that
    is there is of one run.

    Parameters
    ----------
    scratch : Path
        Folder that holds the files, under their names.
    paths : iterable of Path
        Where each belongs.
    older : iterable of Path
        Files, and folders of them, that an earlier simulation may have left.
    """
    for path in older:
        if is_simulated(path):
            remove_whole(path) if path.is_dir() else path.unlink()
    for path in paths:
        (scratch / path.name).replace(path)


def is_simulated(path: Path) -> bool:
    """Say whether a simulation wrote a file, or all of a folder: no if it is absent."""
    try:
        if path.is_dir():
            return all(is_simulated(file) for file in path.iterdir())
        if path.suffix == ".parquet":
            return "truth_id" in pq.read_schema(path).names
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rb") as stream:
            return _MARK in stream.read(_FIRST_BLOCK)
    except (OSError, EOFError, pa.ArrowException):
        return False
