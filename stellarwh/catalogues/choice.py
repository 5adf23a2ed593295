"""Which table of a file with several: by name or number, else the first with rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stellarwh.errors import FILE, ITS_NAME, InputFileError, did_you_mean

_IN_BRACKETS = re.compile(r"(.+)\[([^\[\]]+)\]", re.DOTALL)
_SHOWN = 8


@dataclass(frozen=True)
class TableInFile:
    """One table of a file: its number as the format counts, its name, its rows."""

    number: int
    name: str
    rows: int

    @property
    def label(self) -> str:
        """What it is called, in words: ``2 STARS``."""
        return f"{self.number} {self.name}".strip()

    @property
    def described(self) -> str:
        """The same with its rows: ``2 STARS (1,000 rows)``."""
        return f"{self.label} ({self.rows:,} row{'' if self.rows == 1 else 's'})"


def first_with_rows(tables: Sequence[TableInFile]) -> TableInFile:
    """Return the first table that has rows, or else the first one."""
    return next((table for table in tables if table.rows), tables[0])


def find_table(
    tables: Sequence[TableInFile],
    wanted: str,
    others: Mapping[int, str] | None = None,
) -> TableInFile:
    """Return the table that a user chose with ``--hdu``.

    Parameters
    ----------
    tables : sequence of TableInFile
        Those of the file.
    wanted : str
        A number, or a name whatever its case.
    others : mapping of int to str, optional
        Numbers of what is no table, and what it is.

    Raises
    ------
    InputFileError
        If there is none, or several of that name; the message lists what there is.
    """
    word = wanted.strip().lower()
    by_number = [table for table in tables if word == str(table.number)]
    found = by_number or [t for t in tables if word and word == t.name.lower()]
    if len(found) == 1:
        return found[0]
    there = listed(tables)
    if found:
        raise InputFileError(
            f"{FILE} has {len(found)} tables called {wanted.strip()}; choose by number "
            f"(--hdu): {there}."
        )
    kind = (others or {}).get(int(word)) if word.isdecimal() else None
    if kind:
        raise InputFileError(
            f"Part {word} of {FILE} is no table but: {kind} (--hdu); its tables are "
            f"{there or 'none'}."
        )
    names = sorted({table.name for table in tables if table.name})
    hint = f" {did_you_mean(wanted, names)}" if names and not word.isdecimal() else ""
    raise InputFileError(
        f"{FILE} has no table '{wanted.strip()}' (--hdu); it has {there or 'none'}."
        f"{hint}"
    )


def note_of_others(
    chosen: TableInFile, tables: Sequence[TableInFile]
) -> tuple[str, ...]:
    """Return what to say of the tables that were not read, if there are any.

    The file is `stellarwh.errors.ITS_NAME` in it.
    """
    others = [table for table in tables if table.number != chosen.number]
    if not others:
        return ()
    other = first_with_rows(others)
    # A name that another table has too, or that reads as a number, chooses nothing.
    called = [t for t in tables if t.name.lower() == other.name.lower()]
    is_told_by_name = len(called) == 1 and not other.name.isdecimal()
    choice = (is_told_by_name and other.name) or other.number
    return (
        f"{ITS_NAME} holds {len(tables)} tables; {chosen.label} was read, not "
        f"{listed(others)}. To read another one: --hdu {choice} "
        f"(in match: '{ITS_NAME}[{other.number}]').",
    )


def listed(tables: Sequence[TableInFile]) -> str:
    """Return what tables there are, in words."""
    shown = ", ".join(table.described for table in tables[:_SHOWN])
    more = len(tables) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def split_source(source: str) -> tuple[Path, str | None]:
    """Return the file and the table that ``stars.fits[2]`` names; a file goes first."""
    found = _IN_BRACKETS.fullmatch(source)
    if Path(source).exists() or found is None:
        return Path(source), None
    return Path(found[1]), found[2]
