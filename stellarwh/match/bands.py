"""Pairs of sides whose rows are too many to be compared at one go: band by band."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil

import duckdb

from stellarwh.match.loaded import LoadedSide
from stellarwh.runtime.listening import progress

# Rows of a side that are compared at one go, within the memory of a match.
_BAND_ROWS = 4_000_000
PAIRS = "stellarwh_match_banded"
_LEFT, _RIGHT = "stellarwh_match_left_band", "stellarwh_match_right_band"
_MANY = "stellarwh_match_tangled"
MADE = (PAIRS, _LEFT, _RIGHT, _MANY)
# Of declinations that differ by the radius, for rounding (degrees).
_ROUNDING = 1e-9


def pairs_in_bands(
    connection: duckdb.DuckDBPyConnection,
    near: Sequence[LoadedSide],
    call: Callable[[str, str, str], str],
    radius: float,
    mode: str,
    *,
    moves: bool,
) -> str:
    """Return the SQL of the pairs, ``from …``, found in bands of declination if many.

    In modes other than ``all`` a pair whose two rows have no other one is kept as it
    is; the others, whichever bands they are of, are settled together.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    near : sequence of LoadedSide
        Both sides.
    call : callable
        Gives the SQL of the pairs of two tables in a mode.
    radius : float
        Largest separation in arcsec.
    mode : str
        Which pairs are kept.
    moves : bool
        Whether rows are compared elsewhere than where their tables have them.
    """
    left, right = (side.matched_table for side in near)
    counts = [
        connection.execute(f"select count(*) from {table}").fetchall()[0][0]  # noqa: S608 - fixed names
        for table in (left, right)
    ]
    bands = ceil((counts[0] if mode == "all" else max(counts)) / _BAND_ROWS)
    if bands <= 1:
        return call(left, right, mode)
    of = left if mode == "all" or counts[0] >= counts[1] else right
    parts = ", ".join(repr(i / bands) for i in range(1, bands))
    edges = connection.execute(
        f"select approx_quantile(dec, [{parts}]) from {of} where abs(dec) <= 90"  # noqa: S608 - fixed names
    ).fetchall()[0][0]
    bounds = ["-90.0", *map(repr, edges), "91.0"]
    reach = radius / 3600 + _ROUNDING
    is_first = True
    with progress("compare", bands) as bar:
        for low, high in pairwise(bounds):
            connection.execute(
                f"create or replace temp table {_LEFT} as "  # noqa: S608 - fixed names
                f"select * from {left} where dec >= {low} and dec < {high}"
            )
            there = right
            if not moves:
                there = _RIGHT
                connection.execute(
                    f"create or replace temp view {_RIGHT} as "  # noqa: S608 - fixed names
                    f"select * from {right} where dec >= {low} - {reach!r} "
                    f"and dec <= {high} + {reach!r}"
                )
            what = f"create or replace temp table {PAIRS} as" if is_first else ""
            connection.execute(
                f"{what or f'insert into {PAIRS}'} {call(_LEFT, there, 'all')}"
            )
            is_first = False
            bar.advance(1)
    if mode != "all":
        _settle(connection, left, right, call, mode)
    return f"from {PAIRS}"


def _settle(
    connection: duckdb.DuckDBPyConnection,
    left: str,
    right: str,
    call: Callable[[str, str, str], str],
    mode: str,
) -> None:
    """Keep of all pairs those of a mode."""
    many = " or ".join(
        f"{column} in (select {column} from {PAIRS} group by {column} "  # noqa: S608 - fixed names
        "having count(*) > 1)"
        for column in ("left_id", "right_id")
    )
    connection.execute(
        f"create or replace temp table {_MANY} as "  # noqa: S608 - fixed names
        f"select left_id, right_id from {PAIRS} where {many}"
    )
    connection.execute(
        f"delete from {PAIRS} where left_id in (select left_id from {_MANY})"  # noqa: S608 - fixed names
    )
    connection.execute(f"drop view if exists {_RIGHT}")
    for table, rows, column in (
        (_LEFT, left, "left_id"),
        (_RIGHT, right, "right_id"),
    ):
        connection.execute(
            f"create or replace temp table {table} as "  # noqa: S608 - fixed names
            f"select * from {rows} where row in (select {column} from {_MANY})"
        )
    connection.execute(f"insert into {PAIRS} {call(_LEFT, _RIGHT, mode)}")
