"""What an interrupt (ctrl-C) reaches although Python is waiting for something else.

Python hears of a signal between two steps of its own, and a query is one step.
"""

import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_connections: "weakref.WeakSet[duckdb.DuckDBPyConnection]" = weakref.WeakSet()


def interruptible(
    connection: "duckdb.DuckDBPyConnection",
) -> "duckdb.DuckDBPyConnection":
    """Return a connection of whose queries `interrupt_queries` will know."""
    _connections.add(connection)
    return connection


def interrupt_queries() -> None:
    """End every query that runs, wherever; it raises in the thread that asked."""
    for connection in list(_connections):
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
        ):
            return True
        error = error.__context__
    return False
