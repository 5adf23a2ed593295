"""The name of a file: whether another one can take it, and how."""

import os
from contextlib import suppress
from pathlib import Path

from stellarwh.errors import WarehouseError


def name_new(whole: Path, target: Path) -> None:
    """Name a file, where nothing of that name is yet.

    Raises
    ------
    WarehouseError
        If by now there is something.
    """
    try:
        target.hardlink_to(whole)
    except FileExistsError:
        raise WarehouseError(
            f"{target} was made by another process meanwhile, and is left as it is; "
            "run the command again."
        ) from None
    except OSError:  # a file system without hard links
        whole.rename(target)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder written to the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def reason_not_replaced(path: Path) -> str | None:
    """Return why a file cannot be replaced by another one of its name."""
    if path.stat().st_nlink > 1:
        return "it has further names (hard links)"
    with suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_bytes().splitlines()
        points = {line.split()[4] for line in mounts}
        if str(path).encode().replace(b" ", b"\\040") in points:
            return "it is mounted by itself"
    return None
