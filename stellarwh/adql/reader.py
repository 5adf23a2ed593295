"""A place in the tokens of a query, and the questions that a grammar asks there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from sqlglot import exp

from stellarwh.adql.tokens import Token, habit_of, refuse, tokens_of

__all__ = ["MAX_NESTING", "Reader"]

# Parentheses within parentheses. Each takes some ten calls of the grammar, and Python
# stops at 1,000, of which the caller has used some.
MAX_NESTING = 40

_T = TypeVar("_T")
_Node = TypeVar("_Node", bound=exp.Expr)


class Reader:
    """The tokens of a query and how far they are read.

    Parameters
    ----------
    query : str
        Its text.
    """

    def __init__(self, query: str) -> None:
        self.query = query
        self.tokens = tokens_of(query)
        self.place = 0
        self._nesting = 0

    @property
    def now(self) -> Token:
        """The next token that is not read yet."""
        return self.tokens[self.place]

    @property
    def next(self) -> Token:
        """The token behind it; at the end, the end."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def read(self) -> Token:
        """Take the next token."""
        token = self.now
        if token.kind != "end":
            self.place += 1
        return token

    def at(self, *words: str) -> bool:
        """Whether the next tokens are these words."""
        ahead = self.tokens[self.place : self.place + len(words)]
        return len(ahead) == len(words) and all(
            token.kind == "word" and token.value == word
            for token, word in zip(ahead, words, strict=True)
        )

    def at_sign(self, *signs: str) -> bool:
        """Whether the next token is one of these signs."""
        return self.now.kind == "sign" and self.now.value in signs

    def take(self, *words: str) -> bool:
        """Take the next tokens if they are these words."""
        found = self.at(*words)
        if found:
            self.place += len(words)
        return found

    def take_sign(self, sign: str) -> bool:
        """Take the next token if it is this sign."""
        found = self.at_sign(sign)
        if found:
            self.place += 1
        return found

    def expect_sign(self, sign: str, why: str) -> None:
        """Take a sign that must be there."""
        if not self.take_sign(sign):
            self.refuse_found(f"{sign} {why}")

    def refuse(self, what: str, token: Token | None = None) -> NoReturn:
        """Raise an error at a token, the next one unless given."""
        refuse(self.query, (token or self.now).start, what)

    def refuse_found(self, wanted: str) -> NoReturn:
        """Say what was found, what is wanted, and what ADQL has for the former."""
        token = self.now
        # LIMIT 10 is read as a name, and fails at the number.
        for told in (token, self.tokens[max(self.place - 1, 0)]):
            if habit := habit_of(told):
                self.refuse(f"{told.shown} is not ADQL; {habit}", told)
        if token.is_reserved and wanted.startswith(("a name", "a value", "the name")):
            self.refuse(
                f"found the reserved word {token.shown}; wanted is {wanted}; to name "
                f'something, write it in double quotes: "{token.text}"'
            )
        self.refuse(f"found {token.shown}; wanted is {wanted}")

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count a level of parentheses for as long as it is read."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self.refuse(f"the query is nested more than {MAX_NESTING} deep")
        try:
            yield
        finally:
            self._nesting -= 1

    def refuse_call(self, name: Token) -> NoReturn:
        """Say that no function makes tables."""
        habit = habit_of(name)
        self.refuse(
            f"{name.shown} is not ADQL; {habit}"
            if habit
            else f"{name.shown}(…) is no table; FROM takes tables and subqueries",
            name,
        )

    def identifier(self, wanted: str) -> exp.Identifier:
        """Take a name."""
        if not self.now.is_name:
            if self.now.kind == "text":
                self.refuse(
                    f"found the text {self.now.shown}; wanted is {wanted}, and names "
                    'stand in double quotes: "…"'
                )
            self.refuse_found(wanted)
        token = self.read()
        name = exp.Identifier(this=token.value, quoted=True)
        if token.kind == "word":
            name = exp.Identifier(this=token.text, quoted=False)
        return self.placed(name, token)

    def placed(self, node: _Node, token: Token) -> _Node:
        """Note where in the query a node begins, for messages of later steps."""
        node.meta["start"] = token.start
        return node

    def listed(self, read: Callable[[], _T]) -> list[_T]:
        """Read one thing or more with commas between them."""
        found = [read()]
        while self.take_sign(","):
            found.append(read())
        return found

    def whole_number(self, wanted: str) -> exp.Expr:
        """Take digits alone."""
        token = self.now
        if token.kind != "number" or not token.value.isdigit():
            self.refuse_found(wanted)
        if int(token.value[:20]) >= 2**63:
            self.refuse(f"{token.shown} is too large a number")
        self.read()
        return exp.Literal.number(token.value)
