"""The labelled rows of a task and some of the others, from one look at its view.

Only these are ever held: of a view of millions of rows that is a small part.
"""

from functools import partial

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import is_labelled, typed_columns
from stellarwh.learning.tasks.streamed import by_star, copied
from stellarwh.learning.tasks.task import LABEL, STAR, Task, unreadable
from stellarwh.warehouse.bounded import in_bounded_memory

_BATCH = 100_000
# No feature has a name that begins so.
_ORDER = f"{LABEL} order"
_LAST = 2**64 - 1
# What DuckDB may hold meanwhile; more is put on disk. Fits need the memory later.
_MEMORY_MIB = 1000


def read_rows(
    connection: duckdb.DuckDBPyConnection, task: Task, most: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read the view of a task once; return rows with a label, and some without.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The warehouse.
    task : Task
        The task.
    most : int
        How many rows without any label to return, the same ones every time.

    Returns
    -------
    labelled, unlabelled : polars.DataFrame
        ``star_id``, ``healpix_group``, features, labels and their errors; the first
        ordered by star. Both are without columns where the view has no rows.

    Raises
    ------
    TaskError
        If DuckDB cannot read the view.
    """
    read = partial(_read, connection, task, most)
    try:
        return in_bounded_memory(connection, _MEMORY_MIB, read)
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        # What fails behind the first batch comes through Arrow.
        raise unreadable(task.name, error) from None


def _read(
    connection: duckdb.DuckDBPyConnection, task: Task, most: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns = typed_columns(task)
    names = [*(plain_name(name) for name in columns), _ORDER]
    # The first half of a hash decides, as a number: a text would keep its batch.
    relation = connection.sql(
        f"select {', '.join(columns.values())}, case when not ({is_labelled(task)}) "  # noqa: S608 - quoted identifiers
        f"then coalesce(('0x' || left(md5(star_id::varchar), 16))::ubigint, {_LAST}) "
        f"end from {task.table}"
    )
    labelled: list[pl.DataFrame] = []
    others: list[pl.DataFrame] = []
    last = _LAST
    for batch in relation.to_arrow_reader(_BATCH):
        table = pa.table(batch).rename_columns(names)
        order = table[_ORDER]
        labelled.append(copied(table.drop_columns(_ORDER), pc.is_null(order)))
        others.append(copied(table, pc.less_equal(order, pa.scalar(last, pa.uint64()))))
        if sum(len(frame) for frame in others) > 2 * most:
            others = [_first(others, most)]
            last = others[0][_ORDER][-1] if most else last
    if not labelled:
        return pl.DataFrame(), pl.DataFrame()
    return by_star(labelled), _first(others, most).drop(_ORDER)


def _first(frames: list[pl.DataFrame], most: int) -> pl.DataFrame:
    return pl.concat(frames).sort(_ORDER, STAR).head(most)
