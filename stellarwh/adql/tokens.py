"""The text of a query, cut into words, names, numbers, texts and signs."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, NoReturn

from stellarwh.adql.words import HABITS, RESERVED, SIGNS
from stellarwh.errors import AdqlError

__all__ = ["MAX_LENGTH", "Token", "refuse", "tokens_of"]

# Characters of a query. A list of 10,000 identifiers of 19 digits has 210,000; what is
# longer belongs in an uploaded table.
MAX_LENGTH = 256 * 1024

# A number may have a word right behind it (ORDER BY 2desc), but neither 1.2.3 nor 0x1F
# is a number and something else.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f\v]+|--[^\r\n]*)
    |(?P<word>[A-Za-z][A-Za-z0-9_]*)
    |(?P<number>(?!0[xXbBoO][0-9A-Fa-f])(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?)(?![0-9_.])
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")+")
    |(?P<sign>\|\||<>|!=|<=|>=(?!>)|[-+*(),.;]|/(?!\*)|[<>](?!<|>)|=(?!=|>))
    """,
    re.VERBOSE,
)
_WRONG = re.compile(
    r"==|::|\"\"(?!\")|/\*|'.*|\".*|[0-9.][A-Za-z0-9_.]+|_[A-Za-z0-9_]*|->|=>|<<|>>|.",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query.

    Parameters
    ----------
    kind : {"word", "name", "number", "text", "sign", "end"}
        A name is in double quotes, a text in single ones.
    text : str
        As written.
    value : str
        A word in upper case, a name or text without its quotes.
    start : int
        Characters before it.
    """

    kind: Literal["word", "name", "number", "text", "sign", "end"]
    text: str
    value: str
    start: int

    @property
    def is_reserved(self) -> bool:
        """Whether it is a word that can be no name."""
        return self.kind == "word" and self.value in RESERVED

    @property
    def is_name(self) -> bool:
        """Whether it can be the name of a column or table."""
        return self.kind == "name" or (self.kind == "word" and not self.is_reserved)

    @property
    def shown(self) -> str:
        """What a message calls it."""
        if self.kind == "end":
            return "the end of the query"
        return f"'{self.text}'" if self.kind == "sign" else _short(self.text)


def _short(text: str) -> str:
    """Return the text on one line of at most 40 characters."""
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= 40 else line[:39] + "…"


def refuse(query: str, start: int, what: str) -> NoReturn:
    """Raise an error that says where.

    Parameters
    ----------
    query : str
        The whole of it.
    start : int
        Characters before the place.
    what : str
        What was found there and what is wanted, without a full stop.
    """
    line = query.count("\n", 0, start) + 1
    column = start - (query.rfind("\n", 0, start) + 1) + 1
    message = f"ADQL, line {line}, column {column}: {what}"
    raise AdqlError(message if message.endswith(("?", ".")) else message + ".")


def _refuse_characters(query: str, start: int) -> NoReturn:
    """Say what is wrong where no token begins."""
    found = _WRONG.match(query, start)
    text = found.group() if found else ""
    if text.startswith("'"):
        what = "a text that begins here has no closing '"
    elif text == '""':
        what = 'a name in double quotes is empty: ""'
    elif text.startswith('"'):
        what = 'a name that begins here has no closing "'
    elif text in SIGNS:
        shown = text if text.isprintable() else f"U+{ord(text):04X}"
        what = f"{shown} is not ADQL; {SIGNS[text]}"
    elif text[:1].isdigit() or text.startswith("."):
        what = f"{_short(text)} is not a number of ADQL"
    elif text.startswith("_"):
        what = (
            f"a name begins with a letter, not with _; write it in double quotes: "
            f'"{_short(text)}"'
        )
    elif ord(text[:1] or "\0") > 126:
        name = unicodedata.name(text, "without a name")
        what = (
            f"U+{ord(text):04X} ({name}) can stand in texts and in names in double "
            "quotes only"
        )
    elif not text.isprintable():
        what = f"the control character U+{ord(text):04X} is not ADQL"
    else:
        what = f"{text} is not ADQL"
    refuse(query, start, what)


def tokens_of(query: str) -> list[Token]:
    """Return the tokens of a query, without spaces and comments, and one for its end.

    Raises
    ------
    AdqlError
        If it is too long, or has a character or word that ADQL has not.
    """
    if len(query) > MAX_LENGTH:
        message = (
            f"The query has {len(query):,} characters, more than the {MAX_LENGTH:,} "
            "that are read; upload long lists as a table."
        )
        raise AdqlError(message)
    tokens: list[Token] = []
    place = 0
    while place < len(query):
        found = _TOKEN.match(query, place)
        if found is None:
            _refuse_characters(query, place)
        kind, text = found.lastgroup, found.group()
        if kind == "word":
            tokens.append(Token("word", text, text.upper(), place))
        elif kind == "name":
            tokens.append(Token("name", text, text[1:-1].replace('""', '"'), place))
        elif kind == "text":
            tokens.append(Token("text", text, text[1:-1].replace("''", "'"), place))
        elif kind == "number":
            tokens.append(Token("number", text, text, place))
        elif kind == "sign":
            tokens.append(Token("sign", text, text, place))
        place = found.end()
    while tokens and tokens[-1].value == ";" and tokens[-1].kind == "sign":
        tokens.pop()
    tokens.append(Token("end", "", "", len(query.rstrip())))
    return tokens


def habit_of(token: Token) -> str:
    """Return what ADQL has in place of a word of other SQL, or an empty text."""
    return HABITS.get(token.value, "") if token.kind == "word" else ""
