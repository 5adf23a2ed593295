"""Tell the macros which columns the ingest of each table took for its position."""

import duckdb

from stellarwh.quoting import quote_text

_TOLD = (
    "select distinct 'raw.' || lower(survey), ra_column, dec_column from meta.ingests "
    "where ra_column is not null and dec_column is not null order by all"
)


def write_ingested_positions(
    connection: duckdb.DuckDBPyConnection, *, temporary: bool = False
) -> None:
    """Make the macro `ingested_positions` anew from what ``meta.ingests`` says.

    A macro that is given the name of a table may look at that table's columns, but at
    no other rows, while DuckDB plans it: so what it must know stands in a macro, too.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The warehouse.
    temporary : bool
        True where the warehouse is only read and the macro is for this connection.
    """
    told = ", ".join(
        f"[{', '.join(quote_text(text) for text in row)}]"
        for row in connection.execute(_TOLD).fetchall()
    )
    kind = "temp macro" if temporary else "macro"
    connection.execute(
        f"create or replace {kind} ingested_positions() as [{told}]::varchar[][]"
    )
