"""The rows of a task, read once and batch by batch, however many there are."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import Booleans, as_features, typed_columns
from stellarwh.learning.tasks.task import STAR, Task, unreadable


def streamed(
    connection: duckdb.DuckDBPyConnection, task: Task, rows: int
) -> Iterator[pl.DataFrame]:
    """Read the view of a task once and yield its rows as they come.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Used by nobody else until the last batch.
    task : Task
        The task.
    rows : int
        Rows of a batch, at most.

    Yields
    ------
    polars.DataFrame
        ``star_id``, ``healpix_group``, features, labels and their errors, in the types
        that learning reads them as.

    Raises
    ------
    TaskError
        If DuckDB cannot read the view or a feature is not finite, once that is
        met; after the last batch if star ids are missing or doubled.
    """
    columns = typed_columns(task)
    values = ", ".join(columns.values())
    names = [plain_name(name) for name in columns]
    stars: list[pl.Series] = []
    try:
        relation = connection.sql(f"select {values} from {task.table}")  # noqa: S608 - quoted identifiers
        for batch in relation.to_arrow_reader(rows):
            frame = pl.DataFrame(pa.table(batch).rename_columns(names))
            as_features(frame, task)
            # A copy: a column alone would keep its whole batch in memory.
            stars.append(frame[STAR] + 0)
            yield frame.filter(pl.col(STAR).is_not_null())
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        # What fails behind the first batch comes through Arrow.
        raise unreadable(task.name, error) from None
    _check_stars(pl.concat(stars) if stars else pl.Series(dtype=pl.Int64), task)


def _check_stars(stars: pl.Series, task: Task) -> None:
    missing = stars.null_count()
    if missing:
        raise TaskError(
            f"features.{task.name} has {missing:,} rows without star_id; leave "
            "them out of it."
        )
    doubled = len(stars) - stars.n_unique()
    if doubled:
        raise TaskError(
            f"features.{task.name} has {doubled:,} rows whose star_id stands "
            "in another row too; make it one row per star."
        )


def has_label(frame: pl.DataFrame, task: Task) -> Booleans:
    """Return which rows have a label of any target."""
    found = np.zeros(len(frame), dtype=np.bool_)
    for target in task.targets:
        found |= frame[target.column].is_not_null().to_numpy()
    return found


def copied(table: pa.Table, chosen: Any) -> pl.DataFrame:
    """Return some rows of a batch, sharing no memory with it.

    Any part of a batch that is shared, be it one text, keeps all of it in memory.

    Parameters
    ----------
    table : pyarrow.Table
        The batch.
    chosen : array of bool
        Which rows; NULL is none of them.
    """
    return pl.DataFrame(table.filter(chosen))


def by_star(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the rows of some frames in the order of their stars, and empty those.

    One column after the other: nowhere are there two copies of all.
    """
    if not frames:
        return pl.DataFrame()
    order = pl.concat([frame[STAR] for frame in frames]).arg_sort()
    return pl.DataFrame(
        [
            pl.concat([frame.drop_in_place(name) for frame in frames]).gather(order)
            for name in frames[0].columns
        ]
    )
