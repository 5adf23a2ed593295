"""Expressions of a query, from the tree to SQL."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar

from sqlglot import exp

from stellarwh.adql.writing import sky
from stellarwh.adql.writing.aggregates import aggregate, counted
from stellarwh.adql.writing.calls import CALLS
from stellarwh.adql.writing.scopes import Scope
from stellarwh.adql.writing.unit_algebra import factor, product, quotient
from stellarwh.adql.writing.values import (
    Kind,
    Value,
    computed,
    constant,
    must_be,
)
from stellarwh.adql.writing.written import Written
from stellarwh.errors import AdqlError
from stellarwh.quoting import quote_text

__all__ = ["Expressions", "conjuncts"]

# What writes a subquery, seen from within a scope.
Subquery = Callable[[exp.Expr, Scope], Written]
_TYPES = {
    "INTEGER": ("integer", Kind.NUMBER),
    "SMALLINT": ("smallint", Kind.NUMBER),
    "BIGINT": ("bigint", Kind.NUMBER),
    "REAL": ("float", Kind.NUMBER),
    "DOUBLE PRECISION": ("double", Kind.NUMBER),
    "TIMESTAMP": ("timestamp", Kind.TIME),
    "CHAR": ("varchar", Kind.TEXT),
    "VARCHAR": ("varchar", Kind.TEXT),
}
_REGIONS = ("POINT", "CIRCLE", "POLYGON")
_SIGNS: dict[type, str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_AGGREGATES = (exp.Count, exp.Avg, exp.Min, exp.Max, exp.Sum)
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


class Expressions:
    """Writes expressions within one scope.

    Parameters
    ----------
    scope : Scope
        What names mean.
    subquery : callable
        Writes a query within brackets.
    """

    def __init__(self, scope: Scope, subquery: Subquery) -> None:
        self.scope = scope
        self._subquery = subquery

    def write(self, node: exp.Expr) -> Value:
        """Return what an expression is.

        Raises
        ------
        AdqlError
            If a name in it is of nothing, or it does not fit together.
        """
        writer = self._WRITERS.get(type(node))
        if writer is not None:
            return writer(self, node)
        raise AdqlError(f"{type(node).__name__} is not known here.")

    # Leaves

    def _literal(self, node: exp.Literal) -> Value:
        text = str(node.this)
        if node.is_string:
            return Value(quote_text(text), Kind.TEXT, text=text)
        number = float(text)
        if not math.isfinite(number):
            raise AdqlError(f"{text} is too large for a number.")
        if text.isdigit() and int(text) < 2**63:
            return Value(text.lstrip("0") or "0", Kind.NUMBER, constant=number)
        return constant(number)

    def _truth(self, node: exp.Boolean) -> Value:
        # The condition of a bare JOIN.
        return Value("true" if node.this else "false", Kind.TRUTH)

    def _null(self, _: exp.Null) -> Value:
        return Value("null")

    def _column(self, node: exp.Column) -> Value:
        return self.scope.find([part.name for part in node.parts])

    def _paren(self, node: exp.Paren) -> Value:
        value = self.write(node.this)
        return replace(value, sql=f"({value.sql})")

    # Arithmetic

    def _negated(self, node: exp.Neg) -> Value:
        value = self.write(node.this)
        if value.constant is not None:
            return replace(value, sql=f"(-{value.sql})", constant=-value.constant)
        return computed(f"(-{value.sql})", value, unit=value.unit)

    def _sum(self, node: exp.Add | exp.Sub) -> Value:
        sign = "+" if isinstance(node, exp.Add) else "-"
        left, right = self.write(node.this), self.write(node.expression)
        unit = left.unit if left.unit == right.unit else ""
        made = computed(f"({left.sql} {sign} {right.sql})", left, right, unit=unit)
        if left.constant is None or right.constant is None:
            return made
        both = right.constant if sign == "+" else -right.constant
        return replace(made, constant=left.constant + both)

    def _product(self, node: exp.Mul) -> Value:
        left, right = self.write(node.this), self.write(node.expression)
        if left.constant is not None and right.constant is not None:
            return _constant_product(left, right)
        return computed(
            f"({left.sql} * {right.sql})", left, right, unit=product(left, right)
        )

    def _quotient(self, node: exp.Div) -> Value:
        left, right = self.write(node.this), self.write(node.expression)
        if right.constant == 0:
            raise AdqlError("The query divides by 0.")
        if left.constant is not None and right.constant is not None:
            return constant(left.constant / right.constant)
        divisor = right.sql if right.constant else f"nullif({right.sql}, 0)"
        # A double, of whole numbers, too: 1/2 is 0.5.
        return computed(
            f"({left.sql}::double / {divisor})", left, right, unit=quotient(left, right)
        )

    def _joined(self, node: exp.DPipe) -> Value:
        left, right = self.write(node.this), self.write(node.expression)
        for value in (left, right):
            if value.kind.is_region:
                raise AdqlError("A geometry is no text, and || joins texts.")
        return computed(
            f"({left.sql}::varchar || {right.sql}::varchar)",
            left,
            right,
            kind=Kind.TEXT,
        )

    # Conditions

    def _compared(self, node: exp.Expr) -> Value:
        left, right = self.write(node.this), self.write(node.expression)
        sign = _SIGNS[type(node)]
        if left.constant is not None and right.constant is None:
            left, right, sign = right, left, _MIRRORED[sign]
        if left.condition is not None and right.constant in (0, 1):
            holds = (right.constant == 1) == (sign == "=")
            if sign in ("=", "<>"):
                return left.condition if holds else _negation(left.condition)
        if left.near is None and right.near is not None:
            left, right, sign = right, left, _MIRRORED[sign]
        if left.near is not None and sign in ("<", "<="):
            return sky.near(left.near, right, closed=sign == "<=")
        made = computed(
            f"({left.sql} {sign} {right.sql})", left, right, kind=Kind.TRUTH
        )
        apart = left.reads and right.reads and left.reads.isdisjoint(right.reads)
        return replace(made, equates=sign == "=" and bool(apart))

    def _all_or_any(self, node: exp.And | exp.Or) -> Value:
        word = "and" if isinstance(node, exp.And) else "or"
        # A chain of thousands must not be thousands deep.
        parts = [self.write(part) for part in node.flatten()]
        joined = f" {word} ".join(part.sql for part in parts)
        exact = f" {word} ".join(part.exact or part.sql for part in parts)
        made = computed(f"({joined})", *parts, kind=Kind.TRUTH)
        return replace(made, exact=f"({exact})")

    def _not(self, node: exp.Not) -> Value:
        if isinstance(node.this, exp.Is):
            value = self.write(node.this.this)
            return computed(f"({value.sql} is not null)", value, kind=Kind.TRUTH)
        return _negation(self.write(node.this))

    def _is_null(self, node: exp.Is) -> Value:
        value = self.write(node.this)
        word = "is null" if isinstance(node.expression, exp.Null) else "is not null"
        return computed(f"({value.sql} {word})", value, kind=Kind.TRUTH)

    def _like(self, node: exp.Like | exp.ILike) -> Value:
        word = "like" if isinstance(node, exp.Like) else "ilike"
        left, right = (
            must_be(self.write(one), Kind.TEXT, of=word.upper())
            for one in (node.this, node.expression)
        )
        return computed(
            f"({left.sql} {word} {right.sql})", left, right, kind=Kind.TRUTH
        )

    def _between(self, node: exp.Between) -> Value:
        values = [self.write(node.args[name]) for name in ("this", "low", "high")]
        value, low, high = (one.sql for one in values)
        return computed(f"({value} between {low} and {high})", *values, kind=Kind.TRUTH)

    def _in(self, node: exp.In) -> Value:
        value = self.write(node.this)
        query = node.args.get("query")
        if query is not None:
            inner = query.unnest() if isinstance(query, exp.Subquery) else query
            written = self._subquery(inner, self.scope)
            if len(written.columns) != 1:
                raise AdqlError(
                    f"The subquery behind IN gives {len(written.columns)} columns; it "
                    "may give one."
                )
            return computed(f"({value.sql} in ({written.sql}))", value, kind=Kind.TRUTH)
        listed = [self.write(item) for item in node.expressions]
        items = ", ".join(item.sql for item in listed)
        # However many literals there are, DuckDB takes them as they stand.
        computing = [item for item in listed if item.reads]
        made = computed(f"({value.sql} in ({items}))", value, *computing)
        return replace(made, kind=Kind.TRUTH)

    def _exists(self, node: exp.Exists) -> Value:
        query = node.this
        inner = query.unnest() if isinstance(query, exp.Subquery) else query
        written = self._subquery(inner, self.scope)
        return Value(f"exists ({written.sql})", Kind.TRUTH)

    # Calls

    def _call(self, node: exp.Anonymous) -> Value:
        name = node.name.upper()
        if name == "IN_UNIT":
            return self._in_unit(node)
        values = [self.write(one) for one in node.expressions]
        frame = node.meta.get("frame")
        if frame is not None:
            values.insert(0, Value(quote_text(frame), Kind.TEXT, text=frame))
        found = aggregate(name, values)
        if found is not None:
            return found
        call = CALLS.get(name)
        if call is None:
            raise AdqlError(f"There is no function {node.name}.")
        return call(values)

    def _aggregate(self, node: exp.Func) -> Value:
        name = type(node).__name__.upper()
        inner = node.this
        if isinstance(inner, exp.Star):
            return Value("count(*)", Kind.NUMBER, counted("number of rows"))
        is_distinct = isinstance(inner, exp.Distinct)
        if is_distinct:
            (inner,) = inner.expressions
        found = aggregate(name, [self.write(inner)], distinct=is_distinct)
        assert found is not None
        return found

    def _coalesced(self, node: exp.Coalesce) -> Value:
        values = [self.write(one) for one in (node.this, *node.expressions)]
        listed = ", ".join(value.sql for value in values)
        known = [value for value in values if value.sql != "null"]
        same = {(value.unit, value.kind) for value in known if value.constant is None}
        made = computed(f"coalesce({listed})", *values)
        if len(same) == 1:
            ((unit, kind),) = same
            first = next(value for value in known if value.constant is None)
            return replace(
                made, kind=kind, column=replace(first.column, name="", unit=unit)
            )
        return replace(made, kind=Kind.UNKNOWN)

    def _cast(self, node: exp.Cast) -> Value:
        value = self.write(node.this)
        name = str(node.meta["type"])
        if name in _REGIONS:
            return _cast_region(value, name)
        kind = _TYPES.get(name)
        if kind is None:
            raise AdqlError(f"There is no type {name} to CAST to.")
        sql, result = f"cast({value.sql} as {kind[0]})", kind[1]
        size = node.to.expressions
        if size:
            sql = f"left({sql}, {int(size[0].this.name)})"
        elif name == "CHAR":
            sql = f"left({sql}, 1)"
        made = computed(sql, value, kind=result)
        if result is Kind.NUMBER:
            return replace(made, column=replace(value.column, name=""))
        return made

    def _in_unit(self, node: exp.Anonymous) -> Value:
        value, unit = (self.write(one) for one in node.expressions)
        if unit.text is None:
            raise AdqlError("The unit of IN_UNIT must be a text itself, as 'km/s'.")
        by = factor(value, unit.text)
        sql = value.sql if by == 1 else f"({value.sql} * {by!r}::double)"
        return replace(
            computed(sql, value, unit=unit.text),
            column=replace(value.column, name="", unit=unit.text),
        )

    _WRITERS: ClassVar[Mapping[type, Callable[..., Value]]] = {
        exp.Literal: _literal,
        exp.Null: _null,
        exp.Boolean: _truth,
        exp.Column: _column,
        exp.Paren: _paren,
        exp.Neg: _negated,
        exp.Add: _sum,
        exp.Sub: _sum,
        exp.Mul: _product,
        exp.Div: _quotient,
        exp.DPipe: _joined,
        **dict.fromkeys(_SIGNS, _compared),
        exp.And: _all_or_any,
        exp.Or: _all_or_any,
        exp.Not: _not,
        exp.Is: _is_null,
        exp.Like: _like,
        exp.ILike: _like,
        exp.Between: _between,
        exp.In: _in,
        exp.Exists: _exists,
        exp.Anonymous: _call,
        **dict.fromkeys(_AGGREGATES, _aggregate),
        exp.Coalesce: _coalesced,
        exp.Cast: _cast,
    }


def _constant_product(left: Value, right: Value) -> Value:
    """Return a product of constants; of whole numbers to the last digit."""
    if left.sql.isdigit() and right.sql.isdigit():
        whole = int(left.sql) * int(right.sql)
        if whole < 2**63:
            return Value(str(whole), Kind.NUMBER, constant=float(whole))
    assert left.constant is not None
    assert right.constant is not None
    return constant(left.constant * right.constant)


def _cast_region(value: Value, name: str) -> Value:
    """Return a text of numbers, as DALI writes geometries, as one."""
    kind = Kind(name.lower())
    if value.kind is kind:
        return value
    numbers = f"string_split_regex(trim({value.sql}), '\\s+')::double[]"
    count = "= 2" if kind is Kind.POINT else "= 3" if kind is Kind.CIRCLE else ">= 6"
    made = computed(
        f"list_filter([{numbers}], lambda n: len(n) {count})[1]", value, kind=kind
    )
    column = replace(made.column, unit="deg", xtype=name.lower())
    return replace(made, column=column)


def _negation(value: Value) -> Value:
    told = value.exact or value.sql
    return computed(f"(not {told})", value, kind=Kind.TRUTH)


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """Return the conditions that must all hold for one to hold."""
    while isinstance(node, exp.Paren):
        node = node.this
    if not isinstance(node, exp.And):
        return [node]
    return [part for one in node.flatten() for part in conjuncts(one)]
