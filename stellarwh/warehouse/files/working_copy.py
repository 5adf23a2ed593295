"""The private copy in which a command writes, while others read the warehouse.

DuckDB lets one process write a file, or several read it. A command that writes works on
a copy beside the warehouse and puts it in its place when all is done: who reads goes on
with the file that was there, who comes later finds the new one, and whatever ends the
command before leaves the warehouse as it was.
"""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.runtime.file_copy import copy_file, copy_opened
from stellarwh.runtime.file_name import name_new, reason_not_replaced, sync_folder
from stellarwh.runtime.folders import keep_folders, make_folders, remove_folders
from stellarwh.runtime.interrupts import held
from stellarwh.warehouse.files.in_place import WrittenInPlace
from stellarwh.warehouse.files.warehouse_file import connect_file
from stellarwh.warehouse.files.writing_folder import WritingFolder

_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
# What must be free besides the copy, for the work itself: a part of it, and some bytes.
_SPARE_PART = 0.25
_SPARE = 16 << 20
# The time of a copy to which nothing was written. Clocks of files are too coarse to
# tell the end of the copying from a write that follows at once.
_UNTOUCHED = 1


class WorkingCopy:
    """A warehouse that this process alone writes to.

    Where no copy can be made, the warehouse itself is written: others cannot read it
    meanwhile.

    Parameters
    ----------
    path : Path
        The warehouse, as its user calls it; it need not exist.

    Attributes
    ----------
    file : Path
        What to open: of the same name, so that DuckDB calls the database the same.
    in_place : str or None
        Why the warehouse itself is written; None where a copy is.

    Raises
    ------
    InUseError
        If another process writes there.
    WarehouseError
        If nothing can be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._target = Path(os.path.realpath(path))
        self._made: list[Path] = []
        self._folder: WritingFolder | None = None
        self._lock: int | None = None
        self._known: os.stat_result | None = None
        self._own: WrittenInPlace | None = None
        self.file = self._target
        self.in_place: str | None = None
        try:
            self._begin()
            if self.in_place is not None:
                self._own = WrittenInPlace(self._target)
        except BaseException:
            self.drop()
            raise

    def _begin(self) -> None:
        is_new = not self._target.exists()
        if not is_new and not os.access(self._target, os.W_OK):
            raise WarehouseError(
                f"{self._path} is write-protected; permit its change (chmod u+w) or "
                "name another one with --warehouse."
            )
        try:
            if is_new:
                self._made = make_folders(self._target.parent)
            self._folder = WritingFolder(self._target, self._path)
        except OSError as error:
            if is_new:
                raise WarehouseError(
                    f"{self._path} cannot be made: {error.strerror}."
                ) from None
            self.in_place = f"nothing can be made beside it: {error.strerror}"
            return
        if is_new:
            self._refuse_left_log()
            self.file = self._folder.path / self._path.name
            return
        self.in_place = reason_not_replaced(self._target)
        if self.in_place is None:
            self._lock_warehouse()
            self._copy()

    def _refuse_left_log(self) -> None:
        for log in self._logs():
            raise WarehouseError(
                f"{log} is the log of a warehouse that is gone; move it away, or back "
                "to its warehouse."
            )

    def _logs(self) -> list[Path]:
        """Return the files beside the warehouse that hold changes not yet in it."""
        names = [self._target.name, self._path.name]
        found = (self._target.with_name(f"{n}{end}") for n in names for end in _LOGS)
        return [path for path in dict.fromkeys(found) if path.exists()]

    def _lock_warehouse(self) -> None:
        """Keep others from writing, as DuckDB itself would that reads."""
        while True:
            if self._logs():
                # A process was killed: DuckDB brings its changes in.
                connection = connect_file(self._target, read_only=False)
                connection.execute("checkpoint")
                connection.close()
            lock = os.open(self._target, os.O_RDONLY)
            try:
                fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                known = os.fstat(lock)
                is_named = os.path.samestat(known, self._target.stat())
            except BlockingIOError:
                os.close(lock)
                # It says who has the file, or another one has just left it.
                connect_file(self._path, read_only=True).close()
                continue
            except BaseException:
                os.close(lock)
                raise
            if is_named and not self._logs():
                self._lock, self._known = lock, known
                return
            os.close(lock)

    def _copy(self) -> None:
        assert self._folder is not None
        assert self._lock is not None
        assert self._known is not None
        copy = self._folder.path / self._path.name
        try:
            written = os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                spare = self._known.st_blocks * 512 * _SPARE_PART + _SPARE
                copy_opened(self._lock, written, spare=spare)
            finally:
                os.close(written)
            shutil.copystat(self._target, copy)
            _mark_untouched(copy)
        except OSError as error:
            copy.unlink(missing_ok=True)
            self._unlock()
            self.in_place = f"it cannot be copied: {error.strerror}"
            return
        self.file = copy

    def connected(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make ready to write, by a connection to the file."""
        if self._own is not None:
            self._own.begin(connection, self._logs())

    def publish(self) -> None:
        """Show others the state so far, and go on.

        Its connection has no transaction open and has written a checkpoint.

        Raises
        ------
        WarehouseError
            If it cannot be stored, or another process wrote to the warehouse.
        """
        if self._own is not None:
            self._own.keep()
            return
        if self._folder is None or not self._is_changed():
            return
        whole = self._folder.path / "published"
        try:
            whole.unlink(missing_ok=True)
            copy_file(self.file, whole)
            self._replace(whole)
            whole.unlink(missing_ok=True)
        except OSError as error:
            raise self._not_stored(error) from None
        _mark_untouched(self.file)

    def finish(self) -> None:
        """Put the copy in the warehouse's place; its connection is closed.

        Raises
        ------
        WarehouseError
            As of `publish`.
        """
        try:
            if self._own is not None:
                self._own.leave()
                self._own = None
            elif self._folder is not None:
                if self.file.with_name(self.file.name + ".wal").exists():
                    raise WarehouseError(
                        f"{self._path} cannot be stored: DuckDB did not write all of "
                        "it; nothing was changed."
                    )
                if self._known is None or self._is_changed():
                    self._replace(self.file)
            keep_folders(self._made)
        except OSError as error:
            raise self._not_stored(error) from None
        finally:
            self.drop()

    def _not_stored(self, error: OSError) -> WarehouseError:
        return WarehouseError(
            f"{self._path} cannot be stored: {error.strerror}; it is as it was."
        )

    def _is_changed(self) -> bool:
        return self.file.stat().st_mtime_ns != _UNTOUCHED

    def _replace(self, whole: Path) -> None:
        """Give the file the name of the warehouse; nobody else can write to either."""
        self._check_untouched()
        lock = os.open(whole, os.O_RDONLY)
        try:
            os.fsync(lock)
            fcntl.lockf(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if self._known is None:
                name_new(whole, self._target)
            else:
                whole.replace(self._target)
        except BaseException:
            os.close(lock)
            raise
        with suppress(OSError):
            sync_folder(self._target.parent)
        self._unlock()
        self._lock, self._known = lock, os.fstat(lock)

    def _check_untouched(self) -> None:
        """Refuse to replace what others wrote meanwhile."""
        known, now = self._known, None
        with suppress(FileNotFoundError):
            now = self._target.stat()
        try:
            if self._lock is not None:
                # Whatever else of this process closed the file has ended the lock.
                fcntl.lockf(self._lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            is_same = _facts(known) == _facts(now) and not self._logs()
        except BlockingIOError:
            is_same = False
        if not is_same:
            raise WarehouseError(
                f"{self._path} was changed by another process meanwhile, and is left "
                "as that wrote it; run the command again."
            )

    def drop(self) -> None:
        """Leave the warehouse as it was; of the copy nothing stays."""
        with held():
            self._drop()

    def _drop(self) -> None:
        if self._own is not None:
            self._own.undo(self._logs())
            self._own.leave()
            self._own = None
        if self._folder is not None:
            self._folder.leave()
            self._folder = None
        self._unlock()
        remove_folders(self._made)

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _facts(found: os.stat_result | None) -> tuple[int, ...] | None:
    if found is None:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _mark_untouched(path: Path) -> None:
    os.utime(path, ns=(_UNTOUCHED, _UNTOUCHED))
