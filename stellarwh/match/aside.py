"""Pairs that do not fit in memory, kept in a file without a name."""

import mmap
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa

from stellarwh.errors import WarehouseError
from stellarwh.warehouse.messages import first_line

# Bytes of pairs that stay in memory: some 10 million.
_MOST = 256 << 20
_BATCH_ROWS = 122_880


def read_pairs(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> pa.Table:
    """Return the rows of a relation: in memory, or mapped from a file if they are many.

    The file lies where DuckDB, too, puts rows aside; it has no name, and is gone with
    the table, or with the process.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Of the relation.
    relation : duckdb.DuckDBPyRelation
        What is read, once.

    Raises
    ------
    WarehouseError
        If there is no room for the file.
    """
    folder = _folder(connection)
    batches: list[pa.RecordBatch] = []
    size = 0
    with relation.to_arrow_reader(_BATCH_ROWS) as reader:
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if size > _MOST:
                rest = chain(_emptied(batches), reader)
                return _mapped(folder, reader.schema, rest)
        return pa.Table.from_batches(batches, reader.schema)


def _emptied(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Give each batch and hold it no longer."""
    while batches:
        yield batches.pop(0)


def _mapped(
    folder: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]
) -> pa.Table:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # A stream, not a file: it may have another dictionary for each batch.
            with pa.ipc.new_stream(file, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise WarehouseError(
            f"The pairs cannot be put aside in {folder}: {first_line(str(error))}"
        ) from None
    return pa.ipc.open_stream(pa.py_buffer(mapped)).read_all()


def _folder(connection: duckdb.DuckDBPyConnection) -> Path:
    """Return where DuckDB puts rows aside, or what that lies in until it does."""
    ((told,),) = connection.execute(
        "select current_setting('temp_directory')"
    ).fetchall()
    folder = Path(told).absolute()
    return folder if folder.is_dir() else folder.parent
