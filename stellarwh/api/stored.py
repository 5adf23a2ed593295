"""Results of tasks, told of when others can see them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from stellarwh.runtime.interrupts import is_interrupt

if TYPE_CHECKING:
    import duckdb

# Showing others a state copies the warehouse: about a third of a second per GB, where
# its file system shares no blocks. It waits until the work since the last time took
# so much more.
_SECONDS_PER_GB = 8.0


class Stored:
    """What is done task by task in a warehouse that the block within opens and closes.

    Others see the results of a task at once where that costs little beside it, else
    with those of a later one, at the latest when the call ends that did them, with an
    error or without: what an error later undoes depends on no size and no time. Of
    none is told before.

    Parameters
    ----------
    path : Path
        The warehouse.
    once : bool
        Whether the warehouse is closed right after one call: that shows it all.
    """

    def __init__(self, path: Path, *, once: bool = False) -> None:
        self._path = path
        self._once = once
        self._since = time.monotonic()
        self._untold: list[Callable[[], None]] = []

    def __enter__(self) -> "Stored":
        return self

    def add(
        self, connection: "duckdb.DuckDBPyConnection", tell: Callable[[], None]
    ) -> None:
        """Take what tells of a task that is done."""
        self._untold.append(tell)
        there = self._path.stat().st_size if self._path.exists() else 0
        patience = _SECONDS_PER_GB * there / 1e9
        if time.monotonic() - self._since >= patience:
            self.show(connection)

    @contextmanager
    def kept(self, connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
        """Let what is done stay whatever fails later, unless it is interrupted."""
        try:
            yield
        except Exception as error:
            if self._untold and not is_interrupt(error):
                self.show(connection)
            raise
        if self._untold and not self._once:
            self.show(connection)

    def show(self, connection: "duckdb.DuckDBPyConnection") -> None:
        """Let others see what is done, and tell of it."""
        from stellarwh.warehouse.database import publish

        publish(connection)
        self._since = time.monotonic()
        self._tell()

    def _tell(self) -> None:
        for tell in self._untold:
            tell()
        self._untold.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Tell of what was stored when the warehouse was closed, if it was."""
        if error is None:
            self._tell()
