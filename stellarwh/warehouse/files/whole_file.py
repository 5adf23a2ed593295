"""Files that appear whole or not at all."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.runtime.folders import folder_made, temporary_folder
from stellarwh.runtime.interrupts import held
from stellarwh.runtime.litter import forget, remember
from stellarwh.runtime.offline import check_local
from stellarwh.runtime.processes import is_running
from stellarwh.warehouse.messages import first_line


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a partial name beside ``path`` and rename it when the block succeeds."""
    check_local(path, UsageError, "Name a file here, and copy it there yourself.")
    try:
        with folder_made(path.parent), partial_file(path) as partial:
            yield partial
            partial.replace(path)
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise WarehouseError(
            f"{path} cannot be written: {first_line(str(error))}"
        ) from None


@contextmanager
def partial_file(path: Path) -> Iterator[Path]:
    """Give a partial name beside ``path``; what still has it after the block goes.

    What killed processes left of files of that name goes, too.
    """
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    _remove_left_over(path)
    remember(partial)
    try:
        yield partial
    finally:
        with held(), suppress(OSError):
            partial.unlink(missing_ok=True)
        forget(partial)


def _remove_left_over(path: Path) -> None:
    """Remove what killed processes left of files of the same name."""
    ours = re.compile(rf"\.(\d+)\.partial\.{re.escape(path.name)}")
    for other in path.parent.iterdir():
        match = ours.fullmatch(other.name)
        if match and not is_running(int(match[1])):
            other.unlink(missing_ok=True)


@contextmanager
def to_standard_output(ending: str) -> Iterator[Path]:
    """Give a name to write to and copy the file to standard output, once whole.

    Raises
    ------
    BrokenPipeError
        If nobody reads on, so that nobody says that all was written.
    """
    try:
        with temporary_folder() as folder:
            whole = folder / f"output{ending}"
            yield whole
            sys.stdout.flush()
            buffer = getattr(sys.stdout, "buffer", None)
            if buffer is not None:
                with whole.open("rb") as file:
                    shutil.copyfileobj(file, buffer, 1 << 20)
            else:  # a notebook's, or one that keeps the text
                with whole.open(encoding="utf-8", newline="") as text:
                    shutil.copyfileobj(text, sys.stdout, 1 << 20)
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise WarehouseError(
            f"The rows cannot be written: {first_line(str(error))}"
        ) from None
