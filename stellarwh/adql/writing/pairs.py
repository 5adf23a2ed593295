"""Joins on the sky, written so that DuckDB compares the rows of one bucket only.

The condition itself stands beside what is written here, which follows from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stellarwh.adql.writing.scopes import Source
from stellarwh.adql.writing.values import Near, Value

__all__ = ["Item", "bucketed", "is_bucketed", "kept"]

_ARCSEC = 3600.0
# Degrees: what lies further apart is compared as it stands.
_WIDEST = 5
# Rows of what nobody counted, as a view: more than most clients bring.
_SUPPOSED = 1_000_000


@dataclass
class Item:
    """One source, with what is computed of each of its rows before it is joined.

    Parameters
    ----------
    source : Source
        Its names.
    base : str
        What it reads; it may come to read that through another query.
    table : str
        The table or view that it is, if it is one.
    """

    source: Source
    base: str
    table: str = ""

    @property
    def sql(self) -> str:
        """What stands behind FROM or JOIN."""
        return f"{self.base} as {self.source.alias}"

    @property
    def rows(self) -> int:
        """How many rows it has, about."""
        return _SUPPOSED if self.source.rows is None else self.source.rows


def is_bucketed(near: Near) -> bool:
    """Return whether pairs of two sources within one small radius are asked for."""
    left, right = near.left.reads, near.right.reads
    radius = None if near.radius is None else near.radius.constant
    return (
        len(left) == len(right) == 1
        and left != right
        and radius is not None
        and 0 <= radius <= _WIDEST
    )


def bucketed(
    near: Near,
    left: Item,
    right: Item,
    names: Iterator[str],
    around: Item | None = None,
) -> str:
    """Return the condition that both are in one bucket; both get a column for it.

    Parameters
    ----------
    near : Near
        What is asked.
    left, right : Item
        The sources of the two points.
    names : iterator of str
        Those that are used for nothing else.
    around : Item, optional
        The one whose rows are taken once for each bucket around them, and which may
        lose those without a position; the smaller one if either may.
    """
    if around is None:
        around = left if left.rows < right.rows else right
    assert near.radius is not None
    name = f'"stellarwh bucket {next(names)}"'
    for item, point in ((left, near.left), (right, near.right)):
        put = _around_buckets if item is around else _in_buckets
        item.base = put(item.base, item.source.alias, point, near.radius, name)
    return f"{left.source.alias}.{name} = {right.source.alias}.{name}"


def kept(
    values: Sequence[Value],
    value: Value,
    items: tuple[Item, Item],
    names: Iterator[str],
) -> list[str]:
    """Return the conditions of a join that keeps each row of one source.

    A row comes once for each partner, and once where it has none. So it is the other
    source whose rows are taken once for each bucket around them; or, where that one is
    larger, the pairs are looked up by the position.

    Parameters
    ----------
    values : sequence of Value
        What ON asks for.
    value : Value
        The one of these that asks for pairs near each other.
    items : tuple of Item
        The source that keeps its rows, and the other.
    names : iterator of str
        Those that are used for nothing else.
    """
    near, (keeper, other) = value.near, items
    assert near is not None
    if near.left.reads != {keeper.source.alias}:
        near = Near(near.right, near.left, near.radius)
    if not _is_looked_up(value, near, keeper, other):
        same = bucketed(near, keeper, other, names, around=other)
        return [*(each.sql for each in values), same]
    lon, lat = near.left.part(0).sql, near.left.part(1).sql
    alias, reads = keeper.source.alias, other.source.alias
    once = f"(select distinct on ({lon}, {lat}) * from {keeper.table} as {alias})"  # noqa: S608 - SQL of ours
    positions, partner = Item(keeper.source, once), Item(other.source, other.base)
    same = bucketed(near, positions, partner, names, around=positions)
    name = f"stellarwh near {next(names)}"
    other.base = (
        f'(select {reads}.*, {lon} as "{name} lon", {lat} as "{name} lat" '  # noqa: S608 - SQL of ours
        f"from {positions.sql} inner join {partner.sql} on {same} and {value.sql})"
    )
    return [
        *(each.sql for each in values if each is not value),
        f'{lon} = {reads}."{name} lon"',
        f'{lat} = {reads}."{name} lat"',
    ]


def _is_looked_up(value: Value, near: Near, keeper: Item, other: Item) -> bool:
    """Whether the pairs of two sources may be found apart, by the positions of one.

    It must be a table, and its positions columns: a query may give other rows, and an
    expression other numbers, when it is asked again.
    """
    return (
        bool(keeper.table)
        and keeper.source.rows is not None
        and keeper.rows < other.rows
        and near.left.part(0).is_column
        and near.left.part(1).is_column
        and len(value.reads) == 2
    )


def _in_buckets(base: str, alias: str, point: Value, radius: Value, name: str) -> str:
    """Return a source whose rows have the bucket of sky that they are in.

    Parameters
    ----------
    base, alias : str
        What it reads, and what the point calls it.
    point : Value
        A position of each row.
    radius : Value
        In degrees.
    name : str
        Of the column of buckets.
    """
    made = f"sky_bucket({_turned(point)}, {point.part(1).sql}, {_reach(radius)})"
    return f"(select *, {made} as {name} from {base} as {alias})"  # noqa: S608 - SQL of ours


def _around_buckets(
    base: str, alias: str, point: Value, radius: Value, name: str
) -> str:
    """Return a source whose rows come once for each bucket that a partner may be in.

    Rows without a position do not come at all.

    Parameters
    ----------
    base, alias, point, radius, name
        As in `_in_buckets`.
    """
    reach = _reach(radius)
    ra, lat, south, north = (f'{name[:-1]} {part}"' for part in ("ra", "dec", "s", "n"))
    corners = [
        (f'{name[:-1]} {side}{end}"', zone, east)
        for side, zone in (("s", south), ("n", north))
        for end, east in (("w", -1), ("e", 1))
    ]
    placed = (
        f"(select *, {_turned(point)} as {ra}, "  # noqa: S608 - SQL of ours
        f"{point.part(1).sql} as {lat} from {base} as {alias})"
    )
    zoned = (
        f"(select *, sky_zone({lat}, {reach}, -1) as {south}, "  # noqa: S608 - SQL of ours
        f"sky_zone({lat}, {reach}, 1) as {north} from {placed})"
    )
    cells = ", ".join(
        f"sky_cell({ra}, {zone}, {reach}, {east}) as {cell}"
        for cell, zone, east in corners
    )
    listed = ", ".join([south, north, *(cell for cell, _, _ in corners)])
    return (
        f"(select *, unnest(sky_cells({listed})) as {name} "  # noqa: S608 - SQL of ours
        f"from (select *, {cells} from {zoned}))"
    )


def _turned(point: Value) -> str:
    """Return the longitude of a point in 0..360, whatever number it is."""
    return f"(({point.part(0).sql}) % 360::double + 360::double) % 360::double"


def _reach(radius: Value) -> str:
    return f"({radius.sql} * {_ARCSEC}::double)"
