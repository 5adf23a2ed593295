"""A table of a page: headed columns and cells that are already text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Table:
    """Rows of text under headings.

    Parameters
    ----------
    headings : sequence of str
        Column headings, with units.
    rows : sequence of sequence of str
        Cells.
    text_columns : int
        How many columns from the left are words; the others are numbers.
    words_from : int
        Where there are words again after the numbers: from this column on; else 0.
    marked : frozenset of int
        Rows to be marked as noteworthy.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1
    marked: frozenset[int] = field(default_factory=frozenset)
    words_from: int = 0

    def __bool__(self) -> bool:
        """Return whether there is any row."""
        return bool(self.rows)

    def is_word(self, column: int) -> bool:
        """Return whether a column holds words."""
        return column < self.text_columns or 0 < self.words_from <= column

    def first(self, n: int) -> "Table":
        """Return the first rows."""
        return replace(self, rows=self.rows[:n])

    def after(self, n: int) -> "Table":
        """Return the rows after the first ones."""
        marked = frozenset(i - n for i in self.marked if i >= n)
        return replace(self, rows=self.rows[n:], marked=marked)


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    text_columns: int = 1,
    words_from: int = 0,
) -> Table:
    """Return a table of already formatted cells."""
    cells = [tuple(row) for row in rows]
    return Table(headings, cells, text_columns, words_from=words_from)
