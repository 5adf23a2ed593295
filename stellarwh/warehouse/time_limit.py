"""Queries that are stopped when their time is over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

from stellarwh.errors import StellarwhError

_LOOKED_AT = 0.05  # s between two looks at the clock


class OutOfTimeError(Exception):
    """The time is over."""


@contextmanager
def stopped_at(
    connection: duckdb.DuckDBPyConnection, deadline: float, clock: Callable[[], float]
) -> Iterator[None]:
    """Interrupt what runs in the block once the time is over.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Runs it.
    deadline : float
        In the seconds of the clock.
    clock : callable
        Tells the time that is measured.

    Raises
    ------
    OutOfTimeError
        If it was interrupted, or the time was over before.
    """
    if clock() >= deadline:
        raise OutOfTimeError
    done = Event()
    stopped = Event()

    def watch() -> None:
        while not done.wait(_LOOKED_AT):
            if clock() >= deadline:
                stopped.set()
                connection.interrupt()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    except (duckdb.Error, StellarwhError):
        if stopped.is_set():
            raise OutOfTimeError from None
        raise
    finally:
        done.set()
        watcher.join()
