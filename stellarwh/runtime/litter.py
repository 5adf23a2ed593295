"""What this process must not leave behind, known to whoever watches over it."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

# In a folder that one process at a time has: the file that it has locked.
HOLDER = "holder"

_watcher: int | None = None
# What this process has not seen to yet, and whether only as far as it is empty.
_own: dict[str, bool] = {}


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
    _own[str(path.absolute())] = False
    _write("+", path)


def remember_empty(path: Path) -> None:
    """Say that a folder has to go if nothing is in it by then."""
    _own[str(path.absolute())] = True
    _write("?", path)


def forget(path: Path) -> None:
    """Say that it is gone, or here to stay."""
    _own.pop(str(path.absolute()), None)
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
    left: dict[bytes, bool] = {}
    for line in told.split(b"\0")[:-1]:
        if line.startswith((b"+", b"?")):
            left[line[1:]] = line.startswith(b"?")
        elif line.startswith(b"-"):
            left.pop(line[1:], None)
    # What was made last lies within what was made before.
    for name, if_empty in reversed(left.items()):
        _remove(Path(os.fsdecode(name)), if_empty=if_empty)


def remove_own() -> None:
    """Remove what this process has not seen to, as its last deed.

    An interrupt may come between what makes something and what sees to its end.
    """
    for name, if_empty in reversed(_own.items()):
        _remove(Path(name), if_empty=if_empty, is_own=True)
    _own.clear()


def _remove(path: Path, *, if_empty: bool, is_own: bool = False) -> None:
    with suppress(OSError):
        if if_empty:
            path.rmdir()
        elif not path.is_dir() or path.is_symlink():
            path.unlink()
        elif is_own:
            shutil.rmtree(path, ignore_errors=True)
        else:
            _remove_folder(path)


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
