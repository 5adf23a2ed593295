"""What is known of the columns of an export: unit, UCD and description."""

import duckdb

from stellarwh.export.source import Source
from stellarwh.units import vounits


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


def column_facts(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    *,
    vounits: bool = False,
) -> dict[str, dict[str, str]]:
    """Return unit, ucd and description of each column that has them.

    The unit is the one written, or with ``vounits`` the VOUnit where there is one.
    """
    if source.table is None:
        return in_vounits(source.facts) if vounits else source.facts
    return table_facts(connection, source.table, vounits=vounits)


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
