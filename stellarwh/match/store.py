"""Store the pairs of a match in the warehouse, as an ingest stores a catalogue."""

import hashlib
import time
from typing import Any

import duckdb

from stellarwh import __version__
from stellarwh.content import content_dir
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.ingest.null_audit import write_null_audit
from stellarwh.ingest.options import Options, check_name
from stellarwh.ingest.provenance import (
    IngestRecord,
    write_columns,
    write_record,
)
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.match.pairs import Matched
from stellarwh.quoting import quote_identifier
from stellarwh.surveys.known import survey_names
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.freshness import any_simulated, sources_of
from stellarwh.warehouse.ingested_positions import write_ingested_positions
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.sql_files import read_sql_files

_INCOMING = "stellarwh_matched"


def check_into(
    connection: duckdb.DuckDBPyConnection, name: str, *, replace: bool
) -> None:
    """Refuse a name that cannot be given to the pairs, before any work.

    Raises
    ------
    StellarwhError
        If it is no name of a table, a survey's, or one that is taken.
    """
    if name in survey_names():
        raise UsageError(f"'{name}' is a survey; give the pairs another name.")
    ours = read_sql_files(content_dir("sql"))
    if name in {file.name for file in ours if file.kind != "macro"}:
        raise UsageError(f"'{name}' is a view of ours; give the pairs another name.")
    check_name(name, Options(no_position=True))
    taken = connection.execute(
        "select table_schema || '.' || table_name, table_schema = 'raw', (select "
        "any_value(format) from meta.ingests where survey = table_name) "
        "from information_schema.tables where table_catalog = current_database() "
        "and lower(table_name) = ? and table_schema <> 'staging' order by all",
        [name],
    ).fetchall()
    for table, is_raw, form in taken:
        if not is_raw:
            raise WarehouseError(f"{table} has that name; give the pairs another one.")
        if form != "match":
            raise WarehouseError(
                f"{table} is a catalogue, not a match; give the pairs another name."
            )
        if not replace:
            raise WarehouseError(
                f"{table} is there already; give --replace to put these pairs in its "
                "place."
            )


def of_simulated(connection: duckdb.DuckDBPyConnection, matched: Matched) -> bool:
    """Say whether anything that was matched is of simulated data."""
    return matched.is_simulated or any(
        any_simulated(sources_of(connection, f"from {table}"))
        for table in matched.reads
    )


def store_pairs(
    connection: duckdb.DuckDBPyConnection,
    matched: Matched,
    name: str,
    how: str,
    *,
    replace: bool = False,
) -> None:
    """Store pairs as ``raw.<name>``, described and with what they were made of.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse, not within a transaction.
    matched : Matched
        The pairs.
    name : str
        As of a catalogue of the user's own.
    how : str
        What was matched and how, for ``meta.ingests``.
    replace : bool
        Replace pairs of that name.

    Raises
    ------
    StellarwhError
        As `check_into`.
    """
    started = time.perf_counter()
    check_into(connection, name, replace=replace)
    pairs = matched.pairs
    columns = [
        PlannedColumn(field.name, None, field.type, **matched.facts.get(field.name, {}))
        for field in pairs.schema
    ]
    table = f"raw.{quote_identifier(name)}"
    connection.register(_INCOMING, pairs)
    try:
        with transaction(connection):
            connection.execute(
                f"create or replace table {table} as "  # noqa: S608 - quoted names
                f"select *, null::bigint as healpix from {_INCOMING}"
            )
            write_columns(connection, name, columns)
            write_null_audit(connection, name, [], [])
            write_record(
                connection,
                IngestRecord(
                    survey=name,
                    file=how,
                    size=pairs.nbytes,
                    sha256=_digest(connection),
                    format="match",
                    release="match",
                    is_simulated=of_simulated(connection, matched),
                    rows=pairs.num_rows,
                    columns=pairs.num_columns,
                    selection="all",
                    ra_column=None,
                    dec_column=None,
                    pmra_column=None,
                    pmdec_column=None,
                    epoch=matched.epoch,
                    is_clustered=False,
                    warnings=(*matched.warnings, *matched.notes),
                    seconds=time.perf_counter() - started,
                    version=__version__,
                    file_table=None,
                    position_from=None,
                    made_of=_made_of(connection, matched),
                ),
                replaces=True,
            )
            write_ingested_positions(connection)
    except duckdb.Error as error:
        raise WarehouseError(
            f"The pairs cannot be stored: {first_line(str(error))}"
        ) from None
    finally:
        connection.unregister(_INCOMING)


def _made_of(
    connection: duckdb.DuckDBPyConnection, matched: Matched
) -> list[dict[str, Any]]:
    """Return what the tables that were matched were read from, each file once."""
    found = {
        (source["survey"], source["ingest_id"])
        for table in matched.reads
        for source in sources_of(connection, f"from {table}")
        if source["ingest_id"] is not None
    }
    return [{"survey": survey, "ingest_id": one} for survey, one in sorted(found)]


def _digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Return what tells these pairs from others, whatever order they are in."""
    ((told,),) = connection.execute(
        f"select coalesce(bit_xor(hash(r)), 0)::varchar || count(*) "  # noqa: S608 - fixed name
        f"from {_INCOMING} as r"
    ).fetchall()
    return hashlib.sha256(told.encode()).hexdigest()
