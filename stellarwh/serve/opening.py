"""The warehouse as queries see it, opened anew when a new build is published."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb

from stellarwh.adql.tables import Tables
from stellarwh.errors import StellarwhError
from stellarwh.quoting import quote_identifier
from stellarwh.serve.limits import Limits
from stellarwh.serve.served import served_tables
from stellarwh.serve.simulated import told_of_all
from stellarwh.serve.tap_schema import described, make_tap_schema
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.files.warehouse_file import catalog_of
from stellarwh.warehouse.freshness import stale_surveys
from stellarwh.warehouse.memory import lower_memory_limit
from stellarwh.warehouse.objects import shadow_macros

__all__ = ["Opening", "Openings"]


class Opening:
    """A warehouse that is open, with cursors that are ready for a query.

    Parameters
    ----------
    path : Path
        The warehouse.
    limits : Limits
        Of the service.

    Attributes
    ----------
    tables : Tables
        What a query may read, `TAP_SCHEMA` too.
    simulated : Simulated
        Whether what is served is simulated.
    stale : list of str
        What happened to surveys since the last build.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._after = ExitStack()
        self._lock = threading.Lock()
        self._free: list[duckdb.DuckDBPyConnection] = []
        self._used = 0
        self._is_retired = False
        self._catalog = quote_identifier(catalog_of(path))
        self.connection = self._after.enter_context(
            open_warehouse(path, read_only=True, apart=True)
        )
        try:
            lower_memory_limit(self.connection, limits.memory)
            found = served_tables(self.connection)
            self.tables = Tables((*found, *described()))
            make_tap_schema(self.connection, self.tables)
            self.simulated = told_of_all(self.connection)
            self.stale = stale_surveys(self.connection)
        except BaseException:
            self._after.close()
            raise

    @contextmanager
    def cursor(self, *, for_good: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor that nobody else has.

        Parameters
        ----------
        for_good : bool
            False if tables are made with it, which go with it.
        """
        cursor = self._take()
        try:
            yield cursor
        except BaseException:
            for_good = False
            raise
        finally:
            self._give(cursor, for_good=for_good)

    def retire(self) -> None:
        """Close it, once no query is at work."""
        with self._lock:
            self._is_retired = True
            if self._used:
                return
        self._close()

    def _take(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            self._used += 1
            if self._free:
                return self._free.pop()
        try:
            # What a connection has of its own, a cursor of it has not.
            cursor = self.connection.cursor()
            cursor.execute(f"use {self._catalog}")
            cursor.execute("set timezone = 'UTC'")
            shadow_macros(cursor)
        except BaseException:
            self._give(None, for_good=False)
            raise
        return cursor

    def _give(
        self, cursor: duckdb.DuckDBPyConnection | None, *, for_good: bool
    ) -> None:
        if cursor is not None and for_good:
            for_good = _is_free(cursor)
        if cursor is not None and not for_good:
            with suppress(duckdb.Error):
                cursor.close()
        with self._lock:
            self._used -= 1
            if cursor is not None and for_good:
                self._free.append(cursor)
            if self._used or not self._is_retired:
                return
        self._close()

    def _close(self) -> None:
        for cursor in self._free:
            cursor.close()
        self._free.clear()
        self._after.close()


def _is_free(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a cursor has no result open, and nothing else amiss."""
    try:
        cursor.execute("select 1").fetchall()
    except duckdb.Error:
        return False
    return True


class Openings:
    """The warehouse as it stands now.

    Parameters
    ----------
    path : Path
        The warehouse.
    limits : Limits
        Of the service.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        self._lock = threading.Lock()
        self._seen = _seen(path)
        self._current = Opening(path, limits)

    def current(self) -> Opening:
        """Return the opening of the file that stands there now.

        Where another one has taken its place that cannot be opened yet, the last one
        goes on.
        """
        with self._lock:
            seen = _seen(self.path)
            if seen is None or seen == self._seen:
                return self._current
            try:
                opened = Opening(self.path, self._limits)
            except (StellarwhError, duckdb.Error):
                return self._current
            before, self._current, self._seen = self._current, opened, seen
        before.retire()
        return opened

    def close(self) -> None:
        """Close the warehouse."""
        self._current.retire()


def _seen(path: Path) -> tuple[int, int, int] | None:
    """Return what tells a file from the one that takes its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
