"""The small faults that can be put into SQL: those that a slip of the hand makes.

A name for another of its kind (``mg_fe`` for ``c_fe``), a sign, a number, a comparison,
the kind of a join, a branch of a case, the order of what coalesce takes.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# What a word or sign is changed into.
_CHANGED = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "<>", "<>": "=", "!=": "=",
    "+": "-", "-": "+", "*": "/", "/": "*", "and": "or", "or": "and", "min": "max",
    "max": "min", "least": "greatest", "greatest": "least", "left": "inner",
    "inner": "left", "semi": "anti", "anti": "semi", "full": "left", "desc": "",
    "asc": "desc", "last": "first", "true": "false", "false": "true",
    "arg_min": "arg_max", "arg_max": "arg_min", "bool_or": "bool_and",
    "bool_and": "bool_or", "first": "last", "floor": "ceil", "ceil": "floor",
    "sin": "cos", "cos": "sin", "radians": "degrees", "degrees": "radians",
    "upper": "lower", "lower": "upper", "&": "|", "|": "&", "<<": ">>", ">>": "<<",
    "median": "max",
}  # fmt: skip
# Names of one part that a slip takes for each other; those of more are found.
_SINGLE = (
    ("ra", "dec"), ("l", "r"), ("teff", "logg"), ("pmra", "pmdec"), ("j", "h", "k"),
    ("snru", "snrg", "snrr", "snri", "snrz"), ("apogee", "galah", "lamost"),
    ("lo", "hi"), ("x", "y", "z"),
)  # fmt: skip
_TOKEN = re.compile(
    r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|[a-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
    r"|::|:=|<<|>>|<=|>=|<>|!=|\|\||//|\S",
    re.IGNORECASE,
)
_NAME = re.compile(r"[a-z]\w*", re.IGNORECASE)
_ENDS_LIST = {"from", ")", ";", ","}
_CLAUSES = {"from", "where", "group", "order", "having", "qualify", "on", "window"}


@dataclass(frozen=True)
class Token:
    """A word or sign, and where it stands."""

    start: int
    end: int
    text: str

    @property
    def word(self) -> str:
        return self.text.strip('"').lower()


def faults_of_sql(text: str) -> Iterator[tuple[int, int, str]]:
    """Give each fault as where it begins, where it ends, and what stands there now."""
    tokens = tokens_of(text)
    yield from _signs_and_numbers(tokens)
    yield from _names(tokens)
    yield from _texts(tokens)
    yield from _branches(tokens)
    yield from _arguments(text, tokens)


def tokens_of(text: str) -> list[Token]:
    """Return the words and signs of SQL, without comments."""
    return [
        Token(found.start(), found.end(), found[0])
        for found in _TOKEN.finditer(text)
        if not found[0].startswith("--")
    ]


def _signs_and_numbers(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    before = Token(0, 0, "")
    for token, after in pairwise([*tokens, Token(0, 0, "")]):
        previous, before = before, token
        start, end, word = token.start, token.end, token.text.lower()
        if word == "*" and previous.word in ("select", "(", ".", ","):
            continue  # all columns, or all rows
        if word in ("left", "first", "last") and after.text == "(":
            continue  # of a text
        if previous.word in ("as", ".") or after.text == ":=":
            continue  # a name
        if word == "or" and previous.word == "create":
            continue
        if word in _CHANGED:
            yield start, end, _CHANGED[word]
        elif re.fullmatch(r"\d+", word):
            yield start, end, str(int(word) + 1)
        elif re.fullmatch(r"\.?\d[\d.]*(e[+-]?\d+)?", word):
            for factor in (0.96, 1.04):
                yield start, end, repr(float(word) * factor + (float(word) == 0))
        elif word == "not" and (after.word != "null" or previous.word == "is"):
            yield start, end, ""
        elif word == "null" and previous.word == "is":
            yield start, end, "not null"
        elif word == "in" and previous.word != "not" and after.text == "(":
            yield start, end, "not in"
        elif word == "distinct" and previous.word == "is":
            yield start, end, "not distinct"
        elif word == "distinct" and previous.word in ("select", "("):
            yield start, end, ""


def _names(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    called, plain = set(), set()
    for token, following in pairwise(tokens):
        if _NAME.fullmatch(token.word):
            (called if following.text == "(" else plain).add(token.word)
    kinds_of = {True: _kinds(called), False: _kinds(plain)}
    clauses = [""]  # what each open bracket is in
    for place, token in enumerate(tokens):
        before = tokens[place - 1].word if place else ""
        after = tokens[place + 1].text.lower() if place + 1 < len(tokens) else ""
        if token.text in "([{":
            clauses.append("")
        elif token.text in ")]}":
            clauses = clauses[:-1] or [""]
        elif token.word == "select" or token.word in _CLAUSES:
            clauses[-1] = token.word
        others = kinds_of[after == "("].get(token.word, [])
        if token.text.startswith("'") or not others or after == ":=":
            continue
        if before in ("as", "create", "view", "macro", "table", "replace", "with"):
            continue  # what it is called
        if after == "as" and tokens[place + 2].text == "(":
            continue
        if before == "." and tokens[place - 3].word in ("view", "macro", "table"):
            continue
        new = others[_number(token) % len(others)]
        first = place - 2 if before == "." else place
        opens = tokens[first - 1].word if first else ""
        if (
            clauses[-1] == "select"
            and opens in ("select", "distinct", ",")
            and after in _ENDS_LIST
        ):
            new = f"{new} as {token.text}"  # it is called as before
        yield token.start, token.end, new


def _kinds(words: set[str]) -> dict[str, list[str]]:
    """Return for each name the others that differ from it in one of their parts."""
    groups = defaultdict(set)
    for word in words:
        parts = word.split("_")
        if len(parts) > 1:
            for place in range(len(parts)):
                groups[(len(parts), place, *parts[:place], *parts[place + 1 :])].add(
                    word
                )
    for single in _SINGLE:
        groups[single] |= words & set(single)
    kinds: dict[str, set[str]] = defaultdict(set)
    for group in groups.values():
        for word in group:
            kinds[word] |= group - {word}
    return {word: sorted(others) for word, others in kinds.items()}


def _texts(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    found = [token for token in tokens if re.fullmatch(r"'\w[\w -]*'", token.text)]
    texts = sorted({token.text for token in found})
    for token in found:
        others = [text for text in texts if text != token.text]
        if others:
            yield token.start, token.end, others[_number(token) % len(others)]


def _branches(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Leave out a branch of a case, where it has others, or what holds else."""
    open_cases: list[list[Token]] = []
    for token in tokens:
        if token.word == "case":
            open_cases.append([])
        elif token.word in ("when", "else") and open_cases:
            open_cases[-1].append(token)
        elif token.word == "end" and open_cases:
            parts = [*open_cases.pop(), token]
            whens = sum(part.word == "when" for part in parts)
            for part, following in pairwise(parts):
                if part.word == "else" or whens > 1:
                    yield part.start, following.start, ""


def _arguments(text: str, tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Exchange the first two arguments of coalesce, or leave the last one out."""
    for place, token in enumerate(tokens):
        if token.word not in ("coalesce", "nullif"):
            continue
        depth = 0
        cuts = []
        for other in tokens[place + 1 :]:
            depth += (other.text in "([{") - (other.text in ")]}")
            if (depth == 1 and other.text in "(,") or depth == 0:
                cuts.append(other)
            if depth == 0:
                break
        if len(cuts) < 3:
            continue
        first, second = (text[a.end : b.start].strip() for a, b in pairwise(cuts[:3]))
        if token.word == "nullif":
            yield token.start, cuts[-1].end, f"({first})"
            continue
        yield cuts[0].end, cuts[2].start, f"{second}, {first}"
        yield cuts[-2].start, cuts[-1].start, ""


def _number(token: Token) -> int:
    """Return a number that looks random and is the same each time."""
    return zlib.crc32(f"{token.start} {token.text}".encode())
