"""A warehouse that is written in its place, with no copy to go back to.

DuckDB never writes over what the last checkpoint needs: it takes other blocks, and the
first ones of the file say at last which of them count. Until then all else that is new
lies in a log beside the file, and is undone with it.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.warehouse.messages import first_line

# What a DuckDB file begins with: which blocks count is said here.
_HEADERS = 3 * 4096
# Below this nothing worth the name can be stored.
_LEAST_ROOM = 1 << 20


def checkpoint(connection: duckdb.DuckDBPyConnection) -> None:
    """Have all that was committed stand in the file itself.

    Raises
    ------
    WarehouseError
        If it cannot.
    """
    try:
        connection.execute("checkpoint")
    except duckdb.Error as error:
        raise WarehouseError(
            f"The warehouse cannot be stored: {first_line(str(error))}"
        ) from None


class WrittenInPlace:
    """The last state of a file that is about to be written, to go back to.

    Parameters
    ----------
    path : Path
        The warehouse itself.

    Raises
    ------
    OSError
        If it cannot be opened to write.
    WarehouseError
        If the disk is full before anything is written.
    """

    def __init__(self, path: Path) -> None:
        _check_room(path)
        # Open as long as DuckDB has it: closing it would end DuckDB's own lock.
        self._file = os.open(path, os.O_RDWR)
        self._kept: tuple[int, bytes] | None = None

    def begin(self, connection: duckdb.DuckDBPyConnection, logs: list[Path]) -> None:
        """Have DuckDB touch nothing that counts until it is told to.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection
            The only one to the file.
        logs : list of Path
            What a process that was killed left; it is brought in first.

        Raises
        ------
        WarehouseError
            If there is no room for that.
        """
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("set checkpoint_threshold = '1TB'")
        if logs:
            checkpoint(connection)
        self.keep()

    def keep(self) -> None:
        """Take the state that a checkpoint has just written for the one to keep."""
        self._kept = (os.fstat(self._file).st_size, os.pread(self._file, _HEADERS, 0))

    def undo(self, logs: list[Path]) -> None:
        """Go back to the state that was kept; the connection is closed.

        Where another process has the file by now, or has written it, all stays.

        Parameters
        ----------
        logs : list of Path
            What holds changes that are not in the file.
        """
        if self._kept is None:
            return
        size, headers = self._kept
        with suppress(OSError):
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.pread(self._file, _HEADERS, 0) == headers:
                for log in logs:
                    log.unlink(missing_ok=True)
                os.ftruncate(self._file, size)

    def leave(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _check_room(path: Path) -> None:
    """Refuse to begin where the disk is full.

    Raises
    ------
    WarehouseError
        If it is.
    """
    found = os.statvfs(path)
    free = found.f_bavail * found.f_frsize
    if free < _LEAST_ROOM:
        raise WarehouseError(
            f"{path} cannot be written: No space left on device ({free / 1e6:.1f} MB "
            "are free)"
        )
