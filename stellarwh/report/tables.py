"""A table of a page: headed columns and cells that are already text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


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
    marked : frozenset of int
        Rows to be marked as noteworthy.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    text_columns: int = 1
    marked: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        """Return whether there is any row."""
        return bool(self.rows)

    def first(self, n: int) -> "Table":
        """Return the first rows."""
        return Table(self.headings, self.rows[:n], self.text_columns, self.marked)

    def after(self, n: int) -> "Table":
        """Return the rows after the first ones."""
        marked = frozenset(i - n for i in self.marked if i >= n)
        return Table(self.headings, self.rows[n:], self.text_columns, marked)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1
) -> Table:
    """Return a table of already formatted cells."""
    return Table(headings, [tuple(row) for row in rows], text_columns)
