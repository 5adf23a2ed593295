"""Arguments of the door: what cannot be meant is refused in a sentence."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from stellarwh.errors import UsageError, did_you_mean
from stellarwh.runtime.plain_text import is_many, short


def path_of(value: object, name: str = "path") -> Path:
    """Return a path, with ``~`` as home.

    Raises
    ------
    UsageError
        If it is none, or an empty one.
    """
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise UsageError(f"{name}={short(value)} is no path; {instead(value)}.")
    path = Path(os.fspath(value))
    try:
        return path.expanduser()
    except RuntimeError:  # no such user: a file of that name
        return path


def instead(value: object, wanted: str = "give a text or a Path") -> str:
    """Return what to give in the place of a value that is no name of a file."""
    if is_many(value):
        return "write it to a file first (Parquet, ECSV), and name that"
    return wanted


def parameters_of(parameters: object) -> "list[Any] | dict[str, Any]":
    """Return the parameters of a statement, as plain values of Python.

    Raises
    ------
    UsageError
        If they are none, or one of them has a unit.
    """
    if isinstance(parameters, Mapping):
        return {name: _plain(value) for name, value in parameters.items()}
    if isinstance(parameters, str) or not isinstance(parameters, Sequence):
        raise UsageError(
            f"{short(parameters)} are no parameters; give a list, or a dict of names."
        )
    return [_plain(value) for value in parameters]


def _plain(value: Any) -> Any:
    """Return a value without NumPy's type of its own."""
    if isinstance(value, list | tuple):
        return type(value)([_plain(part) for part in value])
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if hasattr(value, "unit") and hasattr(value, "to_value"):
        raise UsageError(
            f"{short(value)} has a unit, and a parameter has none; give its value in "
            "the unit of the column, as quantity.to_value('K')."
        )
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.generic):
        return value
    found = value.item()
    # As NumPy has them, times that Python's do not hold are integers.
    if isinstance(value, numpy.datetime64 | numpy.timedelta64) and found is not None:
        kind = "datetime" if isinstance(value, numpy.datetime64) else "timedelta"
        if isinstance(found, int):
            try:
                found = value.astype(f"{kind}64[us]")
                found = found.item() if found == value else None
            except TypeError:  # months have no fixed length
                found = None
        if not isinstance(found, date | timedelta):
            raise UsageError(
                f"{short(value)} is no {kind} of Python's; give it as a text."
            )
    return found


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
        raise UsageError(f"{name}={short(value)} are no names; give a list of texts.")
    return names


def pairs_of(value: object, name: str) -> list[str]:
    """Return pairs as texts ``NAME=COLUMN``, of a mapping, one text or several.

    Raises
    ------
    UsageError
        If it is neither.
    """
    found: list[object]
    if isinstance(value, Mapping):
        is_named = all(isinstance(text, str) for pair in value.items() for text in pair)
        found = [f"{k}={v}" for k, v in value.items()] if is_named else [value]
    elif isinstance(value, Iterable) and not isinstance(value, str):
        found = list(value)
    else:
        found = [] if value is None else [value]
    texts = [part for part in found if isinstance(part, str)]
    if len(texts) < len(found):
        raise UsageError(
            f"{name}={short(value)} are no pairs of names; give such as "
            "{'teff': 'TEFF_FIT'}."
        )
    return texts


def check_number(value: Any, name: str, of: str = "") -> None:
    """Refuse what is no number.

    Parameters
    ----------
    value : object
        What was given.
    name : str
        Of the argument.
    of : str
        What it counts: ``arcsec``.

    Raises
    ------
    UsageError
        Naming it.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        given = f"; give {of} as one" if of else ""
        raise UsageError(f"{name}={short(value)} is no number{given}.")


def check_whole(value: Any, name: str, least: int, most: int | None = None) -> None:
    """Refuse what is no integer from the least one up, to the most where there is one.

    Raises
    ------
    UsageError
        Naming it.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or value < least
        or (most is not None and not value <= most)
    ):
        upto = "up" if most is None else f"to {most}"
        raise UsageError(
            f"{name}={short(value)} is no whole number from {least} {upto}."
        )


def check_flag(value: Any, name: str) -> None:
    """Refuse what is neither true nor false.

    Raises
    ------
    UsageError
        Naming it.
    """
    if not isinstance(value, bool):
        raise UsageError(f"{name}={short(value)} is neither True nor False.")


def check_text(value: object, name: str) -> None:
    """Refuse what is no text.

    Raises
    ------
    UsageError
        Naming it.
    """
    if not isinstance(value, str):
        raise UsageError(f"{name}={short(value)} is no text.")


def check_callback(value: object, name: str) -> None:
    """Refuse what is neither a function nor None.

    Raises
    ------
    UsageError
        Naming it.
    """
    if value is not None and not callable(value):
        raise UsageError(f"{name}={short(value)} cannot be called; give a function.")


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
