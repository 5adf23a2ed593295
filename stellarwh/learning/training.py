"""Train a task: fit, evaluate on held-out sky, calibrate, store."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import duckdb
import numpy as np
import polars as pl
import xgboost
from threadpoolctl import threadpool_limits

from stellarwh.learning.crossfit import PendingClass, PendingNumber
from stellarwh.learning.estimators import make_estimator
from stellarwh.learning.evaluate import ClassResult, NumberResult, TargetResult
from stellarwh.learning.folds import blocked_folds, class_codes, random_folds
from stellarwh.learning.rows import (
    Booleans,
    Integers,
    LabelledRows,
    fingerprint,
    read_labelled_rows,
)
from stellarwh.learning.store import Run, store_run
from stellarwh.learning.task import Target, Task, read_task


@dataclass(frozen=True)
class TrainResult:
    """What one training gave; everything else stands in ``ml``."""

    task: str
    run_id: str
    estimator: str
    rows: int
    seconds: float
    summary: str


@dataclass(frozen=True)
class _Prepared:
    """The labelled rows of one target and the folds they fall in."""

    target: Target
    select: Booleans
    fold: Integers
    random_fold: Integers
    classes: list[str]


def train(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    *,
    estimator: str = "xgboost",
    seed: int = 0,
    folds: int = 5,
    device: str = "cpu",
) -> TrainResult:
    """Train a task on its labelled rows and store the run in schema ``ml``.

    The same data, seed and estimator give the same numbers bit for bit, whatever the
    number of threads: every fit runs on one thread, and fits run side by side.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A built warehouse, open for writing.
    task : str
        Name of a view in schema ``features``.
    estimator : str
        ``xgboost``, ``random-forest`` or ``ridge``.
    seed : int
        Seed of folds and estimators.
    folds : int
        Number of folds; each holds out whole sky cells.
    device : str
        ``cpu`` or ``cuda``, passed to XGBoost.

    Raises
    ------
    TaskError
        If the task, the estimator, the device or the labelled rows will not do; raised
        before anything is fitted or written.
    """
    started = time.perf_counter()
    known = read_task(connection, task)
    for target in known.targets:
        make_estimator(estimator, target.kind, seed, device)
    rows = read_labelled_rows(connection, known)
    prepared = _prepare(rows, known, folds, seed)
    results = _fit_all(rows, prepared, estimator, seed, device)
    run = Run(
        task=known,
        estimator=estimator,
        seed=seed,
        folds=folds,
        device=device,
        fingerprint=fingerprint(rows),
        seconds=time.perf_counter() - started,
    )
    run_id = store_run(connection, run, rows, results)
    summary = "; ".join(result.summary() for result in results)
    seconds = time.perf_counter() - started
    return TrainResult(known.name, run_id, estimator, len(rows), seconds, summary)


def _prepare(rows: LabelledRows, task: Task, folds: int, seed: int) -> list[_Prepared]:
    prepared = []
    for target in task.targets:
        labels = rows.labels[target.name]
        select = labels.is_not_null().to_numpy()
        labels = labels.drop_nulls()
        classes = []
        codes = np.zeros(len(labels), dtype=np.int64)
        if target.kind == "class":
            classes = sorted(str(name) for name in labels.unique())
            codes = class_codes(labels, classes)
        fold = blocked_folds(rows.cells[select], codes, folds, seed)
        random_fold = random_folds(codes, folds, seed)
        prepared.append(_Prepared(target, select, fold, random_fold, classes))
    return prepared


def _fit_all(
    rows: LabelledRows,
    prepared: list[_Prepared],
    estimator: str,
    seed: int,
    device: str,
) -> list[TargetResult]:
    results: list[TargetResult] = []
    with _workers(device) as pool:
        pending: list[PendingNumber | PendingClass] = []
        for part in prepared:
            make = partial(make_estimator, estimator, part.target.kind, seed, device)
            features = rows.features.filter(pl.Series(part.select))
            labels = rows.labels[part.target.name].drop_nulls()
            if part.target.kind == "number":
                pending.append(
                    PendingNumber(
                        pool,
                        make,
                        features,
                        labels.to_numpy(),
                        rows.errors[part.target.name][part.select],
                        part.fold,
                        part.random_fold,
                        seed,
                        device,
                    )
                )
            else:
                codes = class_codes(labels, part.classes)
                n_classes = len(part.classes)
                pending.append(
                    PendingClass(
                        pool,
                        make,
                        features,
                        codes,
                        n_classes,
                        part.fold,
                        part.random_fold,
                    )
                )
        for fits in pending:
            fits.submit_spreads()
        for part, fits in zip(prepared, pending, strict=True):
            common = (part.target.name, part.select, part.fold, part.random_fold)
            labels = rows.labels[part.target.name].drop_nulls()
            if isinstance(fits, PendingNumber):
                errors = rows.errors[part.target.name][part.select]
                results.append(
                    NumberResult(*common, fits.result(), labels.to_numpy(), errors)
                )
            else:
                codes = class_codes(labels, part.classes)
                results.append(ClassResult(*common, fits.result(), codes, part.classes))
    return results


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _workers(device: str) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool with one thread per core; one fit at a time on an accelerator."""
    workers = 1 if device == "cuda" else available_cores()
    with (
        threadpool_limits(limits=1),
        xgboost.config_context(verbosity=0),
        ThreadPoolExecutor(workers) as pool,
    ):
        yield pool
