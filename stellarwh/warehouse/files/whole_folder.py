"""Folders that appear whole or not at all."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.runtime.folders import folder_made, remove_whole
from stellarwh.runtime.interrupts import held
from stellarwh.runtime.litter import forget, remember
from stellarwh.runtime.offline import check_local
from stellarwh.runtime.processes import is_running
from stellarwh.warehouse.messages import first_line


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a new folder beside ``path``, which has its name when the block succeeds.

    What stands there goes only then.
    """
    check_local(path, UsageError, "Name a folder here, and copy it there yourself.")
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        with folder_made(path.parent):
            _remove_left_over(path)
            remember(partial)
            try:
                partial.mkdir()
                yield partial
                _put_in_place(partial, path)
            finally:
                remove_whole(partial)
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise WarehouseError(
            f"{path} cannot be written: {first_line(str(error))}"
        ) from None


def _put_in_place(partial: Path, path: Path) -> None:
    """Give a folder its name, and remove what had it."""
    before = path.with_name(f".{os.getpid()}.before.{path.name}")
    with held():
        if not path.exists():
            partial.rename(path)
            return
        path.rename(before)
        try:
            partial.rename(path)
        except OSError:
            with suppress(OSError):
                before.rename(path)
            raise
        remember(before)
    remove_whole(before)
    forget(before)


def _remove_left_over(path: Path) -> None:
    """Remove what killed processes left of folders of the same name."""
    ours = re.compile(rf"\.(\d+)\.partial\.{re.escape(path.name)}")
    for other in path.parent.iterdir():
        match = ours.fullmatch(other.name)
        if match and not is_running(int(match[1])):
            remove_whole(other)
