"""Apply the latest run of a task to every star that has its features."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace

import duckdb
import numpy as np
import polars as pl

from stellarwh.console import warn
from stellarwh.database import transaction
from stellarwh.errors import TaskError
from stellarwh.freshness import sources_of
from stellarwh.learning.apart import RunApart
from stellarwh.learning.applying import Predicted, StoredRun
from stellarwh.learning.changes import changed_words
from stellarwh.learning.conformal import LEVELS
from stellarwh.learning.fingerprints import fingerprint
from stellarwh.learning.latest import open_latest_run, warn_of_replaced_data
from stellarwh.learning.meaning import means_the_same
from stellarwh.learning.rows import (
    Booleans,
    Integers,
    as_features,
    check_stars,
    evaluated,
    feature_batches,
    read_frame,
    read_labelled_rows,
)
from stellarwh.learning.store import registered
from stellarwh.learning.task import STAR, Task, read_task
from stellarwh.learning.workers import workers
from stellarwh.objects import shadow_macros

BATCH_ROWS = 50_000
BATCHES_AHEAD = 3
_VALUES = [
    "value",
    *(f"{end}_{level}" for level in LEVELS for end in ("lower", "upper")),
]
_COLUMNS = {"number": _VALUES, "class": ["class", "probability", "prediction_set"]}


def predict(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    *,
    trust_runs: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write predictions of a task's latest run to ``ml.predictions``.

    Stars that the run was trained on get their out-of-fold values, so that no
    prediction has seen its own label. Predicting again with a run replaces what it
    predicted before; other runs keep theirs.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse, open for writing.
    task : str
        Name of a view in schema ``features``.
    trust_runs : bool
        Apply a run that somebody else trained too, in processes of its own.
    progress : callable, optional
        Told how many stars of how many have been stored, first that none has.

    Returns
    -------
    int
        Rows written: one per star and target.

    Raises
    ------
    TaskError
        If the task was never trained, its view no longer gives the features it was
        trained on, a stored artefact is not what training wrote, or somebody else
        trained it and ``trust_runs`` is not set.
    """
    known = read_task(connection, task)
    with open_latest_run(connection, known, trust_runs=trust_runs) as run:
        warn_of_replaced_data(connection, run.run_id)
        return _predict(connection, known, run, progress or (lambda done, total: None))


def _predict(
    connection: duckdb.DuckDBPyConnection,
    known: Task,
    run: StoredRun | RunApart,
    progress: Callable[[int, int], None],
) -> int:
    # Columns may have moved in the view since; estimators know them in their old order.
    known = replace(known, features=run.features)
    # A second connection to the same file: its open result is not disturbed by writing.
    reader = connection.cursor()
    shadow_macros(reader)
    try:
        with (
            evaluated(reader, known),
            transaction(connection),
            _one_thread(connection),
        ):
            stars = check_stars(reader, known)
            progress(0, stars)
            held_out = _out_of_fold(reader, known, run)
            connection.execute(
                "delete from ml.predictions where run_id = ?", [run.run_id]
            )
            with workers() as pool:
                submitted: deque[_Batch] = deque()
                stored = 0

                def store_next() -> None:
                    nonlocal stored
                    batch = submitted.popleft()
                    _store(connection, run.run_id, batch)
                    stored += len(batch.stars)
                    progress(stored, stars)

                for frame in feature_batches(reader, known, BATCH_ROWS):
                    submitted.append(_submit(pool, known, run, held_out, frame))
                    # Some batches are predicted while one before them is written.
                    if len(submitted) > BATCHES_AHEAD:
                        store_next()
                while submitted:
                    store_next()
            connection.execute(
                "delete from ml.predicted_from where run_id = ?", [run.run_id]
            )
            connection.execute(
                "insert into ml.predicted_from values (?, now(), ?)",
                [run.run_id, sources_of(reader, f"from {known.table}")],
            )
    finally:
        reader.close()
    return stars * len(run.kinds)


@contextmanager
def _one_thread(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let DuckDB use one thread: the other cores predict, and its waiting costs them.

    Rows are stored with a quarter less processor time.
    """
    asked = "select current_setting('threads')"
    before = connection.execute(asked).fetchall()[0][0]
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute(f"set threads = {int(before)}")


def _out_of_fold(
    connection: duckdb.DuckDBPyConnection, task: Task, run: StoredRun | RunApart
) -> dict[str, pl.DataFrame]:
    """Return the held-out predictions of the training stars, if still valid.

    Per target, ordered by star; none where the labelled rows have changed.
    """
    before, view_sql = connection.execute(
        "select data_fingerprint, view_sql from ml.runs where run_id = ?", [run.run_id]
    ).fetchall()[0]
    try:
        current = fingerprint(read_labelled_rows(connection, task))
    except TaskError:
        current = ""
    same = current == before
    if not same and not means_the_same(connection, task.view_sql, view_sql):
        raise TaskError(
            f"features.{task.name} is another view than run {run.run_id} learned from "
            f"and gives other values: {changed_words(view_sql, task.view_sql)}. Train "
            "the task again."
        )
    if not same:
        warn(
            f"The labelled rows of features.{task.name} have changed since run "
            f"{run.run_id}; the stars it was trained on are predicted like all others. "
            "Train again for out-of-fold values."
        )
    held_out = {}
    for target, kind in run.kinds.items():
        columns = ", ".join([STAR, *_COLUMNS[kind]])
        held_out[target] = read_frame(
            connection,
            f"select {columns} from ml.out_of_fold "  # noqa: S608 - constant names
            "where run_id = ? and target = ? and ? order by star_id",
            [run.run_id, target, same],
        )
    return held_out


@dataclass(frozen=True)
class _Batch:
    """Some stars, what is known of them, and what is being predicted.

    ``known`` has per target which of the stars were held out in training, and what
    they got then.
    """

    stars: pl.Series
    known: dict[str, tuple[Booleans, pl.DataFrame]]
    predicted: Future[Predicted]


def _submit(
    pool: Executor,
    task: Task,
    run: StoredRun | RunApart,
    held_out: dict[str, pl.DataFrame],
    frame: pl.DataFrame,
) -> _Batch:
    """Start to predict a batch."""
    known = {}
    for target in run.kinds:
        there, position = _find(frame[STAR], held_out[target][STAR])
        known[target] = there, held_out[target][position].drop(STAR)
    wanted = {target: ~there for target, (there, _) in known.items()}
    features = as_features(frame, task)
    return _Batch(frame[STAR], known, pool.submit(run.apply, features, wanted))


def _store(connection: duckdb.DuckDBPyConnection, run_id: str, batch: _Batch) -> None:
    predicted = batch.predicted.result()
    stars = pl.DataFrame(
        {
            STAR: batch.stars,
            "in_domain": predicted.in_domain,
            "training_distance": predicted.distance,
        }
    ).with_columns(pl.col("training_distance").fill_nan(None))
    for target, (known, values) in batch.known.items():
        for meant, columns, is_held_out in (
            (known, values, True),
            (~known, predicted.columns.get(target, pl.DataFrame()), False),
        ):
            if columns.is_empty():
                continue
            rows = pl.concat([stars.filter(meant), columns], how="horizontal")
            with registered(connection, rows, "predicted_rows"):
                connection.execute(
                    "insert into ml.predictions by name select $run_id as run_id, "
                    "$target as target, $held_out as is_out_of_fold, * "
                    "from predicted_rows",
                    {"run_id": run_id, "target": target, "held_out": is_held_out},
                )


def _find(stars: pl.Series, ordered: pl.Series) -> tuple[Booleans, Integers]:
    """Return which stars are among the ordered ones, and where those are."""
    if ordered.is_empty():
        return np.zeros(len(stars), dtype=np.bool_), np.empty(0, dtype=np.int64)
    sought, within = stars.to_numpy(), ordered.to_numpy()
    position = np.minimum(np.searchsorted(within, sought), len(within) - 1)
    found = within[position] == sought
    return found, position[found]
