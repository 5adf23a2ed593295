"""Write a file's rows into a raw table."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from stellarwh.catalogues.convert import InexactError, convert
from stellarwh.catalogues.table import VECTOR_ROWS, Advance, NullCounts, TableFile
from stellarwh.errors import InputFileError, StellarwhError, WarehouseError
from stellarwh.ingest.read_ahead import ReadAhead
from stellarwh.ingest.resolve import PlannedColumn
from stellarwh.quoting import quote_identifier
from stellarwh.runtime.stages import Stages
from stellarwh.warehouse.memory import lower_memory_limit, memory_limit_kept
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.row_groups import ROW_GROUP_ROWS

# Narrow rows are sorted by position up to this size; DuckDB spills to disk meanwhile.
SORTED_BYTES = 1 << 30
_NARROW_BYTES = 256
# Row groups of all threads that write. Where DuckDB's own size of a row group would
# take more, row groups are smaller and threads store them as they come.
_ROW_GROUP_BYTES = 192 << 20
# DuckDB writes the rows of a thread twice if they are fewer than ROW_GROUP_ROWS, and
# threads do not share rows evenly.
_ROWS_OF_THREAD = 1.5 * ROW_GROUP_ROWS
# DuckDB keeps written blocks in memory up to its limit; it needs far less to write.
_MEMORY_BYTES = 320 << 20
# Row groups that two threads write, and what is on its way; beyond that DuckDB spills.
_ROW_GROUPS_HELD = 2.5
_TEXT_BYTES = 24
_INCOMING = "stellarwh_incoming"
_ORDER_SETTING = "preserve_insertion_order"


@dataclass(frozen=True)
class StoragePlan:
    """How the rows of a file are stored.

    Parameters
    ----------
    sorted : bool
        By `healpix`; else in the order of the file, where that is kept.
    keeps_order : bool
        False if threads store row groups as they come.
    row_group_rows : int
        Rows of a row group of the table.
    memory_bytes : int
        What DuckDB may use.
    threads : int or None
        How many threads may store; None for as many as the user lets DuckDB have.
    """

    sorted: bool
    keeps_order: bool
    row_group_rows: int
    memory_bytes: int
    threads: int | None


def plan_storage(file: TableFile, columns: Sequence[PlannedColumn]) -> StoragePlan:
    """Return how the rows of a file are stored in bounded memory.

    Parameters
    ----------
    file : TableFile
        The open catalogue file.
    columns : sequence of PlannedColumn
        The columns of the raw table.
    """
    row_bytes = sum(_width(c.type) for c in columns if c.source is not None)
    fitting = int(_ROW_GROUP_BYTES / max(1, row_bytes)) // VECTOR_ROWS * VECTOR_ROWS
    rows = min(ROW_GROUP_ROWS, max(VECTOR_ROWS, fitting))
    keeps_order = rows == ROW_GROUP_ROWS
    stored = _estimated_bytes(file, row_bytes)
    threads = max(1, int(stored / max(1, row_bytes) / _ROWS_OF_THREAD))
    return StoragePlan(
        sorted=row_bytes <= _NARROW_BYTES and stored <= SORTED_BYTES,
        keeps_order=keeps_order,
        row_group_rows=rows,
        memory_bytes=max(_MEMORY_BYTES, int(_ROW_GROUPS_HELD * rows * row_bytes)),
        threads=None if keeps_order else threads,
    )


@dataclass(frozen=True)
class PositionColumns:
    """Names of the raw table's position columns, and what orders equal positions."""

    ra: str | None  # None: the table has no positions, its healpix is NULL
    dec: str | None
    ids: tuple[str, ...] = ()


def load_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    file: TableFile,
    columns: Sequence[PlannedColumn],
    position: PositionColumns,
    plan: StoragePlan,
    nulls: NullCounts,
    advance: Advance,
    stages: Stages,
) -> None:
    """Create or replace a raw table from a file, within the caller's transaction.

    It changes settings of the connection: see `undoing_settings`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A writable warehouse in a transaction.
    table : str
        Quoted name of the raw table.
    file : TableFile
        The open catalogue file.
    columns : sequence of PlannedColumn
        The columns of the table, in order.
    position : PositionColumns
        What `healpix` is computed from.
    plan : StoragePlan
        From `plan_storage`; the connection writes its row groups already.
    nulls : NullCounts
        Counts the values that become NULL.
    advance : callable
        Called with bytes of the file read since the last call.
    stages : Stages
        Counts what decoding and storing take.

    Raises
    ------
    InputFileError
        If the file is damaged or a value does not fit its column.
    WarehouseError
        If DuckDB cannot store the rows.
    """
    present = [c for c in columns if c.source is not None]
    schema = pa.schema([(c.name, c.type) for c in present])
    connection.execute(f"set {_ORDER_SETTING} = {plan.keeps_order}")
    lower_memory_limit(connection, plan.memory_bytes >> 20)
    if plan.threads is not None and plan.threads < _threads(connection):
        connection.execute(f"set threads = {plan.threads}")
    batches = _converted(file, present, schema, nulls, advance)
    with (
        stages.of("storing"),
        ReadAhead(_timed(batches, stages)) as ahead,
    ):
        reader = pa.RecordBatchReader.from_batches(schema, iter(ahead))
        connection.register(_INCOMING, reader)
        try:
            sort = plan.sorted and position.ra is not None
            with stages.steps_of(connection, "storing"):
                connection.execute(_create_sql(table, columns, position, sort=sort))
        except duckdb.Error as error:
            if isinstance(ahead.error, StellarwhError):
                raise ahead.error from None
            if ahead.error is not None:
                raise ahead.error from error
            raise WarehouseError(
                f"The rows of {file.path} cannot be stored: {first_line(str(error))}"
            ) from None


@contextmanager
def undoing_settings(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Undo what `load_rows` set on the connection; goes around the transaction."""
    threads = _threads(connection)
    try:
        with memory_limit_kept(connection):
            yield
    finally:
        connection.unregister(_INCOMING)
        connection.execute(f"reset {_ORDER_SETTING}")
        connection.execute("reset enable_profiling")
        connection.execute(f"set threads = {threads}")


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    found = connection.execute("select current_setting('threads')").fetchall()
    return int(found[0][0])


def _timed(
    batches: Generator[pa.RecordBatch], stages: Stages
) -> Iterator[pa.RecordBatch]:
    """Yield batches; count what making them takes, in a thread beside DuckDB's."""
    with closing(batches):
        while True:
            with stages.beside("decoding"):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def _converted(
    file: TableFile,
    columns: Sequence[PlannedColumn],
    schema: pa.Schema,
    nulls: NullCounts,
    advance: Advance,
) -> Generator[pa.RecordBatch]:
    """Yield the file's batches with the raw table's types."""
    sources = [c.source for c in columns if c.source is not None]
    for batch in file.batches(sources, nulls, advance):
        arrays = []
        for column, source, array in zip(columns, sources, batch.columns, strict=True):
            try:
                arrays.append(convert(array, column.type, nulls[source.index]))
            except InexactError as error:
                raise InputFileError(
                    f"{file.path}: the column {source.name} {error}; "
                    "is it the right catalogue?"
                ) from None
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _create_sql(
    table: str,
    columns: Sequence[PlannedColumn],
    position: PositionColumns,
    *,
    sort: bool,
) -> str:
    """Return the statement that makes the raw table from the incoming rows."""
    items = []
    for column in columns:
        name = quote_identifier(column.name)
        made = column.expression or f"null::{column.null_type}"
        items.append(name if column.source is not None else f"{made} as {name}")
    healpix = "null::bigint as healpix"
    if position.ra is not None and position.dec is not None:
        names = (position.ra, position.dec)
        ra, dec = (f"{quote_identifier(name)}::double" for name in names)
        # The column stays as in the file; see the macro wrapped_ra.
        wrapped = f"case when {ra} < 0 then {ra} + 360 else {ra} end"
        healpix = (
            f"case when {ra} between -180 and 360 and {dec} between -90 and 90 "
            f"then healpix_nested(29, {wrapped}, {dec}) end as healpix"
        )
    order = ""
    if sort:
        keys = ["healpix", *(quote_identifier(name) for name in position.ids)]
        order = f" order by {', '.join(keys)}"
    return (
        f"create or replace table {table} as select *, {healpix} "  # noqa: S608 - quoted identifiers
        f"from (select {', '.join(items)} from {_INCOMING}){order}"
    )


def _estimated_bytes(file: TableFile, row_bytes: float) -> float:
    """Return about how much memory the rows take at once."""
    if file.rows is None:
        # Text does not say how many rows it has; gzip makes it about a third.
        return 4 * file.path.stat().st_size
    return file.rows * row_bytes


def _width(arrow: pa.DataType) -> float:
    if pa.types.is_fixed_size_list(arrow):
        return float(arrow.list_size * _width(arrow.value_type))
    try:
        return max(1.0, float(arrow.bit_width) / 8)
    except ValueError:
        # Texts, binaries and lists of varying length.
        return _TEXT_BYTES


def count_nulls(
    columns: Sequence[PlannedColumn], nulls: NullCounts
) -> list[tuple[str, str, int]]:
    """Return (column, rule, count) of the values that became NULL on reading."""
    return [
        (column.name, rule, count)
        for column in columns
        if column.source is not None
        for rule, count in sorted(nulls.get(column.source.index, Counter()).items())
        if count
    ]
