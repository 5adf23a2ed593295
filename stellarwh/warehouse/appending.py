"""Rows of a frame, appended to a table of the warehouse."""

from collections.abc import Mapping

import duckdb
import polars as pl

from stellarwh.quoting import quote_identifier, quote_table, quote_text


def append(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    frame: pl.DataFrame,
    same: Mapping[str, str | bool] | None = None,
) -> None:
    """Append a frame to a table, columns matched by name; NULL in those it lacks.

    SQL sees no view of the frame: DuckDB would keep that, and the frame with it, until
    the transaction ends.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing.
    table : str
        Name with its schema.
    frame : polars.DataFrame
        The rows.
    same : mapping of str to str or bool, optional
        Values of further columns, the same in all rows.

    Raises
    ------
    ValueError
        If the table has no column of a name.
    """
    values = {name: quote_identifier(name) for name in frame.columns}
    for name, value in (same or {}).items():
        values[name] = quote_text(value) if isinstance(value, str) else str(value)
    names = [
        row[0]
        for row in connection.execute(f"describe {quote_table(table)}").fetchall()
    ]
    if unknown := values.keys() - set(names):
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    connection.from_arrow(frame.to_arrow()).project(
        ", ".join(values.get(name, "null") for name in names)
    ).insert_into(table)
