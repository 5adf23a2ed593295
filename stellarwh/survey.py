"""Stand-in until the survey descriptions land."""

import duckdb


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create nothing yet."""
