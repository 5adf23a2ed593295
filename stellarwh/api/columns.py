"""What is known of the columns of a result: type, unit, UCD and description."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.warehouse.query.origins import Origin, origins_of


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
    origins = origins_of(connection, sql, names)
    tables = {(o[0], o[1]) for o in origins if o is not None}
    facts: dict[Origin, tuple[str, str, str]] = {}
    for schema, table in sorted(tables):
        # All of its columns: a warehouse that is only read may be too old for VOUnits.
        found = connection.execute(
            "select * from meta.columns where schema_name = ? and table_name = ?",
            [schema, table],
        )
        keys = [column[0] for column in found.description or ()]
        for row in found.fetchall():
            told = dict(zip(keys, row, strict=True))
            facts[schema, table, told["column_name"]] = (
                told.get("vounit") or told["unit"] or "",
                told["ucd"] or "",
                told["description"] or "",
            )
    return tuple(
        Column(name, kind, *(facts.get(origin, ()) if origin is not None else ()))
        for name, kind, origin in zip(names, types, origins, strict=True)
    )
