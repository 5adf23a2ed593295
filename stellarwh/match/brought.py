"""Columns that a match brings along from its two sides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from stellarwh.errors import SurveyError
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.tables import TableName

ALL = "all"
# Made by an ingest, from the position that is there anyway.
_MADE = "healpix"
Facts = dict[str, dict[str, str]]
# What is known of the columns that a match makes.
OWN_FACTS: Facts = {
    "left_id": {"ucd": "meta.id", "description": "Row of the left side"},
    "right_id": {"ucd": "meta.id", "description": "Row of the right side"},
    "separation": {
        "unit": "arcsec",
        "ucd": "pos.angDistance",
        "description": "Distance of the two on the sky",
    },
    "magnitude_difference": {
        "unit": "mag",
        "ucd": "phot.mag;arith.diff",
        "description": "Difference of the two magnitudes, without sign",
    },
    "lacks_motion": {
        "description": "Whether one of the two was compared where it was, for want of "
        "a proper motion or an epoch"
    },
}


@dataclass(frozen=True)
class BroughtColumn:
    """A column of a side, and what is known of it.

    Parameters
    ----------
    name : str
        Its name there.
    unit, ucd, description : str
        As its file states them; empty where it does not.
    """

    name: str
    unit: str = ""
    ucd: str = ""
    description: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """What is known of it, as exports take it."""
        found = {"unit": self.unit, "ucd": self.ucd, "description": self.description}
        return {key: text for key, text in found.items() if text}


def kept_name(side: str) -> str:
    """Return what the copy of a side's rows is called, where it needs one."""
    return f"stellarwh_match_{side}_rows"


def names_brought(asked: Sequence[str], there: Sequence[str]) -> list[str]:
    """Return the columns of a side that are brought along.

    Parameters
    ----------
    asked : sequence of str
        ``all``, or names, of which a side may lack some; case does not matter.
    there : sequence of str
        The columns of the side.
    """
    if [name.lower() for name in asked] == [ALL]:
        return [name for name in there if name.lower() != _MADE]
    by_lower = {name.lower(): name for name in reversed(there)}
    found = (name if name in there else by_lower.get(name.lower()) for name in asked)
    return list(dict.fromkeys(name for name in found if name))


def check_brought(
    asked: Sequence[str], left: Sequence[BroughtColumn], right: Sequence[BroughtColumn]
) -> None:
    """Refuse a column that neither side has.

    Raises
    ------
    SurveyError
        Naming the nearest one of those that are brought.
    """
    there = {column.name.lower() for column in (*left, *right)}
    for name in asked:
        if name.lower() not in there and [n.lower() for n in asked] != [ALL]:
            raise SurveyError(
                f"Neither side has a column '{name}' to bring along; "
                "--columns all brings every one."
            )


def table_facts(
    connection: duckdb.DuckDBPyConnection, table: TableName, names: Iterable[str]
) -> tuple[BroughtColumn, ...]:
    """Return columns of a table with what the warehouse knows of them."""
    known = {
        name: [text or "" for text in texts]
        for name, *texts in connection.execute(
            "select column_name, unit, ucd, description from meta.columns "
            "where schema_name = ? and table_name = ?",
            list(table),
        ).fetchall()
    }
    return tuple(BroughtColumn(name, *known.get(name, ())) for name in names)


def name_apart(
    own: Sequence[str], left: Sequence[BroughtColumn], right: Sequence[BroughtColumn]
) -> list[list[str]]:
    """Return what the columns of both sides are called in the result.

    Parameters
    ----------
    own : sequence of str
        Columns of the match itself.
    left, right : sequence of BroughtColumn
        Those of the sides; a name that is there twice gets ``_left`` or ``_right``.
    """
    everywhere = [*own, _MADE, *(c.name for c in (*left, *right))]
    lower = [name.lower() for name in everywhere]
    used = {name.lower() for name in (*own, _MADE)}
    used |= {name for name in lower if lower.count(name) == 1}
    found: list[list[str]] = []
    for side, columns in (("left", left), ("right", right)):
        names = []
        for column in columns:
            name = column.name
            if lower.count(name.lower()) > 1:
                name, number = f"{column.name}_{side}", 1
                while name.lower() in used:
                    number += 1
                    name = f"{column.name}_{side}_{number}"
                used.add(name.lower())
            names.append(name)
        found.append(names)
    return found


def select_items(
    alias: str, columns: Sequence[BroughtColumn], names: Sequence[str]
) -> list[str]:
    """Return the columns of a side as SQL."""
    return [
        f"{alias}.{quote_identifier(column.name)} as {quote_identifier(name)}"
        for column, name in zip(columns, names, strict=True)
    ]
