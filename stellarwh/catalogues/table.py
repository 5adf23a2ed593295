"""What every reader of catalogue files offers: columns, and batches of rows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

# Why values became NULL: for each column index, rule -> how many.
NullCounts = defaultdict[int, Counter[str]]
# Called with the bytes of the file that were read since the last call.
Advance = Callable[[float], None]
# Batches of so many rows, or a multiple, are stored without a copy: DuckDB's vectors.
VECTOR_ROWS = 2048


@dataclass(frozen=True)
class FileColumn:
    """One column of a catalogue file, as the file describes it."""

    index: int  # names may repeat within a file, positions do not
    name: str
    type: pa.DataType
    unit: str = ""
    ucd: str = ""
    description: str = ""
    unreadable: str = ""  # why the values cannot be read, empty where they can
    xtype: str = ""  # DALI's name of what values mean, of VOTables


def no_nulls() -> NullCounts:
    """Return an empty count of NULLs."""
    return defaultdict(Counter)


def count_nulls(array: pa.Array) -> int:
    """Return the number of NULLs, those within arrays counted one by one."""
    kind = array.type
    count = int(array.null_count)
    if (
        pa.types.is_fixed_size_list(kind)
        or pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
    ):
        # Leaves out what lies beneath cells that are NULL themselves.
        count += count_nulls(array.flatten())
    return count


class TableFile(Protocol):
    """An open catalogue file: nothing of its rows is read before `batches`."""

    @property
    def path(self) -> Path:
        """Where the file is."""
        ...

    @property
    def format(self) -> str:
        """What the file is, for people."""
        ...

    @property
    def columns(self) -> tuple[FileColumn, ...]:
        """Every column of the file, in order."""
        ...

    @property
    def rows(self) -> int | None:
        """Number of rows; None where only reading tells."""
        ...

    @property
    def keywords(self) -> Mapping[str, Any]:
        """Header keywords about the file as a whole."""
        ...

    def batches(
        self,
        columns: Sequence[FileColumn],
        nulls: NullCounts,
        advance: Advance = lambda _: None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns, in the order given, in batches of rows.

        Parameters
        ----------
        columns : sequence of FileColumn
            Columns of this file.
        nulls : NullCounts
            Counts the values that become NULL, by column index and rule.
        advance : callable
            Called with the number of bytes of the file read since the last call.

        Raises
        ------
        InputFileError
            If the file is truncated or damaged.
        """
        ...


def notes_of(table: TableFile) -> tuple[str, ...]:
    """Return what the user should know of how a file was read; mostly nothing."""
    notes: tuple[str, ...] = getattr(table, "notes", ())
    return notes


def parts_of(table: TableFile) -> tuple[Path, ...]:
    """Return the files that a folder is read from; nothing for a file."""
    parts: tuple[Path, ...] = getattr(table, "parts", ())
    return parts


def position_of(table: TableFile) -> tuple[str, str] | None:
    """Return the position columns that a table names itself, if any."""
    position: tuple[str, str] | None = getattr(table, "position", None)
    return position


def label_of(table: TableFile) -> str | None:
    """Return which table of a file it is; None for formats that hold one."""
    label: str | None = getattr(table, "table_label", None)
    return label
