"""Catalogues of the user's own whose columns were declared: what stands for what.

An ingest writes to ``meta.ingests.declared`` which columns of the file are which of
``main.measurements``. A build makes of that the view ``staging.own_columns``, from
which on SQL takes these catalogues as it takes surveys.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from stellarwh.content import content_dir
from stellarwh.errors import WarehouseError
from stellarwh.quoting import quote_identifier, quote_text

VIEW = "staging.own_columns"
# What the ingest knows otherwise: not to be declared.
_OF_INGEST = ("survey", "raw_row", "ra", "dec", "epoch", "healpix")
_COLUMN = re.compile(r'null::(\w+) as "?(\w+)"?')
_READ = (
    "select survey, declared, ra_column, dec_column, epoch from meta.ingests "
    "where len(declared) > 0 order by survey, ingest_id"
)


@dataclass(frozen=True)
class Declared:
    """One column of a catalogue and what it is.

    Attributes
    ----------
    name : str
        Of main.measurements.
    column : str
        Of the raw table.
    unit : str
        As the file has it, '' where it has none.
    factor : float
        Times which values are in the unit of the glossary.
    """

    name: str
    column: str
    unit: str
    factor: float


@dataclass(frozen=True)
class DeclaredCatalogue:
    """A catalogue whose stars a build takes among those of the surveys."""

    survey: str
    ra: str
    dec: str
    epoch: float | None
    columns: Mapping[str, Declared]

    @property
    def names(self) -> set[str]:
        """All columns of the raw table that are read."""
        return {self.ra, self.dec, *(of.column for of in self.columns.values())}


@cache
def declarable() -> Mapping[str, str]:
    """Return the names that a column can be declared to be, and their types."""
    path = content_dir("sql") / "staging" / "own_columns.sql"
    found = _COLUMN.findall(path.read_text(encoding="utf-8"))
    return {name: kind for kind, name in found if name not in _OF_INGEST}


def read_declared(
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, DeclaredCatalogue]:
    """Return the catalogues with declared columns, by name.

    What is declared for any file of a catalogue holds for all of its rows.
    """
    try:
        rows = connection.execute(_READ).fetchall()
    except (duckdb.BinderException, duckdb.CatalogException):
        return {}  # of a version that knew of none
    found: dict[str, DeclaredCatalogue] = {}
    for survey, declared, ra, dec, epoch in rows:
        columns = {
            of["name"]: Declared(
                of["name"], of["column_name"], of["unit"] or "", of["factor"]
            )
            for of in declared
        }
        if survey in found:  # the first file's word stands
            columns = columns | dict(found[survey].columns)
        found[survey] = DeclaredCatalogue(survey, ra, dec, epoch, columns)
    return found


def missing_columns(
    connection: duckdb.DuckDBPyConnection, catalogue: DeclaredCatalogue
) -> list[str]:
    """Return what the raw table lacks of the columns that are read of it.

    None where the table itself is gone.
    """
    standing = {
        row[0].lower()
        for row in connection.execute(
            "select column_name from duckdb_columns() where schema_name = 'raw' "
            "and table_name = ? and database_name = current_database()",
            [catalogue.survey],
        ).fetchall()
    }
    if not standing:
        return []
    wanted = {*catalogue.names, "healpix"}
    return sorted(name for name in wanted if name.lower() not in standing)


def unusable_columns(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return what is to be said of declared columns whose values no star can have."""
    declared = read_declared(connection)
    if not declared:
        return ()
    rows = connection.execute(
        "select survey, quantity, n_given, n_usable, median_value "
        "from staging.unusable_columns order by all"
    ).fetchall()
    return tuple(
        f"{survey}: only {usable:,} of {given:,} values of {name} (declared as "
        f"{declared[survey].columns[name].column}) are what a star can have, the rest "
        f"are NULL; their median is {median:g}. Look at the column and its unit."
        for survey, name, given, usable, median in rows
    )


def own_columns_sql(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the SQL of the view with a SELECT of each catalogue that stands.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The warehouse.
    sql : str
        That of the view of a warehouse without such catalogues.

    Raises
    ------
    WarehouseError
        If a raw table lacks a column that was declared.
    """
    parts = [sql.rstrip().removesuffix(";")]
    standing = {
        row[0]
        for row in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw' "
            "and database_name = current_database()"
        ).fetchall()
    }
    for catalogue in read_declared(connection).values():
        if catalogue.survey not in standing:
            continue
        if missing := missing_columns(connection, catalogue):
            raise WarehouseError(
                f"raw.{catalogue.survey} has no column {', '.join(missing)}, which its "
                "ingest declared; ingest its file again with --replace, or drop the "
                "table."
            )
        parts.append(select_of(catalogue))
    return "\nunion all by name\n".join(parts) + ";\n"


def select_of(catalogue: DeclaredCatalogue) -> str:
    """Return the SELECT that gives a catalogue's columns the declared names."""
    kinds = declarable()
    items = [
        f"{quote_text(catalogue.survey)} as survey",
        "rowid as raw_row",
        f"{quote_identifier(catalogue.ra)}::double as ra",
        f'{quote_identifier(catalogue.dec)}::double as "dec"',
        "healpix",
    ]
    if catalogue.epoch is not None:
        items.append(f"{catalogue.epoch!r}::double as epoch")
    for name, of in catalogue.columns.items():
        if name not in kinds:  # of another version
            continue
        times = "" if of.factor == 1 else f" * {of.factor!r}::double"
        items.append(
            f"{quote_identifier(of.column)}::{kinds[name]}{times} "
            f"as {quote_identifier(name)}"
        )
    listed = ",\n    ".join(items)
    table = f"raw.{quote_identifier(catalogue.survey)}"
    return f"select\n    {listed}\nfrom {table}"
