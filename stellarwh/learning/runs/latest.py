"""The run that a task's predictions come from: found, held to its view, opened."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from stellarwh.errors import TaskError
from stellarwh.learning.runs.apart import RunApart, Stored, run_apart
from stellarwh.learning.runs.applying import StoredRun
from stellarwh.learning.runs.artefacts import read_artefacts
from stellarwh.learning.runs.trained import latest_row
from stellarwh.learning.tasks.changes import column_changes
from stellarwh.learning.tasks.task import Task
from stellarwh.runtime.listening import warn
from stellarwh.warehouse.seals import origins


@contextmanager
def open_latest_run(
    connection: duckdb.DuckDBPyConnection, task: Task, *, trust_runs: bool
) -> Iterator[StoredRun | RunApart]:
    """Yield the latest run of a task, ready to predict.

    One that this user trained is applied here, any other in processes of its own.

    Raises
    ------
    TaskError
        If the task was never trained, its view has other features now, what is stored
        is not what training wrote, or somebody else trained it and that was not
        allowed.
    """
    stored = _latest(connection, task)
    origin = origins(connection, stored.run_id)[stored.run_id]
    if origin.is_own:
        yield stored.rebuilt()
        return
    if not trust_runs:
        raise TaskError(
            f"Run {stored.run_id} is {origin.words}; what others stored is not "
            f"applied unasked. Train the task again (stellarwh train {task.name}), or "
            "take the run as it is with --trust-runs."
        )
    with run_apart(stored) as run:
        yield run


def _latest(connection: duckdb.DuckDBPyConnection, task: Task) -> Stored:
    run_id, features, types, sealed, parameters, targets = latest_row(connection, task)
    try:
        before = dict(zip(features, types, strict=True))
        # What no labelled row had then was not learned from, whatever it is now.
        left_out = json.loads(parameters).get("left_out", {})
        now = dict(zip(task.features, task.feature_types, strict=True))
        now = {name: now[name] for name in now if name not in left_out}
    except (AttributeError, TypeError, ValueError):
        raise TaskError(
            f"What ml.runs says of run {run_id} cannot be read. Train the task again."
        ) from None
    if before != now:
        raise TaskError(
            f"features.{task.name} no longer fits run {run_id}: "
            f"{column_changes(before, now)}. Train the task again."
        )
    artefacts = read_artefacts(connection, run_id, sealed)
    return Stored(run_id, tuple(features), tuple(targets), artefacts)


def warn_of_replaced_data(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Say so where a run learned from files that are no longer in the warehouse."""
    rows = connection.execute(
        "select source.survey, source.file, source.is_simulated, source.sha256, "
        "source.ingest_id from ("
        "select unnest(sources) as source from ml.runs where run_id = ?) "
        "where source.ingest_id is not null and (source.survey, source.ingest_id) "
        "not in (select (survey, ingest_id) from meta.ingests)",
        [run_id],
    ).fetchall()
    rows = [
        (survey, file, is_simulated)
        for survey, file, is_simulated, total, last_at in rows
        if survey != "raw.spectra" or not _holds_spectra(connection, total, last_at)
    ]
    if rows:
        files = ", ".join(
            (f"{Path(file).name} of {survey}" if file else f"some of {survey}")
            + (" (SIMULATED)" if is_simulated else "")
            for survey, file, is_simulated in rows
        )
        warn(
            f"Run {run_id} learned from files that are no longer in the warehouse: "
            f"{files}. What it predicts is marked stale; train the task again."
        )


def _holds_spectra(
    connection: duckdb.DuckDBPyConnection, total: str, last_at: int
) -> bool:
    """Say whether the spectra that a run used are held still, as they were."""
    ((held,),) = connection.execute(
        "select spectra_total(sha256, spectrum_number) from raw.spectra "
        "where refusal is null and epoch_us(ingested_at) <= ?",
        [last_at],
    ).fetchall()
    return bool(held == total)
