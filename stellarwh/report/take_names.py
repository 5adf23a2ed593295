"""Give files the names of others, all or none: a program of its own.

Run by :mod:`stellarwh.report.site` in a session of its own, so that neither the end of
the process that began it nor a signal to its group leaves half of the pages new. It is
told on its standard input what is to be renamed, as JSON lists of two paths, and does
nothing before it has heard all: the last line is ``end``. It imports nothing of ours.
"""

import contextlib
import errno
import json
import os
import shutil
import sys
from pathlib import Path


def take_names(pairs: list[tuple[Path, Path]]) -> None:
    """Rename each first path to the second; where one fails, all are as before.

    Raises
    ------
    OSError
        If a file cannot take its name.
    """
    kept: list[tuple[Path, Path | None]] = []
    try:
        for _, name in pairs:
            if name.is_dir():
                raise IsADirectoryError(errno.EISDIR, "it is a folder", str(name))
            is_there = os.path.lexists(name)
            old = name.with_name(f".{os.getpid()}.partial.{name.name}")
            kept.append((name, old if is_there else None))
            if is_there:
                _keep(name, old)
        for partial, name in pairs:
            partial.replace(name)
    except OSError:
        for name, before in kept:
            with contextlib.suppress(OSError):
                before.replace(name) if before else name.unlink()
        raise
    finally:
        for _, before in kept:
            if before:
                with contextlib.suppress(OSError):
                    before.unlink()


def _keep(name: Path, old: Path) -> None:
    """Keep what a name is of under another one."""
    try:
        os.link(name, old, follow_symlinks=False)
    except OSError:  # not every file system has links
        shutil.copy2(name, old)


if __name__ == "__main__":
    *lines, last = sys.stdin.read().splitlines() or [""]
    if last != "end":
        sys.exit(1)  # whoever began it has ended before it said all
    try:
        take_names([(Path(a), Path(b)) for a, b in map(json.loads, lines)])
    except OSError as error:
        told = json.dumps([error.errno, error.strerror, error.filename])
        os.write(1, told.encode())
        sys.exit(2)
