"""What a query may read: tables and columns, and what is known of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stellarwh.quoting import quote_identifier

__all__ = ["Column", "Table", "Tables"]

# Where a table is looked for that a query names without its schema.
DEFAULT_SCHEMA = "main"


@dataclass(frozen=True)
class Column:
    """A column that a query may read, or one of its result.

    Parameters
    ----------
    name : str
        As the table has it.
    type : str
        DuckDB's type, e.g. ``DOUBLE``; empty where it is not known before the query is
        planned.
    unit, ucd, description : str
        Empty where not known; the unit as the VO spells it.
    xtype : str
        DALI's name of what the values mean (``point``, ``circle``, ``timestamp``), if
        they mean more than their type.
    """

    name: str
    type: str = ""
    unit: str = ""
    ucd: str = ""
    description: str = ""
    xtype: str = ""


@dataclass(frozen=True)
class Table:
    """A table or view that a query may read.

    Parameters
    ----------
    schema, name : str
        As queries name it.
    columns : tuple of Column
        In their order.
    description : str
        What one row is.
    source : str
        What stands for it in SQL; its own name in quotes unless given.
    rows : int, optional
        How many rows it has, where that is known without counting.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    description: str = ""
    source: str = ""
    rows: int | None = None

    @property
    def sql(self) -> str:
        """What stands for it behind FROM."""
        return (
            self.source
            or f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"
        )


@dataclass(frozen=True)
class Tables:
    """All tables that a query may read.

    Parameters
    ----------
    tables : iterable of Table
        With names that differ in more than case.
    """

    tables: tuple[Table, ...]
    _by_name: Mapping[tuple[str, str], Table] = field(
        init=False, repr=False, compare=False
    )

    def __init__(self, tables: Iterable[Table]) -> None:
        object.__setattr__(self, "tables", tuple(tables))
        named = {(t.schema.lower(), t.name.lower()): t for t in self.tables}
        object.__setattr__(self, "_by_name", named)

    def find(self, schema: str, name: str) -> Table | None:
        """Return a table by its name, in whichever case; None if there is none.

        Parameters
        ----------
        schema : str
            Empty for `DEFAULT_SCHEMA`.
        name : str
            Of the table.
        """
        return self._by_name.get(((schema or DEFAULT_SCHEMA).lower(), name.lower()))
