"""Choose the table of a FITS file that is read, and tell which others there are."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stellarwh.catalogues.choice import (
    TableInFile,
    find_table,
    first_with_rows,
    note_of_others,
)
from stellarwh.catalogues.fits.parts import FitsPart, read_parts
from stellarwh.errors import FILE, InputFileError, named


@dataclass
class ChosenPart:
    """The table that is read, and the tables there are.

    Behind it, gzip tells only once the rows are read: `look_on`.
    """

    path: Path
    zipped: bool
    part: FitsPart
    table: TableInFile
    tables: list[TableInFile]
    is_complete: bool  # all tables are known, or do not matter
    is_asked_for: bool
    problem: str = ""  # why those behind cannot be told

    @property
    def label(self) -> str:
        """Which table it is, as provenance records it."""
        return f"HDU {self.table.label}"

    def look_on(self, stream: BinaryIO, read_to: int) -> None:
        """Look for tables behind this one.

        Parameters
        ----------
        stream : BinaryIO
            The file.
        read_to : int
            Byte of the (decompressed) file where it stands.
        """
        if self.is_complete:
            return
        self.is_complete = True
        try:
            for part in read_parts(
                stream,
                zipped=self.zipped,
                after=self.part,
                read_to=read_to,
            ):
                if part.table is not None:
                    self.tables.append(part.table)
        except (InputFileError, OSError, EOFError, ValueError) as error:
            # The rows that were asked for are whole; reading them tells otherwise.
            self.problem = " ".join(named(str(error), self.path).split())[:200]

    def notes(self) -> tuple[str, ...]:
        """Return what to say of the tables that were not read."""
        if self.is_asked_for:
            return ()
        others = note_of_others(self.table, self.tables)
        notes = tuple(named(note, self.path) for note in others)
        if self.problem:
            notes += (
                f"What follows {self.label} in {self.path.name} cannot be read: "
                f"{self.problem}",
            )
        return notes


def choose_part(
    stream: BinaryIO, path: Path, wanted: str | None, *, zipped: bool
) -> ChosenPart:
    """Return the table to read.

    Without a choice, the first binary table that has rows; else the first ASCII table
    that has; else the first table.

    Parameters
    ----------
    stream : BinaryIO
        The file from its first byte.
    path : Path
        Where it is, for later.
    wanted : str or None
        The number or name of the table that the user chose.
    zipped : bool
        Whether gzip wraps it.

    Raises
    ------
    InputFileError
        If there is no (such) table, or a header is damaged.
    """
    parts: list[FitsPart] = []
    is_complete = True
    for part in read_parts(stream, zipped=zipped):
        parts.append(part)
        if _is_enough(part, wanted):
            is_complete = False
            break
    tables = [part.table for part in parts if part.table is not None]
    kinds = [part.kind for part in parts]
    if wanted is not None:
        others = {part.number: part.kind for part in parts if part.table is None}
        table = find_table(tables, wanted, others)
    elif not tables:
        raise InputFileError(
            f"{FILE} holds no table: its FITS parts are {', '.join(kinds)}; "
            "a catalogue needs a table extension."
        )
    else:
        binary = [t for t in tables if kinds[t.number] == "binary table"]
        filled = [t for t in binary if t.rows] or [t for t in tables if t.rows]
        table = first_with_rows(filled or binary or tables)
    chosen = ChosenPart(
        path,
        zipped,
        parts[table.number],
        table,
        tables,
        is_complete,
        wanted is not None,
    )
    if wanted is not None:
        chosen.is_complete = True
    if not zipped:
        chosen.look_on(stream, 0)
    return chosen


def _is_enough(part: FitsPart, wanted: str | None) -> bool:
    """Return whether no part behind this one can be the one that is read."""
    if wanted is not None:
        return wanted.strip() == str(part.number) and part.table is not None
    return part.kind == "binary table" and bool(part.header.get("NAXIS2"))
