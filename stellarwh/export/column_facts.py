"""What is known of columns, of a table or of a query: unit, UCD and description."""

from collections.abc import Sequence

import duckdb

from stellarwh.units import vounits
from stellarwh.warehouse.query.origins import origins_of


def in_vounits(facts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return what is known of columns with the VOUnits of those that have one."""
    told = list(facts.items())
    mapped = vounits(
        (a.get("unit"), name, a.get("ucd"), a.get("description")) for name, a in told
    )
    return {
        name: about | ({"unit": unit} if unit else {})
        for (name, about), unit in zip(told, mapped, strict=True)
    }


def table_facts(
    connection: duckdb.DuckDBPyConnection, table: tuple[str, str], *, vounits: bool
) -> dict[str, dict[str, str]]:
    """Return what is known of the columns of a table, schema and name, likewise."""
    # All of the columns: a warehouse opened to be read may be too old for VOUnits.
    found = connection.execute(
        "select * from meta.columns where schema_name = ? and table_name = ?",
        list(table),
    )
    names = [column[0] for column in found.description or ()]
    facts = {}
    for row in found.fetchall():
        texts = dict(zip(names, row, strict=True))
        if vounits and texts.get("vounit"):
            texts["unit"] = texts["vounit"]
        keys = ("unit", "ucd", "description")
        facts[texts["column_name"]] = {key: texts[key] for key in keys if texts[key]}
    return facts


def query_facts(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    names: Sequence[str],
    *,
    vounits: bool,
) -> list[dict[str, str]]:
    """Return what is known of each column of a query, likewise.

    A column that stands as it is in a table is known as there; of others nothing is.
    """
    origins = origins_of(connection, sql, names)
    facts = {
        table: table_facts(connection, table, vounits=vounits)
        for table in sorted({origin[:2] for origin in origins if origin is not None})
    }
    return [facts[o[:2]].get(o[2], {}) if o is not None else {} for o in origins]
