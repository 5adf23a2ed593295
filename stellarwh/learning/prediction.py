"""Apply the latest run of a task to every star that has its features."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain

import duckdb
import polars as pl

from stellarwh.learning.estimators.workers import workers
from stellarwh.learning.runs.apart import RunApart
from stellarwh.learning.runs.applying import Predicted, StoredRun
from stellarwh.learning.runs.latest import open_latest_run, warn_of_replaced_data
from stellarwh.learning.runs.out_of_fold import (
    OutOfFold,
    is_another_view,
    learned_from_these,
    none_out_of_fold,
)
from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import Booleans
from stellarwh.learning.tasks.streamed import by_star, copied, has_label, streamed
from stellarwh.learning.tasks.task import STAR, Task, read_task
from stellarwh.runtime.interrupts import interruptible
from stellarwh.warehouse.appending import append
from stellarwh.warehouse.bounded import in_bounded_memory
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.freshness import sources_of
from stellarwh.warehouse.objects import shadow_macros

BATCH_ROWS = 20_480
BATCHES_AHEAD = 4
# Of DuckDB, which joins what a view reads; labelled rows and libraries take the rest.
_MEMORY_MIB = 700


def predict(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    *,
    trust_runs: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
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
        Told how many stars have been stored of how many, first that none has; of None
        until the last has been read.

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
        tell = progress or (lambda done, total: None)
        return in_bounded_memory(
            connection, _MEMORY_MIB, lambda: _predict(connection, known, run, tell)
        )


def _predict(
    connection: duckdb.DuckDBPyConnection,
    known: Task,
    run: StoredRun | RunApart,
    progress: Callable[[int, int | None], None],
) -> int:
    # Columns may have moved in the view since; estimators know them in their old order.
    known = replace(known, features=run.features)
    # A second connection to the same file: its open result is not disturbed by writing.
    reader = interruptible(connection.cursor())
    shadow_macros(reader)
    try:
        with transaction(connection), workers() as pool:
            if is_another_view(connection, known, run):
                _check_labelled(connection, reader, known, run)
            connection.execute(
                "delete from ml.predictions where run_id = ?", [run.run_id]
            )
            progress(0, None)
            stored = _Stored(connection, pool, known, run, progress)
            labelled = []
            frames = streamed(reader, known, BATCH_ROWS)
            first = next(frames, None)
            with _one_thread(connection):
                for frame in chain([] if first is None else [first], frames):
                    is_labelled = has_label(frame, known)
                    if is_labelled.any():
                        labelled.append(copied(frame.to_arrow(), is_labelled))
                    unlabelled = frame.filter(~is_labelled)
                    stored.add(unlabelled, none_out_of_fold(run, unlabelled[STAR]))
                ordered = by_star(labelled)
                is_same = learned_from_these(connection, known, run, ordered)
                own = OutOfFold(connection, run) if is_same else None
                for frame in ordered.iter_slices(BATCH_ROWS):
                    stars = frame[STAR]
                    stored.add(
                        frame,
                        own.of(stars) if own else none_out_of_fold(run, stars),
                    )
                rows = stored.finish()
            connection.execute(
                "delete from ml.predicted_from where run_id = ?", [run.run_id]
            )
            connection.execute(
                "insert into ml.predicted_from values (?, now(), ?)",
                [run.run_id, sources_of(reader, f"from {known.table}")],
            )
    finally:
        reader.close()
    return rows * len(run.kinds)


def _check_labelled(
    connection: duckdb.DuckDBPyConnection,
    reader: duckdb.DuckDBPyConnection,
    known: Task,
    run: StoredRun | RunApart,
) -> None:
    """Read the rows once more than needed: another view may give other values."""
    labelled = [
        copied(frame.to_arrow(), has_label(frame, known))
        for frame in streamed(reader, known, BATCH_ROWS)
    ]
    learned_from_these(connection, known, run, by_star(labelled))


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


@dataclass(frozen=True)
class _Batch:
    """Some stars, what is known of them, and what is being predicted.

    ``known`` has per target which of the stars were held out in training, and what
    they got then.
    """

    stars: pl.Series
    known: dict[str, tuple[Booleans, pl.DataFrame]]
    predicted: Future[Predicted]


class _Stored:
    """Stars that are predicted side by side and stored one batch after the other."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        pool: Executor,
        task: Task,
        run: StoredRun | RunApart,
        progress: Callable[[int, int | None], None],
    ) -> None:
        self._connection = connection
        self._pool = pool
        self._task = task
        self._run = run
        self._progress = progress
        self._ahead: deque[_Batch] = deque()
        self._done = 0

    def add(
        self, frame: pl.DataFrame, known: dict[str, tuple[Booleans, pl.DataFrame]]
    ) -> None:
        """Predict some more stars, and store those that are done by then."""
        if frame.is_empty():
            return
        wanted = {target: ~there for target, (there, _) in known.items()}
        features = frame[[plain_name(name) for name in self._task.features]]
        predicted = self._pool.submit(self._run.apply, features, wanted)
        self._ahead.append(_Batch(frame[STAR], known, predicted))
        # Some batches are predicted while one before them is stored.
        if len(self._ahead) > BATCHES_AHEAD:
            self._store_next()

    def finish(self) -> int:
        """Store what is left; return how many stars there were in all."""
        while self._ahead:
            self._store_next()
        self._progress(self._done, self._done)
        return self._done

    def _store_next(self) -> None:
        batch = self._ahead.popleft()
        _store(self._connection, self._run.run_id, batch)
        self._done += len(batch.stars)
        self._progress(self._done, None)


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
            same: dict[str, str | bool] = {
                "run_id": run_id, "target": target, "is_out_of_fold": is_held_out
            }  # fmt: skip
            append(connection, "ml.predictions", rows, same)
