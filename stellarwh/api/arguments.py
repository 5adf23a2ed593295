"""Arguments of the door: what cannot be meant is refused in a sentence."""

import os
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from stellarwh.errors import UsageError, did_you_mean


def path_of(value: object, name: str = "path") -> Path:
    """Return a path, with ``~`` as home.

    Raises
    ------
    UsageError
        If it is none, or an empty one.
    """
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise UsageError(f"{name}={value!r} is no path; give a text or a Path.")
    path = Path(os.fspath(value))
    try:
        return path.expanduser()
    except RuntimeError:  # no such user: a file of that name
        return path


def names_of(value: object, name: str = "columns") -> list[str]:
    """Return names, of a sequence or of one text with commas between them.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    found = list(value) if isinstance(value, Iterable) else [value]
    names = [part for part in found if isinstance(part, str)]
    if len(names) < len(found):
        raise UsageError(f"{name}={value!r} are no names; give a list of texts.")
    return names


def check_number(value: Any, name: str) -> None:
    """Refuse what is no number.

    Raises
    ------
    UsageError
        Naming it.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise UsageError(f"{name}={value!r} is no number.")


def check_whole(value: Any, name: str, least: int) -> None:
    """Refuse what is no integer from the least one up.

    Raises
    ------
    UsageError
        Naming it.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise UsageError(f"{name}={value!r} is no whole number from {least} up.")


def check_text(value: object, name: str) -> None:
    """Refuse what is no text.

    Raises
    ------
    UsageError
        Naming it.
    """
    if not isinstance(value, str):
        raise UsageError(f"{name}={value!r} is no text.")


def check_callback(value: object, name: str) -> None:
    """Refuse what is neither a function nor None.

    Raises
    ------
    UsageError
        Naming it.
    """
    if value is not None and not callable(value):
        raise UsageError(f"{name}={value!r} cannot be called; give a function.")


def check_options(options: Iterable[str], known: Sequence[str], of: str) -> None:
    """Refuse options that are not known.

    Raises
    ------
    UsageError
        Naming the first that is not, and the nearest.
    """
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UsageError(f"There is no option '{name}' of {of}. {hint}")
