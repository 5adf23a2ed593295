"""Small feature views that tests make for themselves."""

import duckdb
import numpy as np
import polars as pl

from stellarwh.learning.tasks.labelled import read_rows
from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.rows import labelled_rows as checked_rows
from stellarwh.learning.tasks.task import read_task


def make_view(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: dict[str, object],
) -> None:
    """Create ``features.<name>`` over a table of these columns."""
    connection.register("given", pl.DataFrame(columns, strict=False).to_arrow())
    connection.execute(f"create or replace table raw.{name} as from given")
    connection.unregister("given")
    connection.execute(f"create or replace view features.{name} as from raw.{name}")


def toy(n: int = 400, *, seed: int = 0) -> dict[str, object]:
    """Return columns of a task: y = 2 a + b² with noise that grows with a."""
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(-1, 1, (2, n))
    y = 2 * a + b**2 + rng.normal(0, 1, n) * (0.05 + 0.1 * (a > 0))
    return {
        "star_id": np.arange(n) * 3 + 11,
        "a": a,
        "b": b,
        "label_y": y,
        "healpix_group": rng.integers(0, 40, n),
    }


def toy_classes(n: int = 400, *, seed: int = 0) -> dict[str, object]:
    """Return columns of a task with three classes, one of them rare."""
    columns = toy(n, seed=seed)
    y = np.asarray(columns.pop("label_y"))
    columns["label_kind"] = np.array(["low", "middle", "top"])[
        np.digitize(y, [0.3, 2.2])
    ]
    return columns


def labelled_rows(connection: duckdb.DuckDBPyConnection, name: str) -> LabelledRows:
    """Return the labelled rows of a task."""
    task = read_task(connection, name)
    return checked_rows(read_rows(connection, task, 0)[0], task)
