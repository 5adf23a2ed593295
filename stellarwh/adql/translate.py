"""A whole query: from its text to SQL, with what is known of its columns."""

from dataclasses import dataclass, replace

from stellarwh.adql.parse import parse
from stellarwh.adql.tables import Column, Tables
from stellarwh.adql.writing.selects import Selects

__all__ = ["Translation", "translate"]


@dataclass(frozen=True)
class Translation:
    """A query in DuckDB's SQL.

    Parameters
    ----------
    sql : str
        One SELECT.
    columns : tuple of Column
        Name, unit, UCD, description and xtype of each column; its type only where it
        is a column of a table as it stands.
    top : int or None
        How many rows the query itself asks for at most.
    tables : tuple of str
        The tables that it reads, ``schema.table`` as they are written there.
    """

    sql: str
    columns: tuple[Column, ...]
    top: int | None
    tables: tuple[str, ...]


def translate(text: str, tables: Tables, *, limit: int | None = None) -> Translation:
    """Return a query in ADQL as SQL of DuckDB.

    Parameters
    ----------
    text : str
        One query in ADQL 2.1.
    tables : Tables
        What it may read.
    limit : int, optional
        The most rows that are wanted. One more is asked for, so that it can be told
        whether there were any.

    Raises
    ------
    AdqlError
        If it is no ADQL, or reads what is not there.
    """
    selects = Selects(tables)
    most = None if limit is None else limit + 1
    written = selects.whole(parse(text), most)
    columns = tuple(
        replace(
            value.column, name=spelt, type=value.column.type if value.is_column else ""
        )
        for spelt, value in written.columns
    )
    read = tuple(dict.fromkeys(selects.read))
    return Translation(written.sql, columns, written.top, read)
