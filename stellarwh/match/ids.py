"""Ids of the rows of a side: exactly as they are, or none."""

import duckdb

from stellarwh.errors import UsageError
from stellarwh.match.columns import Side

# The first whole number after which a float leaves some out.
_LIMITS = {"FLOAT": 2**24, "DOUBLE": 2**53}
# Arrow has no integers of 128 bits: as its decimals the largest are other numbers.
_WIDE = ("HUGEINT", "UHUGEINT")


def exact_ids(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    column: str | float | None,
    side: Side,
) -> tuple[str | None, tuple[str, ...]]:
    """Say what must stand in the place of the ids of a side.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        The temporary table of the side, with columns ``row`` and ``id``.
    column : str or None
        What column its ids are; None if rows go by their number.
    side : Side
        As the user described it.

    Returns
    -------
    str or None
        SQL of the columns of `table` for the id; None where it may stay.
    tuple of str
        What the user should know.

    Raises
    ------
    UsageError
        If the user named a column of floats that have lost digits.
    """
    if column is None:
        return None, ()
    ((kind,),) = connection.execute(
        "select column_type from (describe from "  # noqa: S608 - fixed name
        f"{table}) where lower(column_name) = 'id'"
    ).fetchall()
    if kind in _WIDE:
        ((fits,),) = connection.execute(
            f"select count(id) = count(try_cast(id as bigint)) from {table}"  # noqa: S608 - fixed name
        ).fetchall()
        return f"id::{'bigint' if fits else 'varchar'}", ()
    if kind not in _LIMITS:
        return None, ()
    ((is_exact,),) = connection.execute(
        "select coalesce(bool_and(id = floor(id) and abs(id) < "  # noqa: S608 - fixed name
        f"{_LIMITS[kind]}), true) from {table} where isfinite(id)"
    ).fetchall()
    if is_exact:
        return "case when isfinite(id) then id::bigint end", ()
    what = (
        f"{column} of {side.source} holds floats, whose last digits are lost: it is no "
        "id"
    )
    if side.id is not None:
        raise UsageError(f"{what}; name another column.")
    return "row", (f"{what}; rows go by their number, from 1.",)
