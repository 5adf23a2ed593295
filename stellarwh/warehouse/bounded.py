"""Work within little memory where that is enough, with all of it where it is not."""

import re
from collections.abc import Callable
from typing import TypeVar

import duckdb
import pyarrow as pa

from stellarwh.errors import StellarwhError
from stellarwh.warehouse.memory import memory_limited

_Found = TypeVar("_Found")
# Through Arrow, and in what users are told, the kind of an error is in its words.
_TOO_LITTLE = re.compile(
    r"failed to (allocate|pin)|could not allocate|out of memory", re.I
)


def in_bounded_memory(
    connection: duckdb.DuckDBPyConnection, mib: int, work: Callable[[], _Found]
) -> _Found:
    """Do some work with DuckDB's memory bounded; if that is too little, with more.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    mib : int
        The bound in MiB, then half as much again, then what DuckDB has anyway. Some
        joins hold more than the first and cannot put it aside.
    work : callable
        Leaves nothing behind where it fails.
    """
    for bound in (mib, mib * 3 // 2):
        try:
            # Of another cursor: what fails in between leaves a result open.
            with connection.cursor() as aside, memory_limited(aside, bound):
                return work()
        except (duckdb.Error, OSError, pa.ArrowException, StellarwhError) as error:
            if not _TOO_LITTLE.search(str(error)):
                raise
    return work()
