"""The hidden folder beside a warehouse in which one process at a time writes."""

import fcntl
import json
import os
import shutil
import socket
import threading
from contextlib import suppress
from pathlib import Path

from stellarwh.errors import InUseError, WarehouseError
from stellarwh.runtime.interrupts import held
from stellarwh.runtime.litter import HOLDER, forget, remember
from stellarwh.runtime.processes import own_command


class WritingFolder:
    """``.NAME.writing``, held by this process until it leaves.

    A lock on a file within it tells whether its holder lives: the system takes the lock
    from a process that ends, however it ends, and on whichever machine. What a killed
    one left there goes when the next one comes.

    Parameters
    ----------
    warehouse : Path
        The file itself, no link to it.
    called : Path
        What its user calls it.

    Raises
    ------
    InUseError
        If another process holds the folder, or this one does already.
    WarehouseError
        If something else has its name.
    OSError
        If no folder can be made there, or its files cannot be locked.
    """

    def __init__(self, warehouse: Path, called: Path) -> None:
        self.path = warehouse.with_name(f".{warehouse.name}.writing")
        with held():
            self._descriptor = self._take(called)
            remember(self.path)
        try:
            self._clear()
            told = {
                "process": os.getpid(),
                "thread": threading.get_ident(),
                "host": socket.gethostname(),
                "command": own_command(),
            }
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(told).encode(), 0)
        except BaseException:
            self.leave()
            raise

    def _take(self, called: Path) -> int:
        while True:
            with suppress(FileExistsError):
                self.path.mkdir()
            if self.path.is_symlink() or not self.path.is_dir():
                if not os.path.lexists(self.path):
                    continue  # its holder has just left
                raise WarehouseError(
                    f"{self.path} is in the way: a folder of that name is where "
                    "stellarwh writes; move it."
                )
            holder = self.path / HOLDER
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
                descriptor = os.open(holder, flags, 0o666)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Its holder may have left, and removed it, in between.
                if os.path.samestat(os.fstat(descriptor), holder.stat()):
                    return descriptor
            except BlockingIOError:
                told = os.pread(descriptor, 4096, 0)
                os.close(descriptor)
                raise _in_use(called, told) from None
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _clear(self) -> None:
        """Remove everything but the lock."""
        for left in self.path.iterdir():
            if left.name == HOLDER:
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)

    def leave(self) -> None:
        """Remove the folder and let others write."""
        with held():
            self._leave()

    def _leave(self) -> None:
        with suppress(OSError):
            self._clear()
        with suppress(OSError):
            (self.path / HOLDER).unlink(missing_ok=True)
            # The next one may have made the file again by now: then it is its folder.
            self.path.rmdir()
        forget(self.path)
        os.close(self._descriptor)


def _in_use(called: Path, told: bytes) -> InUseError:
    """Return the error that says who has a warehouse, by what its holder tells."""
    by = "by another process"
    try:
        holder = json.loads(told)
        process, host = int(holder["process"]), str(holder["host"])
        is_here = host == socket.gethostname()
        where = "" if is_here else f" on {host}"
        by = f"by '{holder['command']}' (process {process}{where})"
    except (ValueError, TypeError, KeyError):
        pass
    else:
        if is_here and process == os.getpid():
            return InUseError(
                f"{called} is in use: this process has it open to be written already",
                "close that handle first",
                # A thread that waits for itself waits for ever.
                passes=holder.get("thread") != threading.get_ident(),
            )
    return InUseError(f"{called} is in use {by}")
