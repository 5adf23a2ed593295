"""What is known of the columns of a result: type, unit, UCD and description."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.export.column_facts import query_facts


@dataclass(frozen=True)
class Column:
    """One column of a `Result`.

    Attributes
    ----------
    name : str
        Its name; two columns of one result may have the same.
    type : str
        As DuckDB writes it, for example ``DOUBLE``.
    unit : str
        As VOUnits spells it where that is certain, else as the catalogue wrote it;
        empty for a column that has none, or that was computed.
    ucd, description : str
        What the column is; empty where that is not known.

    Examples
    --------
    >>> import stellarwh
    >>> with stellarwh.open(warehouse) as wh:
    ...     (teff,) = wh.sql("select teff from main.parameters").schema
    >>> teff.name, teff.type, teff.unit, teff.ucd
    ('teff', 'DOUBLE', 'K', 'phys.temperature.effective')
    """

    name: str
    type: str
    unit: str = ""
    ucd: str = ""
    description: str = ""


def columns_of(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    names: Sequence[str],
    types: Sequence[str],
) -> tuple[Column, ...]:
    """Return what is known of the columns of a query."""
    facts = query_facts(connection, sql, names, vounits=True)
    return tuple(
        Column(name, kind, **about)
        for name, kind, about in zip(names, types, facts, strict=True)
    )
