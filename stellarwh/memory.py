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
    before = connection.execute("select current_setting('memory_limit')").fetchall()
    number, unit = before[0][0].split()
    is_lower = float(number) * _BYTES[unit] <= mib * 2**20
    if not is_lower:
        connection.execute(f"set memory_limit = '{mib}MiB'")
    try:
        yield
    finally:
        if not is_lower:
            connection.execute(f"set memory_limit = '{number} {unit}'")
