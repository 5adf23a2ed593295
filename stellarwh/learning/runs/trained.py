"""Whether a task was trained, before any long work."""

from typing import Any

import duckdb

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.feasible import check_task
from stellarwh.learning.tasks.task import Task, read_task


def check_trained(connection: duckdb.DuckDBPyConnection, task: str) -> None:
    """Check that a task was trained, whatever is stored of it.

    Raises
    ------
    TaskError
        If the task is unknown or not one, or was never trained, in one line; or
        cannot be, in that of `check_task`.
    """
    known = read_task(connection, task)
    try:
        latest_row(connection, known)
    except TaskError:
        check_task(connection, task)
        raise


def latest_row(connection: duckdb.DuckDBPyConnection, task: Task) -> tuple[Any, ...]:
    """Return what ``ml.runs`` says of the latest run of a task.

    Returns
    -------
    tuple
        ``run_id``, ``features``, ``feature_types``, ``artefacts_sha256``,
        ``parameters`` and ``targets``.

    Raises
    ------
    TaskError
        If the task was never trained.
    """
    rows = connection.execute(
        "select run_id, features, feature_types, artefacts_sha256, parameters, targets "
        "from ml.runs "
        "where task = ? order by created_at desc, run_id desc limit 1",
        [task.name],
    ).fetchall()
    if not rows:
        raise TaskError(
            f"Task {task.name} was never trained; run 'stellarwh train {task.name}'."
        )
    return tuple(rows[0])
