"""The grammar of values and conditions, as they stand in SELECT and behind WHERE."""

from collections.abc import Callable

from sqlglot import exp

from stellarwh.adql.calls import call, cast_, coalesce, kind_of, set_function
from stellarwh.adql.reader import Reader
from stellarwh.adql.signatures import GEOMETRIES
from stellarwh.adql.tokens import Token

__all__ = ["Values", "is_condition"]

_CONDITIONS = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.EQ,
    exp.NEQ,
    exp.LT,
    exp.LTE,
    exp.GT,
    exp.GTE,
    exp.Between,
    exp.In,
    exp.Like,
    exp.ILike,
    exp.Is,
    exp.Exists,
)
_COMPARISONS = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_ARITHMETIC = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul, "/": exp.Div}
_SET_FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")


def is_condition(node: exp.Expr) -> bool:
    """Whether it is true or false, and so no value."""
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, _CONDITIONS)


def _balanced(kind: type[exp.Connector], parts: list[exp.Expr]) -> exp.Expr:
    """Return the parts, joined as a tree as deep as their number's logarithm."""
    if len(parts) == 1:
        return parts[0]
    half = (len(parts) + 1) // 2
    return kind(
        this=_balanced(kind, parts[:half]), expression=_balanced(kind, parts[half:])
    )


class Values:
    """Reads values and conditions.

    Parameters
    ----------
    reader : Reader
        The place in the query.
    subquery : callable
        Reads a query in parentheses, of which the first is the next token.
    """

    def __init__(self, reader: Reader, subquery: Callable[[], exp.Subquery]) -> None:
        self.reader = reader
        self._subquery = subquery

    def condition(self) -> exp.Expr:
        """Read what is true or false."""
        return self._as_condition(self.reader.now, self._either())

    def value(self) -> exp.Expr:
        """Read what has a value."""
        start = self.reader.now
        node = self._operand()
        if is_condition(node):
            self.reader.refuse("a condition is no value; it stands behind WHERE", start)
        return node

    def _as_condition(self, start: Token, node: exp.Expr) -> exp.Expr:
        if not is_condition(node):
            hint = ""
            if isinstance(node, exp.Anonymous):
                hint = (
                    f"; write {node.name}(…) = 1"
                    if node.meta["returns"] == "INTEGER"
                    else ""
                )
            elif self.reader.now.kind != "end":
                self.reader.refuse_found("a comparison, or another condition")
            self.reader.refuse(
                f"a condition is wanted, and this is a value{hint}", start
            )
        return node

    def _either(self) -> exp.Expr:
        start = self.reader.now
        parts = [self._both()]
        while self.reader.take("OR"):
            self._as_condition(start, parts[-1])
            start = self.reader.now
            parts.append(self._as_condition(start, self._both()))
        return _balanced(exp.Or, parts)

    def _both(self) -> exp.Expr:
        start = self.reader.now
        parts = [self._negated()]
        while self.reader.take("AND"):
            self._as_condition(start, parts[-1])
            start = self.reader.now
            parts.append(self._as_condition(start, self._negated()))
        return _balanced(exp.And, parts)

    def _negated(self) -> exp.Expr:
        if not self.reader.take("NOT"):
            return self._predicate()
        if self.reader.at("NOT"):
            self.reader.refuse("NOT stands only once; write parentheses: NOT (NOT …)")
        start = self.reader.now
        return exp.Not(this=self._as_condition(start, self._predicate()))

    def _predicate(self) -> exp.Expr:
        """Read a comparison, or else the value or condition that stands alone."""
        if self.reader.at("EXISTS"):
            self.reader.read()
            if not (self.reader.at_sign("(") and self.opens_query()):
                self.reader.refuse_found("a subquery in parentheses")
            return exp.Exists(this=self._subquery().this)
        start = self.reader.now
        left = self._operand()
        if is_condition(left):
            return left
        if self.reader.now.kind == "sign" and self.reader.now.value in _COMPARISONS:
            kind = _COMPARISONS[self.reader.read().value]
            return kind(this=left, expression=self.value())
        if self.reader.at("IS"):
            return self._null_predicate(left, start)
        is_negated = self.reader.at("NOT")
        if is_negated and self.reader.next.value in ("BETWEEN", "IN", "LIKE", "ILIKE"):
            self.reader.read()
        found: exp.Expr
        if self.reader.take("BETWEEN"):
            low = self.value()
            if not self.reader.take("AND"):
                self.reader.refuse_found("AND, and the upper end of BETWEEN")
            found = exp.Between(this=left, low=low, high=self.value())
        elif self.reader.take("IN"):
            found = self._membership(left)
        elif self.reader.at("LIKE") or self.reader.at("ILIKE"):
            like = exp.Like if self.reader.read().value == "LIKE" else exp.ILike
            found = like(this=left, expression=self.value())
        else:
            return left
        return exp.Not(this=found) if is_negated else found

    def _null_predicate(self, left: exp.Expr, start: Token) -> exp.Expr:
        self.reader.read()
        is_negated = self.reader.take("NOT")
        if not self.reader.take("NULL"):
            self.reader.refuse_found("NULL or NOT NULL")
        if not isinstance(left, exp.Column):
            self.reader.refuse(
                "IS NULL asks of a column only, not of an expression", start
            )
        found = exp.Is(this=left, expression=exp.Null())
        return exp.Not(this=found) if is_negated else found

    def _membership(self, left: exp.Expr) -> exp.Expr:
        if not self.reader.at_sign("("):
            self.reader.refuse_found("a list or a subquery in parentheses")
        if self.opens_query():
            return exp.In(this=left, query=self._subquery())
        self.reader.read()
        with self.reader.nested():
            members = self.reader.listed(self.value)
            self.reader.expect_sign(")", "or a comma and another value")
        return exp.In(this=left, expressions=members)

    def _operand(self) -> exp.Expr:
        """Read one side of a comparison; NULL may be one, but no part of one."""
        if self.reader.at("NULL"):
            token = self.reader.read()
            return self.reader.placed(exp.Null(), token)
        start = self.reader.now
        node = self._sum()
        if not self.reader.at_sign("||"):
            return node
        parts = [self._joined(node, start)]
        while self.reader.take_sign("||"):
            start = self.reader.now
            parts.append(self._joined(self._sum(), start))
        while len(parts) > 1:
            # In pairs, so that the tree does not grow as deep as the chain is long.
            twos = zip(parts[::2], parts[1::2], strict=False)
            pairs = [exp.DPipe(this=a, expression=b) for a, b in twos]
            parts = [*pairs, *parts[len(pairs) * 2 :]]
        return parts[0]

    def _joined(self, node: exp.Expr, start: Token) -> exp.Expr:
        self._must_compute(node, start, "||")
        is_sum = isinstance(node, (exp.Binary, exp.Neg))
        return exp.Paren(this=node) if is_sum else node

    def _must_compute(self, node: exp.Expr, start: Token, sign: str) -> None:
        if is_condition(node):
            self.reader.refuse(f"{sign} joins values, and this is a condition", start)
        if kind_of(node) in GEOMETRIES:
            self.reader.refuse(f"{sign} does not take a geometry", start)

    def _sum(self, *, is_term: bool = False) -> exp.Expr:
        signs = ("*", "/") if is_term else ("+", "-")
        start = self.reader.now
        node = self._factor() if is_term else self._sum(is_term=True)
        while self.reader.at_sign(*signs):
            sign = self.reader.read().value
            self._must_compute(node, start, sign)
            start = self.reader.now
            right = self._factor() if is_term else self._sum(is_term=True)
            self._must_compute(right, start, sign)
            node = _ARITHMETIC[sign](this=node, expression=right)
        return node

    def _factor(self) -> exp.Expr:
        sign = self.reader.read() if self.reader.at_sign("+", "-") else None
        start = self.reader.now
        if sign and self.reader.at_sign("+", "-"):
            self.reader.refuse("a sign stands only once; write parentheses: -(-x)")
        node = self._primary()
        if sign is None:
            return node
        self._must_compute(node, start, sign.value)
        return exp.Neg(this=node) if sign.value == "-" else node

    def opens_query(self) -> bool:
        """Whether a query is next, within one parenthesis or more."""
        ahead = self.reader.place
        tokens = self.reader.tokens
        while tokens[ahead].kind == "sign" and tokens[ahead].value == "(":
            ahead += 1
        first = tokens[ahead]
        return first.kind == "word" and first.value in ("SELECT", "WITH")

    def _primary(self) -> exp.Expr:
        reader = self.reader
        token = reader.now
        if token.kind == "number":
            reader.read()
            return reader.placed(exp.Literal.number(token.value), token)
        if token.kind == "text":
            return self._text()
        if reader.at_sign("("):
            return self._parentheses()
        is_call = reader.next.kind == "sign" and reader.next.value == "("
        if token.kind == "word" and is_call:
            return self._call()
        if token.is_name:
            return self._column()
        if token.value == "NULL" and token.kind == "word":
            reader.refuse("NULL stands alone, not within an expression")
        return reader.refuse_found(
            "a value, such as a column, a number or a text in single quotes"
        )

    def _text(self) -> exp.Literal:
        """Read a text; parts on lines of their own are one, as in SQL 92."""
        token = last = self.reader.read()
        parts = [token.value]
        while self.reader.now.kind == "text":
            between = self.reader.query[
                last.start + len(last.text) : self.reader.now.start
            ]
            if "\n" not in between:
                break
            last = self.reader.read()
            parts.append(last.value)
        return self.reader.placed(exp.Literal.string("".join(parts)), token)

    def _parentheses(self) -> exp.Expr:
        if self.opens_query():
            self.reader.refuse(
                "a subquery is no value; it stands in FROM, behind IN or behind EXISTS"
            )
        token = self.reader.read()
        with self.reader.nested():
            inner = self._either()
            self.reader.expect_sign(
                ")", f"for the ( in column {self._column_of(token)}"
            )
        return self.reader.placed(exp.Paren(this=inner), token)

    def _column_of(self, token: Token) -> int:
        return token.start - (self.reader.query.rfind("\n", 0, token.start) + 1) + 1

    def _column(self) -> exp.Column:
        start = self.reader.now
        parts = [self.reader.identifier("the name of a column")]
        while self.reader.take_sign("."):
            parts.append(self.reader.identifier("the name of a column"))
        if len(parts) > 4:
            self.reader.refuse(
                "a column has at most catalog.schema.table before it", start
            )
        keys = ("this", "table", "db", "catalog")
        column = exp.Column(**dict(zip(keys, reversed(parts), strict=False)))
        return self.reader.placed(column, start)

    def _call(self) -> exp.Expr:
        """Read a call, of which the name and the parenthesis are next."""
        with self.reader.nested():
            name = self.reader.now.value
            if name in _SET_FUNCTIONS:
                return set_function(self.reader, self.value)
            if name == "CAST":
                return cast_(self.reader, self.value)
            if name == "COALESCE":
                return coalesce(self.reader, self.value)
            return call(self.reader, self.value)
