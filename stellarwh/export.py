"""Write a table of the warehouse to a file, with its units and descriptions."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from stellarwh.console import progress
from stellarwh.database import ROW_GROUP_ROWS, first_line
from stellarwh.ecsvwriter import write_ecsv
from stellarwh.errors import UsageError, WarehouseError
from stellarwh.fitswriter import write_fits
from stellarwh.freshness import require_current_table
from stellarwh.plain_columns import (
    ecsv_text,
    fits_column,
    plain_relation,
    votable_column,
)
from stellarwh.quoting import quote_identifier, quote_table, quote_text
from stellarwh.tables import find_table
from stellarwh.votablewriter import declare, fields_xml, write_votable

_BATCH_ROWS = 50_000


def export_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    *,
    overwrite: bool = False,
) -> int:
    """Write a table or view to ``path``; the file appears whole or not at all.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    table : str
        A table or view, with or without its schema.
    path : Path
        The file; its ending chooses the format: .parquet, .csv, .csv.gz, .fits, .ecsv,
        .vot, .votable or .xml.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    UsageError
        If the ending is unknown or the file exists already.
    WarehouseError
        If there is no such table, it shows what is stored of other data than stand in
        the warehouse, or the file cannot be written.
    """
    name = find_table(connection, table)
    require_current_table(connection, name)
    write = _writer_of(path)
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already; add --overwrite to replace it.")
    with _whole_file(path) as partial:
        return write(connection, name, partial)


def write_arrow(table: pa.Table, path: Path) -> int:
    """Write an Arrow table to a new file as `export_table` does."""
    write = _writer_of(path)
    if path.exists():
        raise UsageError(f"{path} exists already; name another file.")
    with _whole_file(path) as partial:
        connection = duckdb.connect()  # noqa: TID251 - in memory, beside the warehouse
        connection.register("pairs", table)
        return write(connection, "pairs", partial)


_Writer = Callable[[duckdb.DuckDBPyConnection, str, Path], int]


def _writer_of(path: Path) -> _Writer:
    writers: dict[str, _Writer] = {
        ".parquet": _write_parquet,
        ".csv": _write_csv,
        ".csv.gz": _write_csv,
        ".fits": _write_fits_table,
        ".ecsv": _write_ecsv_table,
        ".vot": _write_votable_table,
        ".votable": _write_votable_table,
        ".xml": _write_votable_table,
    }
    for ending, write in writers.items():
        if path.name.lower().endswith(ending):
            return write
    if path.suffix.lower() == ".hats":
        raise UsageError("HATS cannot be written yet; export to .parquet instead.")
    raise UsageError(
        f"The ending of {path.name} names no format; use {', '.join(writers)}."
    )


@contextmanager
def _whole_file(path: Path) -> Iterator[Path]:
    """Give a partial name beside ``path`` and rename it when the block succeeds."""
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        raise WarehouseError(
            f"{path} cannot be written: {first_line(str(error))}"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    counted = connection.execute(
        f"select count(*) from {quote_table(name)}"  # noqa: S608 - quoted identifier
    ).fetchall()
    return int(counted[0][0])


def _column_facts(
    connection: duckdb.DuckDBPyConnection, name: str, *, vounits: bool = False
) -> dict[str, dict[str, str]]:
    """Return unit, ucd and description of each column that has them.

    The unit is the one written, or with ``vounits`` the VOUnit where there is one.
    """
    if "." not in name:
        return {}
    # All of the columns: a warehouse opened to be read may be too old for VOUnits.
    found = connection.execute(
        "select * from meta.columns where schema_name || '.' || table_name = ?", [name]
    )
    names = [column[0] for column in found.description or ()]
    facts = {}
    for row in found.fetchall():
        texts = dict(zip(names, row, strict=True))
        if vounits and texts.get("vounit"):
            texts["unit"] = texts["vounit"]
        keys = ("unit", "ucd", "description")
        facts[texts["column_name"]] = {key: texts[key] for key in keys if texts[key]}
    return facts


def _write_parquet(connection: duckdb.DuckDBPyConnection, name: str, to: Path) -> int:
    facts = _column_facts(connection, name)
    in_vounits = _column_facts(connection, name, vounits=True)
    relation = connection.sql(f"from {quote_table(name)}")
    schema = relation.limit(0).to_arrow_table().schema
    columns = [
        # Readers want texts of a known length.
        votable_column(relation, field, in_vounits.get(field.name, {}))
        if pa.types.is_string(field.type)
        else declare(field.name, field.type, in_vounits.get(field.name, {}))
        for field in schema
    ]
    # VOParquet (IVOA note 1.0): a VOTable without rows describes the columns.
    described = fields_xml(
        columns, name.rpartition(".")[2], '<PARQUET type="Parquet-local-XML"/>'
    )
    metadata = {
        "columns": json.dumps(facts, ensure_ascii=False),
        "IVOA.VOTable-Parquet.version": "1.0",
        "IVOA.VOTable-Parquet.content": described,
    }
    # Not by COPY: DuckDB 2.0 writes arrays of fixed length that are NULL as files
    # that no other reader takes.
    rows = 0
    with pq.ParquetWriter(
        to, schema.with_metadata(metadata), compression="zstd"
    ) as out:
        for batch in relation.to_arrow_reader(ROW_GROUP_ROWS):
            out.write_batch(batch.replace_schema_metadata(metadata))
            rows += batch.num_rows
    return rows


def _write_csv(connection: duckdb.DuckDBPyConnection, name: str, to: Path) -> int:
    compression = "gzip" if to.name.lower().endswith(".gz") else "none"
    connection.execute(
        f"copy {quote_table(name)} to {quote_text(str(to))} "
        f"(format csv, header, compression {compression})"
    )
    return _count(connection, name)


@dataclass(frozen=True)
class _PlainTable:
    """A table whose columns have types that FITS, VOTable and ECSV have."""

    relation: duckdb.DuckDBPyRelation
    schema: pa.Schema
    facts: dict[str, dict[str, str]]
    rows: int
    advance: Callable[[int], None]


@contextmanager
def _plain_table(
    connection: duckdb.DuckDBPyConnection, name: str, to: Path, *, vounits: bool
) -> Iterator[_PlainTable]:
    """Give a table in plain types, with a progress bar for writing it."""
    rows = _count(connection, name)
    relation = plain_relation(connection, name)
    facts = _column_facts(connection, name, vounits=vounits)
    schema = relation.limit(0).to_arrow_table().schema
    with progress(f"write {to.name}", rows) as bar:
        yield _PlainTable(relation, schema, facts, rows, bar.advance)


def _write_fits_table(
    connection: duckdb.DuckDBPyConnection, name: str, to: Path
) -> int:
    with _plain_table(connection, name, to, vounits=False) as table:
        columns = [
            fits_column(table.relation, field, table.facts.get(field.name, {}))
            for field in table.schema
        ]
        write_fits(
            table.relation.to_arrow_reader(_BATCH_ROWS),
            to,
            columns,
            table.rows,
            name=name.rpartition(".")[2],
            progress=table.advance,
        )
        return table.rows


def _write_votable_table(
    connection: duckdb.DuckDBPyConnection, name: str, to: Path
) -> int:
    with _plain_table(connection, name, to, vounits=True) as table:
        columns = [
            votable_column(table.relation, field, table.facts.get(field.name, {}))
            for field in table.schema
        ]
        write_votable(
            table.relation.to_arrow_reader(_BATCH_ROWS),
            to,
            columns,
            name=name.rpartition(".")[2],
            progress=table.advance,
        )
        return table.rows


def _write_ecsv_table(
    connection: duckdb.DuckDBPyConnection, name: str, to: Path
) -> int:
    with _plain_table(connection, name, to, vounits=True) as table:
        texts = table.relation.select(
            ", ".join(
                f"{ecsv_text(field)} as {quote_identifier(field.name)}"
                for field in table.schema
            )
        )
        write_ecsv(
            texts.to_arrow_reader(_BATCH_ROWS),
            to,
            table.schema,
            table.facts,
            progress=table.advance,
        )
        return table.rows
