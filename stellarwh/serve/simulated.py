"""Whether what a query gives is simulated, or learned from such."""

from enum import Enum

import duckdb

from stellarwh.warehouse.freshness import any_simulated, sources_of, tables_read

__all__ = ["Simulated", "is_simulated", "told_of", "told_of_all"]

_SOURCES = """
    select is_simulated from meta.ingests
    union all
    select is_simulated from raw.spectra where refusal is null
"""


class Simulated(Enum):
    """How much of a warehouse is."""

    NOTHING = "nothing"
    ALL = "all"
    SOME = "some"


def told_of(told: Simulated) -> str:
    """Return the sentence that says how much is simulated; nothing where nothing is."""
    return {
        Simulated.NOTHING: "",
        Simulated.ALL: "This warehouse holds simulated catalogues: no star is real.",
        Simulated.SOME: "Some catalogues of this warehouse are simulated, or may be; "
        "a result says of itself whether it is.",
    }[told]


def told_of_all(connection: duckdb.DuckDBPyConnection) -> Simulated:
    """Return how much of an open warehouse is simulated."""
    try:
        found = connection.execute(
            f"select distinct coalesce(is_simulated, false) from ({_SOURCES})"  # noqa: S608 - constant
        ).fetchall()
    except duckdb.Error:  # of an earlier version
        return Simulated.SOME
    told = {row[0] for row in found}
    if told == {True}:
        return Simulated.ALL
    return Simulated.SOME if True in told else Simulated.NOTHING


def is_simulated(
    connection: duckdb.DuckDBPyConnection, told: Simulated, sql: str
) -> bool:
    """Return whether rows that some SQL gives are."""
    if told is not Simulated.SOME:
        return told is Simulated.ALL
    # What a query reads takes DuckDB a while to tell.
    return any_simulated(sources_of(connection, tables_read(connection, sql))) is True
