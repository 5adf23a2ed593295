"""Apply the latest run of a task to every star that has its features."""

from collections import deque
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import numpy as np
import polars as pl

from stellarwh.console import warn
from stellarwh.database import transaction
from stellarwh.errors import TaskError
from stellarwh.learning.artefacts import SHARED, read_artefacts
from stellarwh.learning.changes import changed_words, column_changes
from stellarwh.learning.conformal import LEVELS, in_set, set_names
from stellarwh.learning.domain import Domain, in_domain
from stellarwh.learning.patterns import pattern_codes
from stellarwh.learning.rows import (
    Booleans,
    Integers,
    as_features,
    check_stars,
    evaluated,
    feature_batches,
    fingerprint,
    read_frame,
    read_labelled_rows,
)
from stellarwh.learning.spread import predict_spread
from stellarwh.learning.store import registered
from stellarwh.learning.targets import unweighted
from stellarwh.learning.task import STAR, Task, read_task
from stellarwh.learning.workers import workers

BATCH_ROWS = 100_000
_VALUES = [
    "value",
    *(f"{end}_{level}" for level in LEVELS for end in ("lower", "upper")),
]
_COLUMNS = {"number": _VALUES, "class": ["class", "probability", "prediction_set"]}


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
    stars = 0
    try:
        with evaluated(reader, known), transaction(connection):
            check_stars(reader, known)
            held_out = _out_of_fold(reader, known, run)
            connection.execute(
                "delete from ml.predictions where run_id = ?", [run.run_id]
            )
            batches = feature_batches(reader, known, BATCH_ROWS)
            with workers() as pool:
                submitted: deque[_Batch] = deque()
                for frame in batches:
                    stars += len(frame)
                    submitted.append(_submit(pool, known, run, held_out, frame))
                    # One batch is predicted while the one before it is written.
                    if len(submitted) > 1:
                        _store(connection, run.run_id, submitted.popleft())
                for batch in submitted:
                    _store(connection, run.run_id, batch)
    finally:
        reader.close()
    return stars * len(run.kinds)


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
            f"{column_changes(before, now)}. Train the task again."
        )
    parts = read_artefacts(connection, run_id, sealed)
    kinds = {
        target: "class" if "classes" in content else "number"
        for (target, part), content in parts.items()
        if part == "calibration"
    }
    return _Run(run_id, tuple(features), kinds, parts)


def _out_of_fold(
    connection: duckdb.DuckDBPyConnection, task: Task, run: _Run
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
    if not same and task.view_sql != view_sql:
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
    """Some stars, and what is being predicted for them.

    ``parts`` has per target which of the stars are meant, the columns to come, and
    whether those are out-of-fold values.
    """

    stars: pl.Series
    inside: Future[Booleans]
    parts: list[tuple[str, Booleans, Future[pl.DataFrame], bool]]


def _submit(
    pool: Executor,
    task: Task,
    run: _Run,
    held_out: dict[str, pl.DataFrame],
    frame: pl.DataFrame,
) -> _Batch:
    """Start to predict a batch."""
    features = as_features(frame, task)
    facts = run.parts[SHARED, "domain"]
    domain = Domain(**facts, support=run.parts.get((SHARED, "support")))
    parts = []
    cut: dict[bytes, tuple[pl.DataFrame, Any]] = {}
    for target, kind in run.kinds.items():
        known, position = _find(frame[STAR], held_out[target][STAR])
        if known.any():
            values: Future[pl.DataFrame] = Future()
            values.set_result(held_out[target][position].select(_COLUMNS[kind]))
            parts.append((target, known, values, True))
        if not known.all():
            columns = _numbers if kind == "number" else _classes
            # Targets of one survey lack the same labels: their features are cut once.
            key = known.tobytes()
            if key not in cut:
                others = features.filter(~known)
                cut[key] = others, _matrix(others)
            values = pool.submit(columns, run, target, *cut[key])
            parts.append((target, ~known, values, False))
    return _Batch(frame[STAR], pool.submit(in_domain, features, domain), parts)


def _store(connection: duckdb.DuckDBPyConnection, run_id: str, batch: _Batch) -> None:
    stars = pl.DataFrame({STAR: batch.stars, "in_domain": batch.inside.result()})
    for target, meant, values, is_held_out in batch.parts:
        rows = pl.concat([stars.filter(meant), values.result()], how="horizontal")
        with registered(connection, rows, "predicted_rows"):
            connection.execute(
                "insert into ml.predictions by name select $run_id as run_id, "
                "$target as target, $held_out as is_out_of_fold, * from predicted_rows",
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


def _matrix(features: pl.DataFrame) -> Any:
    """Return features row by row in single precision, as XGBoost itself holds them."""
    return np.ascontiguousarray(features.to_numpy(), dtype=np.float32)


def _numbers(
    run: _Run, target: str, features: pl.DataFrame, matrix: Any
) -> pl.DataFrame:
    value = _apply(run.parts[target, "value"], features, matrix)
    spread = predict_spread(run.parts[target, "spread"], matrix)
    calibration = run.parts[target, "calibration"]
    group = pattern_codes(features, calibration.get("pattern_keys", []))
    codes, which = np.unique(group, return_inverse=True)
    own = calibration.get("pattern_factors", {})
    factors = [own.get(str(code), calibration["factors"]) for code in codes]
    columns = {"value": value}
    for level in LEVELS:
        by_code = np.array([factor[str(level)] for factor in factors])
        half_width = by_code[which] * spread
        columns[f"lower_{level}"] = value - half_width
        columns[f"upper_{level}"] = value + half_width
    return pl.DataFrame(columns)


def _classes(
    run: _Run, target: str, features: pl.DataFrame, matrix: Any
) -> pl.DataFrame:
    calibration = run.parts[target, "calibration"]
    classes = calibration["classes"]
    probability = _apply(run.parts[target, "value"], features, matrix)
    if probability.ndim == 1:  # XGBoost gives the second of two classes only
        probability = np.column_stack([1.0 - probability, probability])
    weights = calibration.get("weights", np.ones(len(classes)))
    probability = unweighted(probability, np.array(weights))
    members = in_set(probability, np.array(calibration["thresholds"]))
    return pl.DataFrame(
        {
            "class": np.array(classes)[probability.argmax(axis=1)],
            "probability": probability.max(axis=1),
            "prediction_set": set_names(members, classes),
        }
    )


def _apply(estimator: Any, features: pl.DataFrame, matrix: Any) -> Any:
    """Return values or probabilities; XGBoost is stored as a bare Booster.

    ``matrix`` has the features as `_matrix` gives them, which XGBoost reads faster.
    """
    if hasattr(estimator, "inplace_predict"):
        predicted = estimator.inplace_predict(matrix, validate_features=False)
    elif hasattr(estimator, "predict_proba"):
        predicted = estimator.predict_proba(features)
    else:
        predicted = estimator.predict(features)
    return np.asarray(predicted, dtype=np.float64)
