"""Ids that went through a float: they look like ids and are others."""

import re
from collections.abc import Collection, Sequence

import duckdb
import pyarrow as pa

from stellarwh.catalogues.convert import ROUNDED
from stellarwh.catalogues.table import NullCounts
from stellarwh.errors import SurveyError
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier

# How catalogues call columns of ids.
_ID = re.compile(r"(^|[_\W\d]|[a-z])id(s|_?[a-z]*\d+)?$|source|(^|_)id_", re.IGNORECASE)
# The first whole number after which a float leaves some out.
_LIMITS = {pa.float32(): 2**24, pa.float64(): 2**53}


def rounded_ids(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[PlannedColumn],
    nulls: NullCounts,
    needed: Collection[str],
) -> list[str]:
    """Look for ids that a float has rounded; return warnings.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse in a transaction.
    table : str
        Quoted name of the filled raw table.
    columns : sequence of PlannedColumn
        Its columns.
    nulls : NullCounts
        What became NULL on reading.
    needed : collection of str
        Columns without whose values the rows mean nothing.

    Raises
    ------
    SurveyError
        If such a column has rounded values.
    """
    warnings = []
    for column in columns:
        count = nulls[column.source.index][ROUNDED] if column.source else 0
        if count and column.name in needed:
            raise SurveyError(
                f"{column.name} holds {count:,} whole numbers that went through a "
                "float, so that their last digits are lost; take the file where they "
                "are whole numbers or text."
            )
        if count:
            warnings.append(
                f"{column.name} holds {count:,} whole numbers that went through a "
                "float; their last digits are lost, so they are NULL."
            )
    for name in _float_ids(connection, table, columns):
        warnings.append(
            f"{name} holds ids as floats, so that their last digits are lost: no id "
            "to join or match by."
        )
    return warnings


def _float_ids(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[PlannedColumn]
) -> list[str]:
    """Return the columns of floats that are whole and too large to be exact."""
    named = [
        (c.name, _LIMITS[c.type])
        for c in columns
        if c.type in _LIMITS and c.source is not None and _ID.search(c.name)
    ]
    if not named:
        return []
    tests = ", ".join(
        f"coalesce(bool_and({name} = floor({name})) and max(abs({name})) > {limit} "
        f"and max(abs({name})) < 1.9e19, false)"
        for name, limit in (
            (f"nullif({quote_identifier(name)}, 'nan')", limit) for name, limit in named
        )
    )
    found = connection.execute(f"select {tests} from {table}").fetchall()[0]  # noqa: S608 - quoted identifiers
    return [name for (name, _), is_id in zip(named, found, strict=True) if is_id]
