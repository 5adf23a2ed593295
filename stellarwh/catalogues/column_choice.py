"""Columns as a user lists them: to keep, or with a minus before each to leave out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import translate

from stellarwh.errors import UsageError

_GLOB = re.compile(r"[*?]")
# Brackets are part of names such as [Fe/H].
_BRACKET = re.compile(r"\[")


@dataclass(frozen=True)
class Choice:
    """Names of columns, as the table has them; at most one of the two holds any."""

    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def choose(
    asked: Sequence[str],
    there: Sequence[str],
    unknown: Callable[[str], Exception],
) -> Choice:
    """Return the columns that a list such as ``ra,flux*`` or ``-ra,-flux*`` names.

    A name counts as it is spelled, else whatever its case, else as a pattern if it has
    ``*`` or ``?``. A name that starts with a minus is kept where a column is called so.

    Parameters
    ----------
    asked : sequence of str
        What the user listed.
    there : sequence of str
        Names of the columns there are.
    unknown : callable
        Makes the error for a name that fits none.

    Raises
    ------
    UsageError
        If some are to be kept and some to be left out.
    """
    kept: dict[str, None] = {}
    left_out: dict[str, None] = {}
    for name in asked:
        minus = name.startswith("-")
        found = names_for(name, there)
        if found and not (minus and _GLOB.search(name)):
            kept |= dict.fromkeys(found)
        elif minus and (found := names_for(name[1:], there)):
            left_out |= dict.fromkeys(found)
        else:
            raise unknown(name.removeprefix("-"))
    if kept and left_out:
        raise UsageError("--columns names columns to keep or, with -, to leave out.")
    return Choice(tuple(kept), tuple(left_out))


def names_for(asked: str, there: Sequence[str]) -> list[str]:
    """Return the names that a name or pattern stands for."""
    if asked in there:
        return [asked]
    lower = asked.lower()
    found = [name for name in there if name.lower() == lower]
    if found or not _GLOB.search(lower):
        return found
    pattern = re.compile(translate(_BRACKET.sub("[[]", lower)))
    return [name for name in there if pattern.match(name.lower())]
