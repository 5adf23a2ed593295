"""Apply the latest run of a task to every star that has its features."""

from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import polars as pl

from stellarwh.console import warn
from stellarwh.database import transaction
from stellarwh.errors import TaskError
from stellarwh.learning.artefacts import SHARED, read_artefacts
from stellarwh.learning.conformal import LEVELS, in_set, set_names
from stellarwh.learning.domain import Domain, in_domain
from stellarwh.learning.rows import (
    as_features,
    evaluated,
    feature_batches,
    fingerprint,
    read_frame,
    read_labelled_rows,
)
from stellarwh.learning.spread import predict_spread
from stellarwh.learning.store import insert
from stellarwh.learning.task import STAR, Task, read_task

BATCH_ROWS = 100_000
_VALUES = [
    "value",
    *(f"{end}_{level}" for level in LEVELS for end in ("lower", "upper")),
]
_CLASSES = ["class", "probability", "prediction_set"]


@dataclass(frozen=True)
class _Run:
    """A stored run, ready to predict."""

    run_id: str
    features: tuple[str, ...]
    kinds: dict[str, str]
    parts: dict[tuple[str, str], Any]


def predict(connection: duckdb.DuckDBPyConnection, task: str) -> int:
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

    Returns
    -------
    int
        Rows written: one per star and target.

    Raises
    ------
    TaskError
        If the task was never trained, its view no longer gives the features it was
        trained on, or a stored artefact is not what training wrote.
    """
    known = read_task(connection, task)
    run = _latest_run(connection, known)
    # Columns may have moved in the view since; estimators know them in their old order.
    known = replace(known, features=run.features)
    # A second connection to the same file: its open result is not disturbed by writing.
    reader = connection.cursor()
    try:
        with evaluated(reader, known), transaction(connection):
            trained_on = _out_of_fold(reader, known, run)
            connection.execute(
                "delete from ml.predictions where run_id = ?", [run.run_id]
            )
            written = 0
            for batch in feature_batches(reader, known, BATCH_ROWS):
                written += _predict_batch(connection, known, run, trained_on, batch)
            _refuse_doubled(connection, known, run)
    finally:
        reader.close()
    return written


def _latest_run(connection: duckdb.DuckDBPyConnection, task: Task) -> _Run:
    rows = connection.execute(
        "select run_id, features, feature_types, artefacts_sha256 from ml.runs "
        "where task = ? order by created_at desc, run_id desc limit 1",
        [task.name],
    ).fetchall()
    if not rows:
        raise TaskError(
            f"Task {task.name} was never trained; run 'stellarwh train {task.name}'."
        )
    run_id, features, types, sealed = rows[0]
    before = dict(zip(features, types, strict=True))
    now = dict(zip(task.features, task.feature_types, strict=True))
    if before != now:
        raise TaskError(
            f"features.{task.name} no longer fits run {run_id}: "
            f"{_difference(before, now)}. Train the task again."
        )
    parts = read_artefacts(connection, run_id, sealed)
    kinds = {
        target: "class" if "classes" in content else "number"
        for (target, part), content in parts.items()
        if part == "calibration"
    }
    return _Run(run_id, tuple(features), kinds, parts)


def _difference(before: dict[str, str], now: dict[str, str]) -> str:
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    changed = [
        f"{name} was {before[name]} and is {now[name]}"
        for name in before
        if name in now and before[name] != now[name]
    ]
    said = [f"gone: {', '.join(gone)}"] if gone else []
    said += [f"new: {', '.join(new)}"] if new else []
    return "; ".join(said + changed)


def _out_of_fold(
    connection: duckdb.DuckDBPyConnection, task: Task, run: _Run
) -> pl.DataFrame:
    """Return the held-out predictions of the training stars, if still valid."""
    columns = ", ".join([STAR, "target", *_VALUES, *_CLASSES])
    held_out = read_frame(
        connection,
        f"select {columns} from ml.out_of_fold where run_id = ?",  # noqa: S608 - constant names
        [run.run_id],
    )
    trained = connection.execute(
        "select data_fingerprint from ml.runs where run_id = ?", [run.run_id]
    ).fetchall()
    try:
        current = fingerprint(read_labelled_rows(connection, task))
    except TaskError:
        current = ""
    if current == trained[0][0]:
        return held_out
    warn(
        f"The labelled rows of features.{task.name} have changed since run "
        f"{run.run_id}; the stars it was trained on are predicted like all others. "
        "Train again for out-of-fold values."
    )
    return held_out.clear()


def _predict_batch(
    connection: duckdb.DuckDBPyConnection,
    task: Task,
    run: _Run,
    trained_on: pl.DataFrame,
    frame: pl.DataFrame,
) -> int:
    if frame.is_empty():
        return 0
    if frame[STAR].null_count():
        raise TaskError(
            f"features.{task.name} has rows without star_id; leave them out of it."
        )
    features = as_features(frame, task)
    facts = run.parts[SHARED, "domain"]
    domain = Domain(**facts, support=run.parts.get((SHARED, "support")))
    inside = in_domain(features, domain)
    for target, kind in run.kinds.items():
        columns = _numbers if kind == "number" else _classes
        names = _VALUES if kind == "number" else _CLASSES
        held_out = trained_on.filter(target=target).select(STAR, *names)
        predicted = (
            pl.DataFrame({STAR: frame[STAR], **columns(run, target, features)})
            .with_columns(pl.Series("in_domain", inside))
            .join(
                held_out, on=STAR, how="left", suffix="_held_out", maintain_order="left"
            )
        )
        is_held_out = pl.col(f"{names[0]}_held_out").is_not_null()
        chosen = [
            pl.when(is_held_out).then(f"{name}_held_out").otherwise(name).alias(name)
            for name in names
        ]
        rows = predicted.select(
            pl.lit(run.run_id).alias("run_id"),
            STAR,
            pl.lit(target).alias("target"),
            *chosen,
            "in_domain",
            is_held_out.alias("is_out_of_fold"),
        )
        insert(connection, "ml.predictions", rows)
    return len(frame) * len(run.kinds)


def _numbers(run: _Run, target: str, features: pl.DataFrame) -> dict[str, Any]:
    value = _apply(run.parts[target, "value"], features)
    spread = predict_spread(run.parts[target, "spread"], features)
    factors = run.parts[target, "calibration"]["factors"]
    columns = {"value": value}
    for level in LEVELS:
        half_width = factors[str(level)] * spread
        columns[f"lower_{level}"] = value - half_width
        columns[f"upper_{level}"] = value + half_width
    return columns


def _classes(run: _Run, target: str, features: pl.DataFrame) -> dict[str, Any]:
    calibration = run.parts[target, "calibration"]
    classes = calibration["classes"]
    probability = _apply(run.parts[target, "value"], features)
    if probability.ndim == 1:  # XGBoost gives the second of two classes only
        probability = np.column_stack([1.0 - probability, probability])
    members = in_set(probability, np.array(calibration["thresholds"]))
    return {
        "class": np.array(classes)[probability.argmax(axis=1)],
        "probability": probability.max(axis=1),
        "prediction_set": set_names(members, classes),
    }


def _apply(estimator: Any, features: pl.DataFrame) -> Any:
    """Return values or probabilities; XGBoost is stored as a bare Booster."""
    if hasattr(estimator, "inplace_predict"):
        predicted = estimator.inplace_predict(features)
    elif hasattr(estimator, "predict_proba"):
        predicted = estimator.predict_proba(features)
    else:
        predicted = estimator.predict(features)
    return np.asarray(predicted, dtype=np.float64)


def _refuse_doubled(
    connection: duckdb.DuckDBPyConnection, task: Task, run: _Run
) -> None:
    doubled = connection.execute(
        "select count(*) - count(distinct (star_id, target)) from ml.predictions "
        "where run_id = ?",
        [run.run_id],
    ).fetchall()[0][0]
    if doubled:
        raise TaskError(
            f"features.{task.name} has {doubled // len(run.kinds):,} rows whose "
            "star_id stands in another row too; make it one row per star."
        )
