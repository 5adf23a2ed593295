"""How a warehouse is held: opened, closed, published, and worked with in turns."""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from stellarwh.api.arguments import (
    check_callback,
    check_number,
    path_of,
)
from stellarwh.api.listeners import Callback, CallbackListener
from stellarwh.api.stopping import Stoppable
from stellarwh.api.stored import Stored
from stellarwh.errors import (
    NoTableError,
    SqlError,
    StellarwhError,
    UsageError,
    WarehouseError,
)
from stellarwh.runtime.listening import listening

if TYPE_CHECKING:
    import os
    from types import TracebackType

    import duckdb


class Handle:
    """An open warehouse, whatever it is asked."""

    def __init__(
        self,
        path: "str | os.PathLike[str]",
        *,
        write: bool,
        wait: float | None = None,
        progress: Callback | None = None,
        once: bool = False,
        **hints: Any,
    ) -> None:
        from stellarwh.warehouse.database import open_warehouse
        from stellarwh.warehouse.files.waiting import waiting_up_to

        self._is_closed = True  # until it is open
        if wait is not None:
            check_number(wait, "wait", "seconds")
            if not wait >= 0:
                raise UsageError(f"wait={wait!r} is no number of seconds.")
        check_callback(progress, "progress")
        self.path = path = path_of(path)
        self.is_writable = write
        self._listener = None if progress is None else CallbackListener(progress)
        self.lock = RLock()
        self._at_work = 0  # calls of this handle that go on, one within the other
        self._stack = ExitStack()
        self._opened = _identity(path)
        # Left last: what was done is told once the file is in its place.
        self._stored = self._stack.enter_context(Stored(path, once=once))
        # Without a time of its own it waits as long as whoever opens it was told.
        with nullcontext() if wait is None else waiting_up_to(wait):
            self.connection: duckdb.DuckDBPyConnection = self._stack.enter_context(
                open_warehouse(path, read_only=not write, **hints)
            )
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        """Store what was written, unless an error ends the block; then close."""
        with self.lock, Stoppable(self.connection):
            if self._is_closed:
                return
            try:
                if error is None:
                    self._check_closable()
            except WarehouseError as refused:
                self._end(refused)
                raise
            self._end(error)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed."""
        return self._is_closed

    def __repr__(self) -> str:
        """Return its file, and whether it is open."""
        how = "to write" if self.is_writable else "to read"
        return f"<Warehouse {self.path}, {'closed' if self._is_closed else how}>"

    def __del__(self) -> None:
        """Say so where something that was written is lost."""
        if not self._is_closed and self.is_writable:
            warnings.warn(
                f"{self.path} was not closed; what was written since it was last "
                "published, if anything was, is lost.",
                ResourceWarning,
                stacklevel=2,
            )
            self._stack.__exit__(ResourceWarning, ResourceWarning(), None)

    def close(self) -> None:
        """Store what was written, and close, once no other thread works with it.

        Raises
        ------
        WarehouseError
            If a transaction is open, or the call comes from within work of this
            thread: the warehouse is open yet, and can be closed again. If what was
            written cannot be stored: it is closed, and is as it was stored last.

        Examples
        --------
        >>> import stellarwh
        >>> wh = stellarwh.open(warehouse)
        >>> wh.close()
        >>> wh.is_closed
        True
        """
        with self.lock, Stoppable(self.connection):
            if not self._is_closed:
                self._check_closable()
                self._end(None)

    def _check_closable(self) -> None:
        """Refuse to close in the midst of something."""
        if self._at_work:
            raise WarehouseError(
                f"{self.path} is at work; close it when that has returned."
            )
        if self.is_writable:
            self._check_no_transaction()

    def _check_no_transaction(self) -> None:
        from stellarwh.warehouse.database import check_no_transaction

        check_no_transaction(self.connection)

    def _end(self, error: BaseException | None) -> None:
        """Close for good, whatever fails on the way."""
        self._is_closed = True
        kind = None if error is None else type(error)
        try:
            self._stack.__exit__(kind, error, None)
        except Exception as failed:
            import duckdb

            from stellarwh.warehouse.messages import first_line

            if failed is error or not isinstance(failed, duckdb.Error):
                raise
            raise WarehouseError(
                f"{self.path} cannot be closed as it should be: "
                f"{first_line(str(failed))}"
            ) from failed

    def publish(self) -> None:
        """Let others see what was written so far; no later error undoes it.

        Examples
        --------
        >>> import stellarwh
        >>> with stellarwh.open(copy, write=True) as wh:
        ...     near = wh.match("raw.apogee", "raw.galah", into="near", replace=True)
        ...     wh.publish()
        ...     with stellarwh.open(copy) as other:
        ...         len(other.table("raw.near")) == len(near) > 0
        True
        """
        with self._working():
            if self.is_writable:
                self._check_no_transaction()
            self._stored.show(self.connection)

    @contextmanager
    def _working(self, writes: str | None = None) -> Iterator[None]:
        """Take one's turn; refuse what writes where the warehouse only reads."""
        if writes is not None and not self.is_writable:
            raise WarehouseError(
                f"{self.path} is open to read only, and {writes} writes; open it with "
                "write=True."
            )
        from stellarwh.warehouse.database import none_within_another

        with self.lock, Stoppable(self.connection), ExitStack() as stack:
            if self._is_closed:
                raise WarehouseError(f"{self.path} is closed; open it again.")
            if writes is not None:
                self._check_no_transaction()
            if self._listener is not None:
                stack.enter_context(listening(self._listener))
            self._at_work += 1
            try:
                with none_within_another():
                    yield
            except (NoTableError, SqlError) as error:
                self._say_if_old(error)
                raise
            finally:
                self._at_work -= 1

    def _say_if_old(self, error: StellarwhError) -> None:
        """Add to an error of a missing table that there is a newer state to open."""
        from stellarwh.warehouse.query.missing import lacks_table

        said, line_break, excerpt = str(error).partition("\n")
        is_missing = said.startswith("There is no table") or lacks_table(said)
        if is_missing and not self.is_writable and _identity(self.path) != self._opened:
            said += " The warehouse was written since it was opened; open it again."
            error.args = (f"{said}{line_break}{excerpt}",)


def _identity(path: Path) -> tuple[int, ...] | None:
    """Return what tells a file from another one of its name; None where there is none.

    One that is written in its place keeps its number, not its time.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns)
