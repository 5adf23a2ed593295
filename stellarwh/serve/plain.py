"""Columns of a result in types that VOTable has, as they come: no look at all rows.

An export may look at the rows twice and choose the nearest type by their values; a
result is sent while it is made, so types alone decide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.quoting import quote_identifier

__all__ = ["PlainType", "plain_relation", "plain_type"]

_NAMES = {
    "BOOLEAN": "boolean",
    "UTINYINT": "unsignedByte",
    "SMALLINT": "short",
    "INTEGER": "int",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
}
# Types that become the nearest one that has room, or an error where one value has not.
_NEAREST = {
    "TINYINT": "SMALLINT",
    "USMALLINT": "INTEGER",
    "UINTEGER": "BIGINT",
    "UBIGINT": "BIGINT",
    "HUGEINT": "BIGINT",
    "UHUGEINT": "BIGINT",
}
_ARRAY = re.compile(r"(\w+)((?:\[\d+\])+|\[\])")
_DECIMAL = re.compile(r"DECIMAL\(\d+,(\d+)\)")
# How many numbers DALI has for a shape.
_SIZES = {"point": 2, "circle": 3}
# More digits than a second has at most.
_TIME = "'%Y-%m-%dT%H:%M:%S.%f'"


@dataclass(frozen=True)
class PlainType:
    """A type of DuckDB's as VOTable has it.

    Parameters
    ----------
    kind : str
        The type of DuckDB's that has it.
    datatype : str
        VOTable's.
    arraysize : str
        Likewise; empty for one number.
    xtype : str
        DALI's, if the type itself says so.
    """

    kind: str
    datatype: str
    arraysize: str = ""
    xtype: str = ""


_TEXT = PlainType("VARCHAR", "char", "*")


def plain_type(kind: str) -> PlainType:
    """Return how VOTable has a type of DuckDB's."""
    found = _ARRAY.fullmatch(kind)
    element, brackets = (found[1], found[2]) if found else (kind, "")
    element = _NEAREST.get(element, element)
    if decimal := _DECIMAL.fullmatch(kind):
        element = "BIGINT" if decimal[1] == "0" else "DOUBLE"
    if element in _NAMES:
        # The first axis varies fastest.
        sizes = "x".join(reversed(re.findall(r"\d+", brackets)))
        size = sizes or ("*" if brackets else "")
        return PlainType(element + brackets, _NAMES[element], size)
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return PlainType("VARCHAR", "char", "*", "timestamp")
    return _TEXT


def plain_relation(
    relation: duckdb.DuckDBPyRelation, xtypes: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Return a relation with its columns in types that VOTable has.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        As a query gives it.
    xtypes : sequence of str
        What the values of each column mean; empty where that is their type alone.
    """
    names = [quote_identifier(name) for name in relation.columns]
    columns = [
        _plain(name, str(kind), xtype)
        for name, kind, xtype in zip(names, relation.types, xtypes, strict=True)
    ]
    return relation if columns == names else relation.select(", ".join(columns))


def _plain(name: str, kind: str, xtype: str) -> str:
    plain = plain_type(kind)
    if xtype in _SIZES and kind == "DOUBLE[]":
        return f"{name}::double[{_SIZES[xtype]}] as {name}"
    if plain.kind == kind:
        return name
    if kind.startswith("TIMESTAMP"):
        return f"strftime({name}::timestamp, {_TIME}) as {name}"
    if kind == "VARCHAR[]":
        # Texts that hold the sign between them, or none, could not be told apart.
        odd = f"list_filter({name}, lambda e: e is null or e = '' or contains(e, ';'))"
        return (
            f"case when len({odd}) = 0 then array_to_string({name}, ';') "
            f"else {name}::varchar end as {name}"
        )
    return f"{name}::{plain.kind} as {name}"
