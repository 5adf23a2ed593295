"""Where DuckDB puts rows that do not fit in memory, while it reads a warehouse.

Its own choice, ``NAME.tmp`` beside the file, is one folder for all processes that read,
and stays there when one is killed.
"""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stellarwh.runtime.folders import remove_whole
from stellarwh.runtime.litter import remember
from stellarwh.runtime.processes import is_running


@contextmanager
def spill_folder(warehouse: Path) -> Iterator[Path]:
    """Give a name for such a folder, which DuckDB makes when it needs one.

    It is hidden beside the warehouse, or among temporary files where nothing can be
    made there; after the block, it is gone. What killed processes of this machine left
    there goes, too.

    Parameters
    ----------
    warehouse : Path
        The file.
    """
    host = re.sub(r"[^\w-]", "-", socket.gethostname())
    beside, start = warehouse.absolute().parent, f".{warehouse.name}.{host}."
    if os.access(beside, os.W_OK | os.X_OK):
        _remove_left(beside, start)
        folder = beside / f"{start}{os.getpid()}.tmp"
    else:
        folder = Path(tempfile.gettempdir(), f"stellarwh-{os.getpid()}.tmp")
    remember(folder)
    try:
        yield folder
    finally:
        remove_whole(folder)


def _remove_left(beside: Path, start: str) -> None:
    named = re.compile(re.escape(start) + r"(\d+)\.tmp")
    with os.scandir(beside) as found:
        names = [entry.name for entry in found if entry.name.startswith(start)]
    for name in names:
        process = named.fullmatch(name)
        if process and not is_running(int(process[1])):
            shutil.rmtree(beside / name, ignore_errors=True)
