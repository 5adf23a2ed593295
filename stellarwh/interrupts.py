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
