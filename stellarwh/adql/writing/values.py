"""What an expression of a query has become: SQL, and what is known of its values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from stellarwh.adql.tables import Column
from stellarwh.errors import AdqlError

__all__ = [
    "Kind",
    "Near",
    "Region",
    "Value",
    "called",
    "computed",
    "constant",
    "kind_of",
    "must_be",
    "region",
]


class Kind(Enum):
    """What values are, as far as a query's rules ask."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth value"
    TIME = "time"
    POINT = "point"
    CIRCLE = "circle"
    POLYGON = "polygon"
    LIST = "list"
    UNKNOWN = "value"

    @property
    def is_region(self) -> bool:
        """Whether it is a geometry of the sky."""
        return self in (Kind.POINT, Kind.CIRCLE, Kind.POLYGON)


# Beyond this, planning takes seconds.
_HEAVIEST = 20_000
# Names, literals and simple sums of these.
_LIGHT = 4
_XTYPES = {
    "point": Kind.POINT,
    "circle": Kind.CIRCLE,
    "polygon": Kind.POLYGON,
    "timestamp": Kind.TIME,
}
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
    *("FLOAT", "REAL", "DOUBLE", "DECIMAL"),
)


def kind_of(column: Column) -> Kind:
    """Return what the values of a column are."""
    if column.xtype in _XTYPES:
        return _XTYPES[column.xtype]
    kind = column.type.upper()
    if kind.endswith("]"):
        return Kind.LIST
    if kind.startswith(_NUMBERS):
        return Kind.NUMBER
    if kind.startswith(("TIMESTAMP", "DATE")):
        return Kind.TIME
    if kind.startswith(("VARCHAR", "ENUM", "UUID")):
        return Kind.TEXT
    return Kind.TRUTH if kind == "BOOLEAN" else Kind.UNKNOWN


@dataclass(frozen=True)
class Region:
    """A geometry that is written in a query, part by part.

    Parameters
    ----------
    numbers : tuple of Value
        Of a point: longitude and latitude in degrees; of a circle these of its centre
        and the radius; of a polygon longitude and latitude of each corner in turn.
    """

    numbers: tuple["Value", ...]

    @property
    def constants(self) -> tuple[float, ...] | None:
        """All its numbers, where all are constants."""
        found = [value.constant for value in self.numbers]
        if any(number is None for number in found):
            return None
        return tuple(float(number) for number in found if number is not None)


@dataclass(frozen=True)
class Near:
    """Two positions within a radius of each other.

    Parameters
    ----------
    left, right : Value
        Points.
    radius : Value, optional
        In degrees; None where it is the angle itself.
    """

    left: "Value"
    right: "Value"
    radius: "Value | None" = None


@dataclass(frozen=True)
class Value:
    """An expression in SQL.

    Parameters
    ----------
    sql : str
        What it is in SQL; in brackets where it is more than a name, call or literal.
    kind : Kind
        What its values are.
    column : Column
        Name, unit, UCD, description; of the column that it is, or as they follow.
    constant : float, optional
        Its number, where it is one.
    text : str, optional
        Its characters, where it is a text itself.
    region : Region, optional
        The parts of a geometry, where they are written down.
    reads : frozenset of str
        The sources (`scopes.Source`) whose columns it reads.
    is_column : bool
        Whether it is a column as it stands.
    weight : int
        How long it is once DuckDB has put each macro in place of its name.
    condition : Value, optional
        Of the numbers 1 and 0 that say whether something holds: what does.
    near : Near, optional
        Of a condition: the positions that it asks to be near each other; of an angle:
        those between which it is.
    equates : bool
        Of a condition: whether it asks for equal values of two sources.
    exact : str
        Of a condition: its SQL without what only leaves out rows sooner. Where a part
        of a position is missing that is unknown, and the whole may be false.
    """

    sql: str
    kind: Kind = Kind.UNKNOWN
    column: Column = field(default_factory=lambda: Column(""))
    constant: float | None = None
    text: str | None = None
    region: Region | None = None
    reads: frozenset[str] = frozenset()
    is_column: bool = False
    weight: int = 1
    condition: "Value | None" = None
    near: "Near | None" = None
    equates: bool = False
    exact: str = ""

    @property
    def unit(self) -> str:
        """Its unit, empty where not known."""
        return self.column.unit

    def named(self, name: str) -> "Value":
        """Return it under another name."""
        return replace(self, column=replace(self.column, name=name))

    def part(self, at: int) -> "Value":
        """Return one number of a geometry, the first is 0."""
        if self.region is not None:
            return self.region.numbers[at]
        return Value(
            f"{self.sql}[{at + 1}]",
            Kind.NUMBER,
            Column("", unit="deg"),
            reads=self.reads,
            weight=self.weight,
        )


def reads_of(*values: Value) -> frozenset[str]:
    """Return the sources that any of some values reads."""
    return frozenset().union(*(value.reads for value in values))


def computed(
    sql: str, *values: Value, kind: Kind = Kind.NUMBER, unit: str = "", copies: int = 1
) -> Value:
    """Return what is computed from values.

    Parameters
    ----------
    sql : str
        Their SQL is in it.
    *values : Value
        What it is computed from.
    kind : Kind
        What it is.
    unit : str
        Its unit.
    copies : int
        How often the SQL of each value comes up in it once macros are put in place.

    Raises
    ------
    AdqlError
        If it would be too long: a few calls within each other can be made to fill any
        memory.
    """
    weight = 1 + copies * sum(value.weight for value in values)
    if weight > _HEAVIEST:
        raise AdqlError(
            "The query has too many functions within each other; work some of them out "
            "in a subquery or behind WITH."
        )
    return Value(
        sql, kind, Column("", unit=unit), reads=reads_of(*values), weight=weight
    )


def called(
    write: Callable[[Sequence[str]], str],
    values: Sequence[Value],
    *,
    kind: Kind = Kind.NUMBER,
    unit: str = "",
    copies: int = 1,
) -> Value:
    """Return what a macro makes of values, each of which is worked out once.

    A macro's text takes the place of its name, and what it is given the place of each
    mention of it: a call within a call within a call would take seconds to plan.

    Parameters
    ----------
    write : callable
        Gives the SQL of the call, of that of its arguments.
    values : sequence of Value
        The arguments.
    kind, unit, copies
        As in `computed`.
    """
    if copies == 1 or all(value.weight <= _LIGHT for value in values):
        sql = write([value.sql for value in values])
        return computed(sql, *values, kind=kind, unit=unit, copies=copies)
    given = ", ".join(f"'v{at}': {value.sql}" for at, value in enumerate(values))
    body = write([f"p.v{at}" for at in range(len(values))])
    sql = f"list_transform([{{{given}}}], lambda p: {body})[1]"
    made = computed(sql, *values, kind=kind, unit=unit)
    return replace(made, weight=made.weight + copies * len(values))


def constant(value: float) -> Value:
    """Return a number that stands in SQL as it is, to its last digit."""
    return Value(f"{value!r}::double", Kind.NUMBER, constant=value)


def region(kind: Kind, *numbers: Value) -> Value:
    """Return a geometry of its numbers; NULL where one of them is.

    Parameters
    ----------
    kind : Kind
        What it is.
    *numbers : Value
        As `Region` has them.
    """
    sql = f"[{', '.join(value.sql for value in numbers)}]::double[]"
    unsure = [at for at, v in enumerate(numbers, 1) if v.constant is None]
    if unsure:
        known = " and ".join(f"p[{at}] is not null" for at in unsure)
        sql = f"list_filter([{sql}], lambda p: {known})[1]"
    return Value(
        sql,
        kind,
        Column("", unit="deg", ucd=_UCDS[kind], xtype=kind.value),
        region=Region(numbers),
        reads=reads_of(*numbers),
        weight=1 + sum(value.weight for value in numbers),
    )


_UCDS = {Kind.POINT: "pos", Kind.CIRCLE: "pos.outline", Kind.POLYGON: "pos.outline"}


def must_be(value: Value, *kinds: Kind, of: str) -> Value:
    """Return a value that is of one of some kinds.

    Raises
    ------
    AdqlError
        If it is known to be of another.
    """
    if value.kind not in (*kinds, Kind.UNKNOWN):
        wanted = " or a ".join(kind.value for kind in kinds)
        raise AdqlError(f"{of} takes a {wanted}, and was given a {value.kind.value}.")
    return value
