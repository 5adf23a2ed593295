"""How much memory DuckDB may take for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_BYTES = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@contextmanager
def memory_limited(connection: duckdb.DuckDBPyConnection, mib: int) -> Iterator[None]:
    """Lower DuckDB's memory limit within the block, unless it is lower already.

    What does not fit goes to a temporary folder beside the warehouse.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    mib : int
        The limit in MiB.
    """
    if not _is_above(connection, mib):
        yield
        return
    with memory_limit_kept(connection):
        lower_memory_limit(connection, mib)
        yield


@contextmanager
def memory_limit_kept(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Undo after the block what `lower_memory_limit` did within it."""
    number, unit = _limit(connection)
    try:
        yield
    finally:
        # DuckDB shows one digit and cuts off the rest: what is set shows the same.
        connection.execute(f"set memory_limit = '{number + 0.05:.2f} {unit}'")


def lower_memory_limit(connection: duckdb.DuckDBPyConnection, mib: int) -> None:
    """Lower DuckDB's memory limit to some MiB, unless it is lower already."""
    if _is_above(connection, mib):
        connection.execute(f"set memory_limit = '{mib}MiB'")


def _is_above(connection: duckdb.DuckDBPyConnection, mib: int) -> bool:
    number, unit = _limit(connection)
    return number * _BYTES[unit] > mib * 2**20


def _limit(connection: duckdb.DuckDBPyConnection) -> tuple[float, str]:
    """Return the limit as DuckDB shows it, number and unit."""
    ((text,),) = connection.execute("select current_setting('memory_limit')").fetchall()
    number, unit = str(text).split()
    return float(number), unit
