"""Queries on their way: started in turn, by few threads, and ended when they must."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import duckdb
import pyarrow as pa

from stellarwh.serve.problems import Busy, Problem, Stopped, problem_of

__all__ = ["Pool", "Run"]

_LOOKED_AT = 0.05  # s between two looks at the clock


class Run:
    """One query: whoever has it may end it, from any thread.

    Parameters
    ----------
    seconds : float
        Of work that it may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._left = seconds
        self._since: float | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._why: Stopped | None = None
        self._lock = threading.Lock()

    def stop(self, why: str = "The query was cancelled.", status: int = 400) -> None:
        """End the query, or let it not begin."""
        with self._lock:
            self._why = self._why or Stopped(why, status)
        self.look()

    def look(self) -> None:
        """End the query if it must: what asks DuckDB once may ask between two steps."""
        with self._lock:
            if self._since is not None and self._why is None:
                spent = time.monotonic() - self._since
                if spent >= self._left:
                    self._why = Stopped(
                        f"The query took longer than {self.seconds:g} s; ask for less, "
                        "or as a job of /async, which may take longer.",
                        is_wanted=True,
                    )
            if self._why is not None and self._connection is not None:
                with suppress(duckdb.Error):
                    self._connection.interrupt()

    def check(self) -> None:
        """Raise `Stopped` if it was ended."""
        if self._why is not None:
            raise self._why

    def check_wanted(self) -> None:
        """Raise `Stopped` if nobody is there any more to be told."""
        if self._why is not None and not self._why.is_wanted:
            raise self._why

    def problem(self, error: Exception) -> Problem:
        """Return what an error of its query is: why it was ended, if it was."""
        return self._why or problem_of(_in_kind(error))

    @contextmanager
    def working(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Let the clock run, and the block be ended with what its connection does."""
        with self._lock:
            self._connection = connection
            self._since = time.monotonic()
        try:
            self.check()
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            self.check()
            raise _in_kind(error) from None
        finally:
            with self._lock:
                self._connection = self._since = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let the clock stand: it is the client who is slow."""
        with self._lock:
            if self._since is not None:
                self._left -= time.monotonic() - self._since
                self._since = None
        try:
            yield
        finally:
            with self._lock:
                if self._connection is not None:
                    self._since = time.monotonic()


def _in_kind(error: Exception) -> Exception:
    """Return an error of DuckDB's as such, though it came through Arrow."""
    text = str(error)
    if isinstance(error, duckdb.Error):
        return error
    if "Out of Memory" in text or "could not allocate" in text:
        return duckdb.OutOfMemoryException(text)
    if isinstance(error, pa.ArrowException) or "Error: " in text:
        return duckdb.Error(text)
    return error


class Pool:
    """A few threads that take queries in turn.

    Parameters
    ----------
    workers : int
        Threads.
    waiting : int
        Queries that may wait beside those that run.
    name : str
        Of its threads.
    """

    def __init__(self, workers: int, waiting: int, name: str) -> None:
        self._room = workers + waiting
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._runs: dict[Run, Future[Any]] = {}
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name=f"{name}-clock", daemon=True).start()

    def start(self, run: Run, work: Callable[[], None]) -> Future[None]:
        """Do some work for a query when its turn comes.

        Raises
        ------
        Busy
            If too many wait already.
        """
        with self._lock:
            if len(self._runs) >= self._room:
                raise Busy
            future = self._executor.submit(work)
            self._runs[run] = future
        future.add_done_callback(lambda _: self._runs.pop(run, None))
        return future

    def close(self) -> None:
        """End all queries, and the threads."""
        for run, future in list(self._runs.items()):
            future.cancel()
            run.stop("The service ends.", 503)
        self._executor.shutdown(cancel_futures=True)
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOKED_AT):
            for run in list(self._runs):
                run.look()
