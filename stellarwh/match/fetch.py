"""Columns of a walked side that are brought along: read again, of its pairs alone."""

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa

from stellarwh.match.brought import kept_name
from stellarwh.match.loaded import LoadedSide
from stellarwh.match.parts import parts_with
from stellarwh.match.walk import ROW, walk
from stellarwh.match.walked import WalkedSide
from stellarwh.quoting import quote_identifier

_INCOMING = "stellarwh_match_incoming"
# Rows that go to DuckDB at one go.
_AT_ONCE = 100_000


def fetch_brought(
    connection: duckdb.DuckDBPyConnection,
    walked: WalkedSide,
    loaded: LoadedSide,
    rows: str,
) -> LoadedSide:
    """Return the side with a table of the columns that are brought along.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        An open warehouse.
    walked, loaded : WalkedSide, LoadedSide
        The side, and what was kept of it.
    rows : str
        SQL of a list of the numbers of the rows that are in a pair.
    """
    if walked.brought_schema is None:
        return loaded
    found = connection.execute(f"select distinct * from ({rows}) order by 1")  # noqa: S608 - our own
    wanted = np.asarray(found.fetchnumpy()["row"]).astype(np.int64)
    origin = kept_name(walked.name)
    schema = walked.brought_schema.append(pa.field(ROW, pa.int64()))

    def take(batch: pa.RecordBatch) -> pa.RecordBatch:
        first = batch.column(ROW)[0].as_py() if batch.num_rows else 0
        low, high = np.searchsorted(wanted, [first, first + batch.num_rows])
        return batch.take(pa.array(wanted[low:high] - first))

    def store(batches: list[pa.RecordBatch], what: str) -> None:
        # DuckDB's names for columns whose names differ by case alone.
        table = pa.Table.from_batches(batches, schema).rename_columns(
            [*(column.name for column in walked.brought), ROW]
        )
        connection.register(_INCOMING, table)
        try:
            connection.execute(f"{what} from {_INCOMING}")
        finally:
            connection.unregister(_INCOMING)

    store([], f"create or replace temp table {origin} as")
    waiting: list[pa.RecordBatch] = []
    parts = parts_with(walked.parts, wanted)
    for batch in walk(walked, parts, walked.brought_schema, take, "bring columns of"):
        waiting += [batch] if batch.num_rows else []
        if sum(each.num_rows for each in waiting) >= _AT_ONCE:
            store(waiting, f"insert into {origin}")
            waiting = []
    if waiting:
        store(waiting, f"insert into {origin}")
    return replace(loaded, origin=origin, origin_row=quote_identifier(ROW))
