"""What this process must not leave behind, known to whoever watches over it."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

# In a folder that one process at a time has: the file that it has locked.
HOLDER = "holder"

_watcher: int | None = None


def tell(descriptor: int) -> None:
    """Write down from now on what would be left behind, and what no longer.

    Parameters
    ----------
    descriptor : int
        Where to; below 0: nowhere.
    """
    global _watcher
    _watcher = descriptor if descriptor >= 0 else None


def remember(path: Path) -> None:
    """Say that a file or folder has to go, if this process cannot see to it."""
    _write("+", path)


def forget(path: Path) -> None:
    """Say that it is gone, or here to stay."""
    _write("-", path)


def end(status: int) -> None:
    """Say that this process ends by itself, and has said all there is to say."""
    if _watcher is not None:
        with suppress(OSError):
            os.write(_watcher, f"={status}\0".encode())


def told_status(told: bytes) -> int | None:
    """Return the status that a process ends with, if it said that it ends by itself.

    Parameters
    ----------
    told : bytes
        All that it wrote down.
    """
    for line in told.split(b"\0"):
        if line.startswith(b"="):
            return int(line[1:])
    return None


def _write(sign: str, path: Path) -> None:
    if _watcher is not None:
        with suppress(OSError):
            os.write(
                _watcher, f"{sign}{path.absolute()}\0".encode(errors="surrogateescape")
            )


def remove_left(told: bytes) -> None:
    """Remove what a process that has ended told, and did not see to.

    Parameters
    ----------
    told : bytes
        All that it wrote down.
    """
    left: dict[bytes, None] = {}
    for line in told.split(b"\0")[:-1]:
        if line.startswith(b"+"):
            left[line[1:]] = None
        elif line.startswith(b"-"):
            left.pop(line[1:], None)
    for name in left:
        path = Path(os.fsdecode(name))
        if path.is_dir() and not path.is_symlink():
            _remove_folder(path)
        else:
            with suppress(OSError):
                path.unlink()


def _remove_folder(path: Path) -> None:
    """Remove a folder, unless another process has it by now."""
    holder = None
    try:
        with suppress(FileNotFoundError):
            holder = os.open(path / HOLDER, os.O_RDWR)
            fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except OSError:
        pass
    finally:
        if holder is not None:
            os.close(holder)
