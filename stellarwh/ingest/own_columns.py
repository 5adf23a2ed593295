"""Columns that stellarwh adds itself: an export that comes back has them already."""

from collections.abc import Sequence

import duckdb

from stellarwh.ingest.resolve import PlannedColumn, stored_as
from stellarwh.quoting import quote_identifier


def drop_own_healpix(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[PlannedColumn]
) -> tuple[tuple[PlannedColumn, ...], set[str]]:
    """Drop a file's ``healpix`` column if it is the one computed from the positions.

    Another ``healpix`` (of another order or scheme) stays, under another name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse in a transaction.
    table : str
        Quoted name of the raw table.
    columns : sequence of PlannedColumn
        The columns of the file in it.

    Returns
    -------
    tuple of PlannedColumn
        The columns that stay.
    set of str
        Warnings of the plan that are settled by it.
    """
    kept = []
    settled = set()
    for column in columns:
        if column.source is not None and column.source.name.lower() == "healpix":
            name = quote_identifier(column.name)
            # As text: a number that is not whole must not be rounded to be equal.
            found = connection.execute(
                "select coalesce(bool_and(healpix::varchar is not distinct from "  # noqa: S608 - quoted identifiers
                f"{name}::varchar), true) from {table}"
            ).fetchone()
            if found and found[0]:
                connection.execute(f"alter table {table} drop column {name}")
                settled.add(stored_as(column.source.name, column.name))
                continue
        kept.append(column)
    return tuple(kept), settled
