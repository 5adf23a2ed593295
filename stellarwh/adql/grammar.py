"""The grammar of queries: SELECT and its clauses, joins, set operations and WITH."""

from typing import Any

from sqlglot import exp

from stellarwh.adql.reader import Reader
from stellarwh.adql.values import Values

__all__ = ["Queries"]

_SET_OPERATIONS: dict[str, type[exp.SetOperation]] = {
    "UNION": exp.Union,
    "EXCEPT": exp.Except,
    "INTERSECT": exp.Intersect,
}
_JOIN_WORDS = ("JOIN", "NATURAL", "INNER", "LEFT", "RIGHT", "FULL", "OUTER")
_MODIFIERS = ("limit", "offset", "order")


class Queries:
    """Reads queries.

    Parameters
    ----------
    reader : Reader
        The place in the query.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.values = Values(reader, self.subquery)

    def whole(self) -> exp.Query:
        """Read the query from its first token to its last."""
        reader = self.reader
        if len(reader.tokens) == 1:
            reader.refuse("the query is empty")
        if not (reader.at("SELECT") or reader.at("WITH") or reader.at_sign("(")):
            reader.refuse(
                f"found {reader.now.shown}; a query begins with SELECT or WITH"
            )
        named = self._named_queries() if reader.at("WITH") else None
        query = self._ordered()
        if reader.now.kind != "end":
            self._refuse_rest()
        if named is not None:
            query.set("with_", named)
        return query

    def _refuse_rest(self) -> None:
        if self.reader.at_sign(";"):
            self.reader.refuse("there is something behind the ;, and one query is read")
        if self.reader.now.value in _SET_OPERATIONS and self.reader.now.kind == "word":
            self.reader.refuse(
                f"a query with ORDER BY or OFFSET stands in parentheses before "
                f"{self.reader.now.shown}"
            )
        if self.reader.at("ORDER", "BY"):
            self.reader.refuse("ORDER BY stands once, before OFFSET")
        self.reader.refuse_found("the end of the query, or one of its clauses in order")

    def _named_queries(self) -> exp.With:
        reader = self.reader
        reader.read()
        return exp.With(expressions=reader.listed(self._named_query))

    def _named_query(self) -> exp.CTE:
        reader = self.reader
        name = reader.identifier("a name for a query")
        if not reader.take("AS"):
            reader.refuse_found("AS, as in WITH name AS (SELECT …)")
        reader.expect_sign("(", "and a query, as in WITH name AS (SELECT …)")
        with reader.nested():
            query = self._ordered()
            reader.expect_sign(")", "behind the query")
        return exp.CTE(this=query, alias=exp.TableAlias(this=name))

    def subquery(self) -> exp.Subquery:
        """Read a query in parentheses, of which the first is the next token."""
        reader = self.reader
        token = reader.read()
        with reader.nested():
            query = self._ordered()
            reader.expect_sign(")", "behind the subquery")
        return reader.placed(exp.Subquery(this=query), token)

    def _ordered(self) -> exp.Query:
        """Read one query, or several with set operations, their order and offset."""
        reader = self.reader
        if reader.at("WITH"):
            reader.refuse("WITH stands at the beginning of the whole query only")
        query = self._united()
        order = offset = None
        if reader.take("ORDER", "BY"):
            order = exp.Order(expressions=reader.listed(self._ordering))
        if reader.take("OFFSET"):
            number = reader.whole_number("a number of rows behind OFFSET")
            offset = exp.Offset(expression=number)
        if order is None and offset is None:
            inner = query
            while isinstance(inner, exp.Subquery):
                inner = inner.this
            return inner
        query.set("order", order)
        query.set("offset", offset)
        return query

    def _ordering(self) -> exp.Ordered:
        node = self.values.value()
        is_falling = self.reader.take("DESC")
        if not is_falling:
            self.reader.take("ASC")
        return exp.Ordered(this=node, desc=is_falling)

    def _united(self, *, is_intersection: bool = False) -> exp.Query:
        """Read operands; INTERSECT binds them more closely than UNION and EXCEPT."""
        reader = self.reader
        words = ("INTERSECT",) if is_intersection else ("UNION", "EXCEPT")
        query = (
            self._operand() if is_intersection else self._united(is_intersection=True)
        )
        while reader.now.kind == "word" and reader.now.value in words:
            kind = _SET_OPERATIONS[reader.read().value]
            keeps_all = reader.take("ALL")
            right = (
                self._operand()
                if is_intersection
                else self._united(is_intersection=True)
            )
            query = kind(
                this=_apart(query),
                expression=_apart(right, is_right=True),
                distinct=not keeps_all,
            )
        return query

    def _operand(self) -> exp.Query:
        if self.reader.at_sign("("):
            return self.subquery()
        if self.reader.at("WITH"):
            self.reader.refuse("WITH stands at the beginning of the whole query only")
        return self._select()

    def _select(self) -> exp.Select:
        reader = self.reader
        start = reader.now
        if not reader.take("SELECT"):
            reader.refuse_found("SELECT")
        select = exp.Select()
        if reader.take("DISTINCT"):
            select.set("distinct", exp.Distinct())
        else:
            reader.take("ALL")
        if reader.take("TOP"):
            number = reader.whole_number("a number of rows behind TOP")
            select.set("limit", exp.Limit(expression=number))
        if reader.at("DISTINCT") or reader.at("ALL"):
            reader.refuse(f"{reader.now.shown} stands before TOP")
        select.set("expressions", reader.listed(self._selected_column))
        if not reader.take("FROM"):
            if reader.at("INTO"):
                reader.refuse("there is no INTO; nothing is written")
            reader.refuse_found("FROM, or a comma and another column")
        tables, joins = [], []
        for index, table in enumerate(reader.listed(self._joined)):
            tables.append(table)
            if index:
                joins.append(exp.Join(this=table[0]))
            joins.extend(table[1])
        select.set("from_", exp.From(this=tables[0][0]))
        select.set("joins", joins)
        if reader.take("WHERE"):
            select.set("where", exp.Where(this=self.values.condition()))
        if reader.take("GROUP", "BY"):
            select.set("group", exp.Group(expressions=reader.listed(self.values.value)))
        if reader.take("HAVING"):
            select.set("having", exp.Having(this=self.values.condition()))
        return reader.placed(select, start)

    def _selected_column(self) -> exp.Expr:
        reader = self.reader
        if (star := self._all_of_table()) is not None:
            return star
        if reader.at("FROM"):
            reader.refuse("a column is wanted before FROM")
        # The grammar has * alone; services take it beside other columns.
        if reader.take_sign("*"):
            return exp.Star()
        node = self.values.value()
        if reader.take("AS") or reader.now.is_name:
            alias = reader.identifier("the name of a column behind AS")
            return exp.Alias(this=node, alias=alias)
        return node

    def _all_of_table(self) -> exp.Column | None:
        """Read ``table.*`` if that is what is there."""
        reader = self.reader
        ahead, tokens = reader.place, reader.tokens
        while tokens[ahead].is_name and tokens[ahead + 1].value == ".":
            ahead += 2
        if ahead == reader.place or tokens[ahead].value != "*":
            return None
        start = reader.now
        parts = []
        while not reader.take_sign("*"):
            parts.append(reader.identifier("the name of a table"))
            reader.expect_sign(".", "and *")
        if len(parts) > 3:
            reader.refuse("a table has at most catalog.schema before it", start)
        keys = ("table", "db", "catalog")
        named: dict[str, Any] = dict(zip(keys, reversed(parts), strict=False))
        return reader.placed(exp.Column(this=exp.Star(), **named), start)

    def _joined(self) -> tuple[exp.Expr, list[exp.Join]]:
        """Read a table and what is joined to it."""
        table = self._table()
        joins = []
        while self.reader.now.kind == "word" and self.reader.now.value in _JOIN_WORDS:
            joins.append(self._join())
        return table, joins

    def _join(self) -> exp.Join:
        reader = self.reader
        start = reader.now
        is_natural = reader.take("NATURAL")
        side = next((w for w in ("LEFT", "RIGHT", "FULL") if reader.take(w)), None)
        kind = next((w for w in ("INNER", "OUTER") if reader.at(w)), None)
        if kind == "INNER" and side:
            reader.refuse(f"a join is INNER or {side}, not both")
        if kind == "OUTER" and not side:
            reader.refuse_found("LEFT, RIGHT or FULL before OUTER")
        if kind:
            reader.read()
        if not reader.take("JOIN"):
            reader.refuse_found("JOIN")
        table = self._table()
        # a JOIN b JOIN c ON … ON …: the second ON is that of the first JOIN.
        inner = []
        with reader.nested():
            while not is_natural and reader.now.kind == "word":
                if reader.now.value not in _JOIN_WORDS:
                    break
                inner.append(self._join())
        if inner:
            table = _bracketed(table, inner)
        join = exp.Join(this=table, side=side, kind=kind)
        if is_natural:
            join.set("method", "NATURAL")
            if reader.at("ON") or reader.at("USING"):
                reader.refuse(f"a NATURAL JOIN has no {reader.now.shown}")
        elif reader.take("ON"):
            join.set("on", self.values.condition())
        elif reader.take("USING"):
            reader.expect_sign("(", "and names of columns")
            names = reader.listed(lambda: reader.identifier("the name of a column"))
            join.set("using", names)
            reader.expect_sign(")", "behind the names of columns")
        elif kind == "INNER" and isinstance(table, exp.Table):
            reader.refuse("this INNER JOIN has neither ON nor USING", start)
        else:
            # The grammar allows it, but the IVOA's own list of queries not for INNER.
            join.set("on", exp.true())
        return join

    def _table(self) -> exp.Expr:
        """Read a table, a subquery or a join in parentheses, with its name."""
        reader = self.reader
        start = reader.now
        if reader.at_sign("("):
            if self._opens_derived_table():
                return self._named_subquery()
            reader.read()
            with reader.nested():
                table, joins = self._joined()
                reader.expect_sign(")", "behind the join, or another JOIN")
            if not joins:
                reader.refuse("a table stands in parentheses only with a JOIN", start)
            return reader.placed(_bracketed(table, joins), start)
        parts = [reader.identifier("a name of a table")]
        while reader.take_sign("."):
            parts.append(reader.identifier("a name of a table"))
        if reader.at_sign("("):
            reader.refuse_call(start)
        if len(parts) > 3:
            reader.refuse("a table has at most catalog.schema before it", start)
        keys = ("this", "db", "catalog")
        named: dict[str, Any] = dict(zip(keys, reversed(parts), strict=False))
        table = reader.placed(exp.Table(**named), start)
        if (alias := self._table_alias()) is not None:
            table.set("alias", alias)
        return table

    def _opens_derived_table(self) -> bool:
        """Whether a query is next, and not a join of one: ((SELECT …) AS a JOIN …)."""
        if not self.values.opens_query():
            return False
        reader = self.reader
        tokens, place = reader.tokens, reader.place
        while tokens[place].kind == "sign" and tokens[place].value == "(":
            place += 1
        if place - reader.place == 1:
            return True
        open_ones = 1
        while open_ones and tokens[place].kind != "end":
            if tokens[place].kind == "sign":
                open_ones += {"(": 1, ")": -1}.get(tokens[place].value, 0)
            place += 1
        behind = tokens[place]
        if behind.kind == "word":
            return behind.value in (*_SET_OPERATIONS, "ORDER", "OFFSET")
        return behind.kind == "sign"

    def _named_subquery(self) -> exp.Subquery:
        reader = self.reader
        start = reader.now
        subquery = self.subquery()
        alias = self._table_alias()
        if alias is None:
            reader.refuse("this subquery has no name; write (SELECT …) AS name", start)
        subquery.set("alias", alias)
        return subquery

    def _table_alias(self) -> exp.TableAlias | None:
        reader = self.reader
        if not (reader.take("AS") or reader.now.is_name):
            return None
        return exp.TableAlias(this=reader.identifier("a name of a table behind AS"))


def _apart(query: exp.Query, *, is_right: bool = False) -> exp.Query:
    """Return an operand, in parentheses where it would not read the same without."""
    modified = any(query.args.get(key) for key in _MODIFIERS)
    if isinstance(query, exp.Subquery):
        return query
    if modified or (is_right and isinstance(query, exp.SetOperation)):
        return exp.Subquery(this=query)
    return query


def _bracketed(table: exp.Expr, joins: list[exp.Join]) -> exp.Subquery:
    """Return a join in parentheses, as sqlglot has it."""
    table.set("joins", joins)
    return exp.Subquery(this=table)
