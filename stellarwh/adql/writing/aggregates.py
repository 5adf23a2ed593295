"""Functions of many rows."""

from collections.abc import Sequence
from dataclasses import replace

from stellarwh.adql.tables import Column
from stellarwh.adql.writing.values import Kind, Value, computed, must_be
from stellarwh.errors import AdqlError

__all__ = ["aggregate", "counted"]

# Of each, what it is in words, and the UCD that it adds.
_OF_ONE = {
    "MIN": ("least", "stat.min"),
    "MAX": ("largest", "stat.max"),
    "AVG": ("mean", "stat.mean"),
    "SUM": ("sum", ""),
}


def counted(about: str) -> Column:
    """Return what is known of a number of things."""
    return Column("", ucd="meta.number", description=about)


def aggregate(
    name: str, values: Sequence[Value], *, distinct: bool = False
) -> Value | None:
    """Return a function of many rows, or None if it is another one.

    Parameters
    ----------
    name : str
        In upper case.
    values : sequence of Value
        Its arguments.
    distinct : bool
        Whether equal values count once.
    """
    first = values[0] if values else None
    if first is None:
        return None
    word = "distinct " if distinct else ""
    sql = f"{name.lower()}({word}{first.sql})"
    made = computed(sql, *values)
    if name == "COUNT":
        what = first.column.name or "value"
        return replace(made, column=counted(f"number of rows with a {what}"))
    if name == "IVO_STRING_AGG":
        if values[1].text is None:
            raise AdqlError(
                "The delimiter of ivo_string_agg must be a text itself, as ', '."
            )
        return replace(
            made,
            sql=f"string_agg({first.sql}::varchar, {values[1].sql})",
            kind=Kind.TEXT,
        )
    if name not in _OF_ONE:
        return None
    about, ucd = _OF_ONE[name]
    if name in ("AVG", "SUM"):
        must_be(first, Kind.NUMBER, Kind.TRUTH, of=name)
    column = first.column
    described = f"{about} of: {column.description}" if column.description else ""
    ucds = ";".join(part for part in (column.ucd, ucd) if part) if column.ucd else ucd
    return replace(
        made,
        kind=Kind.NUMBER if name in ("AVG", "SUM") else first.kind,
        column=Column("", unit=column.unit, ucd=ucds, description=described),
    )
