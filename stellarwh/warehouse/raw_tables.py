"""Raw tables: what stands in them before a file is ingested, and their comments."""

import duckdb

from stellarwh.errors import WarehouseError
from stellarwh.quoting import quote_identifier, quote_text
from stellarwh.runtime.listening import note
from stellarwh.surveys.known import read_survey, staged_surveys

# Tables of spectra: no catalogue can have their names.
RAW_TABLES_OF_OURS = ("spectra", "spectral_indices")
HEALPIX_DESCRIPTION = "HEALPix cell of the position: order 29, nested, ICRS"


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create an empty raw table for each staged survey that has none yet.

    So every view on raw tables binds before anything was ingested. A table that an
    earlier version ingested gets the columns that it did not know, without values. Much
    faster within a transaction of the caller's.
    """
    connection.execute("create schema if not exists raw")
    rows = connection.execute(
        "select table_name, list(lower(column_name)) from duckdb_columns() "
        "where schema_name = 'raw' and database_name = current_database() group by all"
    ).fetchall()
    standing = {name: set(columns) for name, columns in rows}
    for survey in map(read_survey, staged_surveys()):
        table = f"raw.{quote_identifier(survey.name)}"
        there = standing.get(survey.name)
        new = [c for c in survey.columns if c.name.lower() not in (there or ())]
        if there is None:
            columns = [f"{quote_identifier(c.name)} {c.type}" for c in new]
            connection.execute(
                f"create table {table} ({', '.join(columns)}, healpix BIGINT)"
            )
            comment_column(connection, table, "healpix", HEALPIX_DESCRIPTION)
        elif new:
            for column in new:
                connection.execute(
                    f"alter table {table} add column "
                    f"{quote_identifier(column.name)} {column.type}"
                )
            note(
                f"raw.{survey.name} was ingested by an earlier version, which did not "
                f"know {', '.join(c.name for c in new)}: NULL until it is ingested "
                "again."
            )
        for column in new:
            text = comment_text(column.description, column.unit, column.ucd)
            comment_column(connection, table, column.name, text)


def check_tables_of_spectra(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a warehouse that has a catalogue where tables of spectra belong.

    Raises
    ------
    WarehouseError
        Saying how to make room.
    """
    for table in RAW_TABLES_OF_OURS:
        columns = connection.execute(
            "select list(column_name) from duckdb_columns() where schema_name = 'raw' "
            "and table_name = ? and database_name = current_database()",
            [table],
        ).fetchall()[0][0]
        if not {"survey", "spectrum_id"} <= set(columns or ()):
            raise WarehouseError(
                f"raw.{table} of this warehouse is a catalogue, and this version of "  # noqa: S608 - told, not run
                "stellarwh keeps spectra there. Ingest it under another name, then "
                f"drop it in the duckdb shell: drop table raw.{table}; delete from "
                f"meta.ingests where survey = '{table}';"
            )


def comment_text(description: str, unit: str = "", ucd: str = "") -> str:
    """Return a column comment: description, then [unit] and {ucd} where known."""
    parts = (description, f"[{unit}]" if unit else "", f"{{{ucd}}}" if ucd else "")
    return " ".join(part for part in parts if part)


def comment_column(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, text: str
) -> None:
    """Set the comment of a column of ``table``, a quoted name."""
    connection.execute(
        f"comment on column {table}.{quote_identifier(column)} is {quote_text(text)}"
    )
