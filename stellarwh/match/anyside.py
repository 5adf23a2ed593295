"""What is done alike with sides that are loaded and sides that are walked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from stellarwh.match.bands import MADE
from stellarwh.match.brought import kept_name
from stellarwh.match.fetch import fetch_brought
from stellarwh.match.loaded import LoadedSide, near_name
from stellarwh.match.moving import with_motions
from stellarwh.match.walked import WalkedSide
from stellarwh.warehouse.memory import memory_limited

AnySide = LoadedSide | WalkedSide
_PAIRS = "stellarwh_match_pairs"
# What DuckDB may take beside the sieve and the batches that are read, of 2 GB in all.
_LIMIT_MIB = 1049


@contextmanager
def bounded_memory(
    connection: duckdb.DuckDBPyConnection, sides: Sequence[AnySide]
) -> Iterator[None]:
    """Hold DuckDB to 1.1 GB within the block, if a side is larger than memory may be.

    What does not fit goes to its folder of temporary files.
    """
    if not any(isinstance(side, WalkedSide) for side in sides):
        yield
        return
    ((is_ordered,),) = connection.execute(
        "select current_setting('preserve_insertion_order')"
    ).fetchall()
    connection.execute("set preserve_insertion_order = false")
    try:
        with memory_limited(connection, _LIMIT_MIB):
            yield
    finally:
        connection.execute(f"set preserve_insertion_order = {str(is_ordered).lower()}")


def with_facts(connection: duckdb.DuckDBPyConnection, side: AnySide) -> AnySide:
    """Return a side with its epochs and whether it moves, as a loaded one has them."""
    if isinstance(side, WalkedSide):
        return with_motions(connection, side)
    return side


def with_brought(
    connection: duckdb.DuckDBPyConnection,
    sides: Sequence[AnySide],
    near: Sequence[LoadedSide],
    found: str,
) -> tuple[tuple[LoadedSide, ...], str]:
    """Return sides with the columns that are brought along, and the SQL of the pairs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    sides : sequence of LoadedSide or WalkedSide
        As they came.
    near : sequence of LoadedSide
        As they are matched.
    found : str
        SQL of the pairs, ``from …``.
    """
    if not any(isinstance(side, WalkedSide) and side.brought for side in sides):
        return tuple(near), found
    # Whose columns are read again is known only now.
    connection.execute(f"create or replace temp table {_PAIRS} as {found}")
    complete = []
    for side, loaded in zip(sides, near, strict=True):
        rows = f"select {side.name}_id as row from {_PAIRS}"  # noqa: S608 - fixed names
        complete.append(
            fetch_brought(connection, side, loaded, rows)
            if isinstance(side, WalkedSide)
            else loaded
        )
    return tuple(complete), f"from {_PAIRS}"


def drop_side(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop all temporary tables and views of a side, ``left`` or ``right``."""
    made = connection.execute(
        "select table_name, table_type = 'VIEW' from information_schema.tables "
        "where table_catalog = 'temp' and list_contains(?, table_name)",
        [[f"stellarwh_match_{name}", kept_name(name), near_name(name), _PAIRS, *MADE]],
    ).fetchall()
    for table, is_view in made:
        connection.execute(f"drop {'view' if is_view else 'table'} temp.{table}")
