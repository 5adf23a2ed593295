"""Results of queries on standard output."""

import sys
from typing import TYPE_CHECKING, Any

from stellarwh.warehouse.query.query import query_texts

if TYPE_CHECKING:
    import duckdb

    from stellarwh.warehouse.query.statement import Statement


def print_query(
    connection: "duckdb.DuckDBPyConnection",
    sql: "str | Statement",
    *how: Any,
    **more: Any,
) -> None:
    """Print what `query_texts` gives."""
    for text in query_texts(connection, sql, *how, **more):
        sys.stdout.write(text)
