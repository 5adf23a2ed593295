"""A query that has been written in SQL."""

from dataclasses import dataclass

from stellarwh.adql.writing.values import Value

__all__ = ["Written"]


@dataclass(frozen=True)
class Written:
    """A query in SQL.

    Parameters
    ----------
    sql : str
        One SELECT, without brackets.
    columns : list of (str, Value)
        The name of each column in SQL, no two alike, and what it is: its name in the
        query is that of its column.
    top : int, optional
        How many rows its own TOP allows.
    rows : int, optional
        How many rows it has at most, or about; None where that is not known.
    """

    sql: str
    columns: list[tuple[str, Value]]
    top: int | None = None
    rows: int | None = None
