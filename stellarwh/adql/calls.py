"""The grammar of calls: functions of the list, aggregates, CAST and COALESCE."""

from collections.abc import Callable

from sqlglot import exp

from stellarwh.adql.functions import FUNCTIONS
from stellarwh.adql.reader import Reader
from stellarwh.adql.signatures import GEOMETRIES, Function, form_of
from stellarwh.adql.tokens import Token, habit_of
from stellarwh.adql.words import TYPES
from stellarwh.errors import did_you_mean

__all__ = ["call", "cast_", "coalesce", "kind_of", "set_function"]

_READ = Callable[[], exp.Expr]
_SET_FUNCTIONS: dict[str, type[exp.AggFunc]] = {
    "AVG": exp.Avg,
    "COUNT": exp.Count,
    "MAX": exp.Max,
    "MIN": exp.Min,
    "SUM": exp.Sum,
}
_WITH_FRAME = ("BOX", "CIRCLE", "POINT", "POLYGON")
_DUCKDB_TYPES = {
    "SMALLINT": exp.DType.SMALLINT,
    "INTEGER": exp.DType.INT,
    "BIGINT": exp.DType.BIGINT,
    "REAL": exp.DType.FLOAT,
    "DOUBLE PRECISION": exp.DType.DOUBLE,
    "CHAR": exp.DType.CHAR,
    "VARCHAR": exp.DType.VARCHAR,
    "TIMESTAMP": exp.DType.TIMESTAMP,
}


def kind_of(node: exp.Expr) -> str:
    """Return the type of a value, empty where only its columns tell."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Literal):
        return "VARCHAR" if node.is_string else "DOUBLE"
    if isinstance(node, exp.DPipe):
        return "VARCHAR"
    if isinstance(node, (exp.Binary, exp.Neg, exp.Count, exp.Sum, exp.Avg)):
        return "DOUBLE"
    if isinstance(node, exp.Cast):
        name = str(node.meta["type"])
        return {"DOUBLE PRECISION": "DOUBLE", "CHAR": "VARCHAR"}.get(name, name)
    if isinstance(node, exp.Anonymous):
        return str(node.meta["returns"])
    return ""


def _is_literal(node: exp.Expr) -> bool:
    """Whether it is a text or a number, which may have a sign."""
    return isinstance(node.this if isinstance(node, exp.Neg) else node, exp.Literal)


def _is_whole(node: exp.Expr) -> bool:
    return (node.this if isinstance(node, exp.Neg) else node).name.isdigit()


def _arguments(reader: Reader, value: _READ) -> list[exp.Expr]:
    """Read what stands in the parentheses of a call."""
    reader.expect_sign("(", "behind the name of a function")
    if reader.take_sign(")"):
        return []
    arguments = reader.listed(value)
    reader.expect_sign(")", "or a comma and another argument")
    return arguments


def call(reader: Reader, value: _READ) -> exp.Expr:
    """Read a call of a function that is on the list."""
    token = reader.now
    function = FUNCTIONS.get(token.text.lower())
    if function is None:
        if habit := habit_of(token):
            reader.refuse(f"{token.shown} is not ADQL; {habit}")
        if token.is_reserved:
            reader.refuse_found("a value")
        names = (*FUNCTIONS, "avg", "cast", "coalesce", "count", "max", "min", "sum")
        reader.refuse(f"there is no function {token.shown}. {_nearest(token, names)}")
    reader.read()
    arguments = _arguments(reader, value)
    frame = None
    if function.name in _WITH_FRAME and arguments:
        first = arguments[0]
        if isinstance(first, exp.Null) or (
            isinstance(first, exp.Literal) and first.is_string
        ):
            frame = "" if isinstance(first, exp.Null) else first.name
            arguments = arguments[1:]
    form = form_of(function, [(kind_of(a), _is_literal(a)) for a in arguments])
    wholes = form and [a.is_literal and a.type == "INTEGER" for a in form.arguments]
    if form is None or any(
        is_whole and not _is_whole(argument)
        for is_whole, argument in zip(wholes or (), arguments, strict=False)
    ):
        reader.refuse(f"{function.name} is called as {_ways(function)}", token)
    node = exp.Anonymous(this=function.name, expressions=arguments)
    node.meta["returns"] = form.returns
    if frame is not None:
        node.meta["frame"] = frame
    return reader.placed(node, token)


def _nearest(token: Token, names: tuple[str, ...]) -> str:
    told = did_you_mean(token.text, names)
    return told if told.startswith("Did") else "The service lists those that there are."


def _ways(function: Function) -> str:
    """Return how a function is called, for a message."""
    if function.name == "POLYGON":
        return "POLYGON(lon1, lat1, lon2, lat2, lon3, lat3, …) or POLYGON(point1, …)"
    ways = []
    for form in function.forms:
        inner = ", ".join(
            f"{a.name} {'literal ' * a.is_literal}{a.type}" for a in form.arguments
        )
        ways.append(f"{function.name}({inner})")
    return " or ".join(ways)


def set_function(reader: Reader, value: _READ) -> exp.Expr:
    """Read AVG, COUNT, MAX, MIN or SUM."""
    token = reader.read()
    kind = _SET_FUNCTIONS[token.value]
    reader.expect_sign("(", "behind the name of a function")
    if token.value == "COUNT" and reader.take_sign("*"):
        reader.expect_sign(")", "behind COUNT(*")
        return reader.placed(kind(this=exp.Star()), token)
    is_distinct = reader.take("DISTINCT")
    if not is_distinct:
        reader.take("ALL")
    start = reader.now
    argument = value()
    if kind_of(argument) in GEOMETRIES and token.value != "COUNT":
        reader.refuse(f"{token.value} does not take a geometry", start)
    reader.expect_sign(")", f"as {token.value} takes one value")
    if is_distinct:
        argument = exp.Distinct(expressions=[argument])
    return reader.placed(kind(this=argument), token)


def coalesce(reader: Reader, value: _READ) -> exp.Expr:
    """Read COALESCE."""
    token = reader.read()
    arguments = _arguments(reader, value)
    if not arguments:
        reader.refuse("COALESCE takes one value or more", token)
    node = exp.Coalesce(this=arguments[0], expressions=arguments[1:])
    return reader.placed(node, token)


def cast_(reader: Reader, value: _READ) -> exp.Expr:
    """Read CAST."""
    token = reader.read()
    reader.expect_sign("(", "behind CAST")
    argument = value()
    if not reader.take("AS"):
        reader.refuse_found("AS and a type, as in CAST(x AS REAL)")
    found = reader.now
    name = next((t for t in TYPES if reader.take(*t.split())), None)
    if name is None:
        reader.refuse(f"{found.shown} is no type of CAST; those are {', '.join(TYPES)}")
    if name in _DUCKDB_TYPES:
        to = exp.DataType(this=_DUCKDB_TYPES[name])
    else:
        to = exp.DataType(this=exp.DType.USERDEFINED, kind=name)
    if name in ("CHAR", "VARCHAR") and reader.take_sign("("):
        length = reader.whole_number("a number of characters")
        to.set("expressions", [exp.DataTypeParam(this=length)])
        reader.expect_sign(")", "behind the number of characters")
    reader.expect_sign(")", "behind the type")
    node = exp.Cast(this=argument, to=to)
    node.meta["type"] = name
    return reader.placed(node, token)
