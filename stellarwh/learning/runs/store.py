"""Write a run to schema ``ml``, all of it or nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import polars as pl
import xgboost

from stellarwh.learning.evaluation.metrics import Metric
from stellarwh.learning.evaluation.results import NumberResult, TargetResult
from stellarwh.learning.runs.artefacts import Artefact, seal
from stellarwh.learning.runs.parts import parts_of
from stellarwh.learning.tasks.rows import Integers
from stellarwh.learning.tasks.task import Task
from stellarwh.warehouse.appending import append
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.freshness import Source, any_simulated
from stellarwh.warehouse.run_record import run_id_of, versions_of
from stellarwh.warehouse.seals import seal_run

_LIBRARIES = ("duckdb", "numpy", "polars", "scikit-learn", "skops")


@dataclass(frozen=True)
class Run:
    """What was trained and how."""

    task: Task
    estimator: str
    seed: int
    folds: int
    device: str
    fingerprint: str
    seconds: float
    outliers: pl.DataFrame
    sources: list[Source]
    left_out: dict[str, str] = field(default_factory=dict)
    tuning: dict[str, Any] = field(default_factory=dict)
    collinear: list[dict[str, Any]] = field(default_factory=list)


def store_run(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    stars: Integers,
    shared: Sequence[Artefact],
    results: Sequence[TargetResult],
    figures: Mapping[str, Sequence[Metric]],
) -> str:
    """Write one run in one transaction and return its ``run_id``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing.
    run : Run
        What was trained and how.
    stars : ndarray
        Numbers of the labelled stars.
    shared : sequence of Artefact
        What belongs to all targets.
    results : sequence of TargetResult
        What was fitted of each target, and what held-out stars got.
    figures : mapping of str to sequence of Metric
        Figures of merit by target.
    """
    created = datetime.now(UTC)
    parameters = _parameters(run, results)
    recipe = [run.fingerprint, run.task.view_sql, parameters]
    run_id = run_id_of(run.task.name, created, recipe)
    versions = versions_of(_LIBRARIES) | {"xgboost": xgboost.__version__}
    artefacts = [*shared, *(part for result in results for part in parts_of(result))]
    kinds = {target.kind for target in run.task.targets}
    with transaction(connection):
        connection.execute(
            "insert into ml.runs by name select "
            + ", ".join(f"${name} as {name}" for name in _run_columns()),
            {
                "run_id": run_id,
                "task": run.task.name,
                "kind": "mixed" if len(kinds) > 1 else kinds.pop(),
                "estimator": run.estimator,
                "seed": run.seed,
                "folds": run.folds,
                "device": run.device,
                "created_at": created.replace(tzinfo=None),  # the tables hold UTC
                "seconds": run.seconds,
                "rows_labelled": len(stars),
                "targets": [target.name for target in run.task.targets],
                "features": list(run.task.features),
                "feature_types": list(run.task.feature_types),
                "data_fingerprint": run.fingerprint,
                "view_sql": run.task.view_sql,
                "parameters": json.dumps(parameters, sort_keys=True),
                "versions": json.dumps(versions, sort_keys=True),
                "artefacts_sha256": seal(artefacts),
                "is_simulated": any_simulated(run.sources),
                "sources": run.sources,
            },
        )
        seal_run(connection, run_id)
        _store_artefacts(connection, run_id, artefacts)
        outliers = run.outliers.with_columns(pl.lit(run_id).alias("run_id"))
        append(connection, "ml.outliers", outliers)
        for result in results:
            own = figures[result.rows.target.name]
            _store_result(connection, run_id, run, stars, result, own)
    return run_id


def _run_columns() -> tuple[str, ...]:
    return (
        "run_id", "task", "kind", "estimator", "seed", "folds", "device",
        "created_at", "seconds", "rows_labelled", "targets", "features",
        "feature_types", "data_fingerprint", "view_sql", "parameters", "versions",
        "artefacts_sha256", "is_simulated", "sources",
    )  # fmt: skip


def _parameters(run: Run, results: Sequence[TargetResult]) -> dict[str, Any]:
    """Return by target the parameters of its estimator.

    Those of a search are the chosen ones; what else was tried stands under ``tuning``,
    and what was found of the stated errors of labels under ``label_errors``.
    """
    found: dict[str, Any] = {}
    for result in results:
        name = result.rows.target.name
        found[name] = dict(result.parameters)
        if isinstance(result, NumberResult):
            found[name]["baseline"] = result.recipe
    errors = {
        result.rows.target.name: result.error_factor.record()
        for result in results
        if isinstance(result, NumberResult) and result.error_factor.verdict != "none"
    }
    if errors:
        found["label_errors"] = errors
    if run.tuning:
        found["tuning"] = run.tuning
    if run.left_out:
        found["left_out"] = run.left_out
    if run.collinear:
        found["collinear"] = run.collinear
    return found


def _store_artefacts(
    connection: duckdb.DuckDBPyConnection, run_id: str, artefacts: list[Artefact]
) -> None:
    connection.executemany(
        "insert into ml.models values (?, ?, ?, ?, ?, ?, ?)",
        [
            [run_id, a.target, a.part, a.format, len(a.data), a.sha256, a.data]
            for a in artefacts
        ],
    )


def _store_result(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    run: Run,
    stars: Integers,
    result: TargetResult,
    figures: Sequence[Metric],
) -> None:
    keys = [
        pl.lit(run_id).alias("run_id"),
        pl.lit(result.rows.target.name).alias("target"),
    ]
    metrics = _metric_rows(figures)
    append(connection, "ml.metrics", metrics.with_columns(keys))
    held_out = result.out_of_fold(stars)
    append(connection, "ml.out_of_fold", held_out.with_columns(keys))
    if result.importance is not None:
        importance = pl.DataFrame(
            {"feature": run.task.features, "importance": result.importance}
        ).with_columns(*keys, pl.lit("permutation").alias("method"))
        append(connection, "ml.feature_importance", importance)


def _metric_rows(figures: Sequence[Metric]) -> pl.DataFrame:
    """Return rows of ``ml.metrics`` without their run and target."""
    rows = [
        (
            row.metric, row.folds, row.stratum.name, row.n, row.value,
            row.stratum.kind, row.stratum.stage_group, row.stratum.axis,
            row.stratum.by_label, row.stratum.low, row.stratum.high,
        )
        for row in figures
    ]  # fmt: skip
    found = pl.DataFrame(
        rows,
        schema={
            "metric": pl.String, "folds": pl.String, "stratum": pl.String,
            "n": pl.Int64, "value": pl.Float64,
            "stratum_kind": pl.String, "stage_group": pl.String, "axis": pl.String,
            "by_label": pl.Boolean, "axis_low": pl.Float64, "axis_high": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    return found.with_columns(pl.col("value").fill_nan(None))
