"""What is told of the columns of a table."""

from dataclasses import dataclass
from typing import Any

BINS = 24
_NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL"),
)
_TIMES = ("DATE", "TIME", "INTERVAL")
_WORDS = ("VARCHAR", "BOOLEAN", "ENUM", "UUID")


@dataclass(frozen=True)
class ColumnSummary:
    """What one column holds.

    Parameters
    ----------
    name, type : str
        As the table has them.
    n_missing : int
        NULL and NaN.
    n_fillers : int
        Numbers that stand for "missing" in any release (`null_if_missing`).
    low, high : Any
        Smallest and largest of all other values, of numbers and times.
    median : float or None
        Of numbers, in the rows that `is_exact` tells of.
    ends : tuple of float or None
        The 0.5 and the 99.5 % quantile of numbers.
    bounds : tuple of float or None
        Ends of the histogram: these, apart where they are one.
    histogram : tuple of int
        Counts of `BINS` equal bins between them.
    is_plain : bool
        Whether it is known of numbers that none is NaN, infinite or a filler.
    n_different : int or None
        How many different values there are, of words.
    frequent : tuple of (str, int)
        The most frequent of them and how often each occurs.
    """

    name: str
    type: str
    n_missing: int = 0
    n_fillers: int = 0
    low: Any = None
    high: Any = None
    median: float | None = None
    ends: tuple[float, float] | None = None
    bounds: tuple[float, float] | None = None
    histogram: tuple[int, ...] = ()
    is_plain: bool = False
    n_different: int | None = None
    frequent: tuple[tuple[str, int], ...] = ()

    @property
    def kind(self) -> str:
        """One of ``numbers``, ``times``, ``words`` or ``others`` (lists and so on)."""
        if self.type.endswith("]"):
            return "others"
        for kind, starts in (
            ("numbers", _NUMBERS),
            ("times", _TIMES),
            ("words", _WORDS),
        ):
            if self.type.startswith(starts):
                return kind
        return "others"


@dataclass(frozen=True)
class TableSummary:
    """What a table holds, column by column.

    Parameters
    ----------
    rows : int
        All of its rows.
    columns : tuple of ColumnSummary
        In the order of the table.
    sampled_rows : int or None
        From how many rows medians and histograms are, where not from all. Where at most
        so many were wanted all but `rows` is from these, and of numbers what is missing
        or a filler and the smallest and largest value are not told.
    """

    rows: int
    columns: tuple[ColumnSummary, ...]
    sampled_rows: int | None = None
