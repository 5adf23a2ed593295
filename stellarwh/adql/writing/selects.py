"""Queries, from the tree to SQL."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

from sqlglot import exp

from stellarwh.adql.tables import Tables
from stellarwh.adql.writing.expressions import Expressions, conjuncts
from stellarwh.adql.writing.scopes import Scope
from stellarwh.adql.writing.sources import From
from stellarwh.adql.writing.values import Value
from stellarwh.adql.writing.written import Written
from stellarwh.errors import AdqlError
from stellarwh.quoting import quote_identifier

__all__ = ["Selects"]

# DuckDB plans a query of WITH anew wherever it is named: each that names the one before
# it twice takes twice as long.
_MOST_TABLES = 200
_SET_WORDS = {exp.Union: "union", exp.Except: "except", exp.Intersect: "intersect"}


class Selects:
    """Writes queries.

    Parameters
    ----------
    tables : Tables
        What they may read.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._numbers = count(1)
        self._known: dict[str, Written] = {}
        self._planned = 0
        self._planned_of: dict[str, int] = {}
        self.read: list[str] = []

    def _aliases(self, letter: str) -> Iterator[str]:
        return (f"{letter}{number}" for number in self._numbers)

    def whole(self, tree: exp.Query, limit: int | None) -> Written:
        """Return a whole query, with what stands behind WITH.

        Parameters
        ----------
        tree : sqlglot.exp.Query
            As `parse` gives it.
        limit : int, optional
            The most rows that it may give.
        """
        before = ""
        clause = tree.args.get("with_")
        if clause is not None:
            before = f"with {', '.join(self._named(e) for e in clause.expressions)} "
        written = self.query(tree, None, limit)
        return replace(written, sql=before + written.sql)

    def _named(self, node: exp.CTE) -> str:
        name = node.alias
        if name.lower() in self._known:
            raise AdqlError(f"WITH names {name} twice.")
        before = self._planned
        written = self.query(node.this, None)
        self._planned_of[name.lower()] = self._planned - before
        columns = [(spelt, value) for spelt, value in written.columns]
        table = node.args["alias"]
        given = [column.name for column in table.columns]
        if given and len(given) != len(columns):
            raise AdqlError(
                f"{name} has {len(columns)} columns, and {len(given)} names for them."
            )
        if given:
            columns = [
                (spelt, value.named(new))
                for (spelt, value), new in zip(columns, given, strict=True)
            ]
        spelt = next(self._aliases("w"))
        self._known[name.lower()] = replace(written, sql=spelt, columns=columns)
        return f"{spelt} as ({written.sql})"

    def query(
        self, node: exp.Expr, outer: Scope | None, limit: int | None = None
    ) -> Written:
        """Return a SELECT, or a union of some.

        Parameters
        ----------
        node : sqlglot.exp.Expr
            A query, with or without brackets.
        outer : Scope, optional
            Of the query around it.
        limit : int, optional
            The most rows that it may give.
        """
        if isinstance(node, exp.Subquery):
            ordered = any(node.args.get(k) for k in ("order", "limit", "offset"))
            if not ordered:
                return self.query(node.this, outer, limit)
            inner = self.query(node.this, outer)
            sql = f"select * from ({inner.sql})"  # noqa: S608 - SQL of ours
            return self._ended(sql, inner, node, limit)
        if isinstance(node, exp.SetOperation):
            return self._united(node, outer, limit)
        if isinstance(node, exp.Select):
            return self._select(node, outer, limit)
        raise AdqlError("Only SELECT can be asked.")

    def _united(
        self, node: exp.SetOperation, outer: Scope | None, limit: int | None
    ) -> Written:
        left = self.query(node.this, outer)
        right = self.query(node.expression, outer)
        if len(left.columns) != len(right.columns):
            raise AdqlError(
                f"The two sides of {_SET_WORDS[type(node)].upper()} have "
                f"{len(left.columns)} and {len(right.columns)} columns; they must have "
                "as many."
            )
        word = _SET_WORDS[type(node)]
        if not node.args.get("distinct", True):
            word += " all"
        columns = [
            (spelt, _of_both(value, other))
            for (spelt, value), (_, other) in zip(
                left.columns, right.columns, strict=True
            )
        ]
        known = None not in (left.rows, right.rows)
        rows = (left.rows or 0) + (right.rows or 0) if known else None
        united = Written(f"({left.sql}) {word} ({right.sql})", columns, rows=rows)
        return self._ended(united.sql, united, node, limit)

    def _ended(
        self, sql: str, written: Written, node: exp.Expr, limit: int | None
    ) -> Written:
        """Return a query of columns with its ORDER BY, OFFSET and limit."""
        order = node.args.get("order")
        if order is not None:
            items = [_ordered(item, written.columns) for item in order.expressions]
            if None in items:
                raise AdqlError(
                    "ORDER BY behind UNION, EXCEPT or INTERSECT takes names and "
                    "numbers of its columns."
                )
            sql += f" order by {', '.join(filter(None, items))}"
        top = _top(node)
        rows = _fewest(top, written.rows)
        return Written(sql + _bounds(node, top, limit), written.columns, top, rows)

    def _select(
        self, node: exp.Select, outer: Scope | None, limit: int | None
    ) -> Written:
        reads = From(self._tables, self._known, self.query, self._aliases("s"), outer)
        reads.add(node.args["from_"].this, node.args.get("joins") or [])
        self._count(reads)
        expressions = Expressions(reads.scope, self.query)
        columns = self._columns(node, reads.scope, expressions)
        ends = []
        if node.args.get("where") is not None:
            parts = conjuncts(node.args["where"].this)
            values = [expressions.write(part) for part in parts]
            # First what the sources must know before they are written.
            more = [reads.meet(value) for value in values]
            conditions = [value.sql for value in values] + [m for m in more if m]
            ends.append(f"where {' and '.join(conditions)}")
        if node.args.get("group") is not None:
            keys = [
                self._key(one, columns, expressions)
                for one in node.args["group"].expressions
            ]
            ends.append(f"group by {', '.join(keys)}")
        if node.args.get("having") is not None:
            ends.append(f"having {expressions.write(node.args['having'].this).sql}")
        if node.args.get("order") is not None:
            keys = []
            for item in node.args["order"].expressions:
                key = _ordered(item, columns)
                keys.append(key or _direction(self._write_key(item, expressions), item))
            ends.append(f"order by {', '.join(keys)}")
        self.read += reads.read
        listed = ", ".join(
            f"{value.sql} as {quote_identifier(spelt)}" for spelt, value in columns
        )
        word = "select distinct" if node.args.get("distinct") else "select"
        sql = " ".join([word, listed, "from", reads.sql(), *ends])
        top = _top(node)
        rows = _fewest(top, reads.rows)
        return Written(sql + _bounds(node, top, limit), columns, top, rows)

    def _count(self, reads: From) -> None:
        """Refuse what would take long to plan."""
        self._planned += len(reads.read)
        self._planned += sum(self._planned_of[name] for name in reads.named)
        if self._planned > _MOST_TABLES:
            raise AdqlError(
                f"The query reads more than {_MOST_TABLES} tables, counting those of "
                "a query of WITH wherever it is named; ask in steps."
            )

    @staticmethod
    def _write_key(item: exp.Ordered, expressions: Expressions) -> str:
        return expressions.write(item.this).sql

    @staticmethod
    def _key(
        node: exp.Expr,
        columns: Sequence[tuple[str, Value]],
        expressions: Expressions,
    ) -> str:
        """Return what GROUP BY takes: a column, an expression, or a place."""
        if isinstance(node, exp.Literal) and not node.is_string:
            return str(_place(node, len(columns), "GROUP BY"))
        if isinstance(node, exp.Column) and len(node.parts) == 1:
            try:
                return expressions.write(node).sql
            except AdqlError:
                for at, (_, value) in enumerate(columns, 1):
                    if value.column.name.lower() == node.name.lower():
                        return str(at)
                raise
        return expressions.write(node).sql

    def _columns(
        self, node: exp.Select, scope: Scope, expressions: Expressions
    ) -> list[tuple[str, Value]]:
        """Return what is selected, each under a name of its own."""
        found: list[Value] = []
        for item in node.expressions:
            if isinstance(item, exp.Star):
                found += [v.named(name) for name, v in scope.all_columns()]
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                before = [part.name for part in item.parts[:-1]]
                found += [v.named(name) for name, v in scope.all_columns(before)]
            elif isinstance(item, exp.Alias):
                found.append(expressions.write(item.this).named(item.alias))
            else:
                value = expressions.write(item)
                found.append(value.named(_name_of(item, value)))
        names: set[str] = set()
        return [(_unlike(value.column.name, names), value) for value in found]


def _name_of(node: exp.Expr, value: Value) -> str:
    """Return the name of a column that the query gives none."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Column):
        return value.column.name or node.name
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Func):
        inner = node.find(exp.Column)
        word = type(node).__name__.lower()
        return f"{word}_{inner.name}" if inner is not None else word
    return "value"


def _unlike(name: str, taken: set[str]) -> str:
    """Return a name that no other column has, whichever way it is written."""
    spelt, number = name, 1
    while spelt.lower() in taken:
        number += 1
        spelt = f"{name}_{number}"
    taken.add(spelt.lower())
    return spelt


def _of_both(value: Value, other: Value) -> Value:
    """Return what is known of a column of a union: what both sides have in common."""
    one, two = value.column, other.column
    column = replace(
        one,
        unit=one.unit if one.unit == two.unit else "",
        ucd=one.ucd if one.ucd == two.ucd else "",
        description=one.description if one.description == two.description else "",
        xtype=one.xtype if one.xtype == two.xtype else "",
    )
    return replace(
        value, column=column, constant=None, text=None, condition=None, near=None
    )


def _place(node: exp.Literal, columns: int, clause: str) -> int:
    text = str(node.this)
    if not text.isdigit() or not 1 <= int(text) <= columns:
        raise AdqlError(f"{clause} {text}: the query has columns 1 to {columns}.")
    return int(text)


def _ordered(item: exp.Ordered, columns: Sequence[tuple[str, Value]]) -> str | None:
    """Return what ORDER BY takes where it is a column of the result; else None."""
    node = item.this
    if isinstance(node, exp.Literal) and not node.is_string:
        return _direction(str(_place(node, len(columns), "ORDER BY")), item)
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        found = [
            at
            for at, (_, value) in enumerate(columns, 1)
            if value.column.name.lower() == node.name.lower()
        ]
        if len(found) > 1 and len({columns[at - 1][1].sql for at in found}) > 1:
            raise AdqlError(f"ORDER BY {node.name}: two columns have that name.")
        if found:
            return _direction(str(found[0]), item)
    return None


def _direction(sql: str, item: exp.Ordered) -> str:
    # Rows without a value come last, whichever way.
    return f"{sql} {'desc' if item.args.get('desc') else 'asc'} nulls last"


def _top(node: exp.Expr) -> int | None:
    clause = node.args.get("limit")
    return None if clause is None else int(clause.expression.name)


def _fewest(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return min(known) if known else None


def _bounds(node: exp.Expr, top: int | None, limit: int | None) -> str:
    most = _fewest(top, limit)
    offset = node.args.get("offset")
    passed = int(offset.expression.name) if offset else 0
    if most is not None:
        # DuckDB 2.0 may lose a limit without an offset, of views whose joins it knows
        # to be empty on one side.
        return f" limit {most} offset {passed}"
    return f" offset {passed}" if offset else ""
