"""The small faults that can be put into a file: a sign, a number or a name each."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.mutation.of_sql import faults_of_sql

_COMPARED = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}  # fmt: skip
_COMPUTED = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
}  # fmt: skip

# Arguments that change no result of right code: lengths are compared, threads are more.
_GUARDS = ("strict", "frozen", "nthread", "n_jobs")


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    line : int
        Where it is, from 1.
    was, is_now : str
        What stood there, and what stands there now.
    text : str
        The whole file with it.
    code, becomes : str
        The line as it stood and as it stands now, without the space around it.
    """

    line: int
    was: str
    is_now: str
    text: str
    code: str
    becomes: str


def mutants_of(name: str, text: str) -> list[Mutant]:
    """Return every fault that can be put into a file, in its order.

    Parameters
    ----------
    name : str
        Ends in ``.sql`` or ``.py``.
    text : str
        What it holds.
    """
    changes = faults_of_sql(text) if name.endswith(".sql") else _of_python(text)
    return [_mutant(text, *change) for change in sorted(set(changes))]


def _mutant(text: str, start: int, end: int, new: str) -> Mutant:
    line = text.count("\n", 0, start)
    now = text[:start] + new + text[end:]
    code, becomes = (of.split("\n")[line].strip() for of in (text, now))
    return Mutant(line + 1, text[start:end], new, now, code, becomes)


def _of_python(text: str) -> Iterator[tuple[int, int, str]]:
    lines = [0]
    for line in text.encode().splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    raw = text.encode()

    def place(line: int, column: int) -> int:
        return len(raw[: lines[line - 1] + column].decode())

    def sign(left: ast.expr, right: ast.expr, was: str, new: str) -> Iterator:
        start = place(left.end_lineno or 0, left.end_col_offset or 0)
        end = place(right.lineno, right.col_offset)
        at = re.search(
            rf"(?<![\w<>=!*/]){re.escape(was)}(?![\w<>=*/])", text[start:end]
        )
        if at is not None:
            yield start + at.start(), start + at.end(), new

    for node in ast.walk(_without_guards(_without_types(ast.parse(text)))):
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for op, (left, right) in zip(node.ops, pairwise(operands), strict=True):
                yield from sign(left, right, *_COMPARED[type(op)])
        elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
            if not isinstance(node.left, ast.Constant | ast.JoinedStr) or isinstance(
                node.left.value if isinstance(node.left, ast.Constant) else "",
                int | float,
            ):
                yield from sign(node.left, node.right, *_COMPUTED[type(node.op)])
        elif isinstance(node, ast.BoolOp):
            was, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
            for left, right in pairwise(node.values):
                yield from sign(left, right, was, new)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            start = place(node.lineno, node.col_offset)
            yield start, start + len("not "), ""
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            start = place(node.lineno, node.col_offset)
            end = place(node.end_lineno or 0, node.end_col_offset or 0)
            yield start, end, _other(node.value)


def _other(value: float | bool) -> str:
    if isinstance(value, bool):
        return str(not value)
    return repr(value + 1 if isinstance(value, int) else value * 1.04 + (value == 0))


def _without_guards(tree: ast.Module) -> ast.Module:
    """Return the code without what tells of slips in itself, and changes no result."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [k for k in node.keywords if k.arg not in _GUARDS]
        elif isinstance(node, ast.Dict):
            node.values = [
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if not isinstance(key, ast.Constant) or key.value not in _GUARDS
            ]
    return tree


def _without_types(tree: ast.Module) -> ast.Module:
    """Return the code without annotations, which do nothing when it runs."""
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if hasattr(node, field):
                setattr(node, field, None)
    return tree
