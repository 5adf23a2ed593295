"""What an interrupt (ctrl-C) reaches although Python is waiting for something else.

Python hears of a signal between two steps of its own, and a query is one step.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_connections: "weakref.WeakSet[duckdb.DuckDBPyConnection]" = weakref.WeakSet()
_spared: "weakref.WeakSet[duckdb.DuckDBPyConnection]" = weakref.WeakSet()
_holds = 0


def interruptible(
    connection: "duckdb.DuckDBPyConnection",
) -> "duckdb.DuckDBPyConnection":
    """Return a connection of whose queries `interrupt_queries` will know."""
    _connections.add(connection)
    return connection


@contextmanager
def held() -> Iterator[None]:
    """Let no interrupt into the block: it is short, and must not be left half way."""
    global _holds
    _holds += 1
    try:
        yield
    finally:
        _holds -= 1


def is_held() -> bool:
    """Return whether an interrupt has to wait."""
    return _holds > 0


@contextmanager
def sparing(connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """Let no interrupt of another thread's work end the queries of a connection."""
    _spared.add(connection)
    try:
        yield
    finally:
        _spared.discard(connection)


def interrupt_queries(*, spare: bool = False) -> None:
    """End every query that runs, wherever; it raises in the thread that asked.

    Parameters
    ----------
    spare : bool
        Whether those go on that are within `sparing`.
    """
    for connection in list(_connections):
        if spare and connection in _spared:
            continue
        with suppress(Exception):  # closed in this moment
            connection.interrupt()


def is_interrupt(error: BaseException | None) -> bool:
    """Say whether an error is an interrupt, or comes from one.

    DuckDB hears of signals itself, and where it does it raises an error of its own:
    what is undone on its way to the end is being undone all the same.
    """
    while error is not None:
        # By its name: nothing here loads DuckDB.
        if (
            isinstance(error, KeyboardInterrupt)
            or type(error).__name__ == "InterruptException"
            or is_of_signal(error)
        ):
            return True
        error = error.__context__
    return False


def is_of_signal(error: BaseException | None) -> bool:
    """Say whether it is what DuckDB raises in the place of what a signal raised."""
    return type(error) is RuntimeError and str(error) == "Query interrupted"


def is_handled(found: Any) -> bool:
    """Say whether an interrupt is on its way to the end: what is undone is being so.

    Parameters
    ----------
    found : tuple, BaseException or None
        What a thread is handling, as `sys` tells of it: before Python 3.12 a tuple.
    """
    return is_interrupt(found[1] if isinstance(found, tuple) else found)
