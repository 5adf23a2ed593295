"""Train a task: fit, evaluate on held-out sky, calibrate, store."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from stellarwh.learning.crossfit.fits import Fits, Progress, count_fits
from stellarwh.learning.crossfit.targets import fit_targets
from stellarwh.learning.crossfit.tuning import Tuned, count_tries
from stellarwh.learning.crossfit.tuning import tune as search
from stellarwh.learning.estimators.registry import Unfitted, make_estimator
from stellarwh.learning.estimators.sameness import declared_same, plans
from stellarwh.learning.estimators.targets import TargetRows, rows_of_targets
from stellarwh.learning.estimators.workers import workers
from stellarwh.learning.evaluation.figures import figures_of_merit
from stellarwh.learning.evaluation.outliers import (
    collinear_groups,
    find_disagreements,
    find_outliers,
    told,
)
from stellarwh.learning.evaluation.results import NumberResult, TargetResult
from stellarwh.learning.runs.parts import shared_artefacts
from stellarwh.learning.runs.store import Run, store_run
from stellarwh.learning.tasks.feasible import left_out_words, without_empty_features
from stellarwh.learning.tasks.fingerprints import fingerprint
from stellarwh.learning.tasks.labelled import read_rows
from stellarwh.learning.tasks.rows import as_features, labelled_rows
from stellarwh.learning.tasks.scaling import fit_scaling
from stellarwh.learning.tasks.strata import known_strata, strata_of_stars
from stellarwh.learning.tasks.task import read_task
from stellarwh.learning.uncertainty.domain import MOST_ROWS, training_domain
from stellarwh.learning.uncertainty.patterns import feature_patterns
from stellarwh.warehouse.freshness import sources_of
from stellarwh.warehouse.memory import memory_limited

# What DuckDB may hold meanwhile. While others fit it does nothing, and would keep what
# it has read last.
_FITTING_MIB = 100
_STORING_MIB = 1000


@dataclass(frozen=True)
class TrainResult:
    """What one training gave; everything else stands in ``ml``."""

    task: str
    run_id: str
    estimator: str
    rows: int
    seconds: float
    summaries: tuple[str, ...]  # one phrase a target, on held-out sky
    tuning: tuple[str, ...] = ()  # one line a target, if settings were searched for
    warnings: tuple[str, ...] = ()  # what was not done as the view says
    notes: tuple[str, ...] = ()  # what stands out in the labelled rows, one line each


def _unit_of_error(unit: str) -> str:
    """Return the unit of a difference: logarithms of anything differ by dex."""
    return "dex" if unit.startswith("log(") else unit


def train(
    connection: duckdb.DuckDBPyConnection,
    task: str,
    *,
    estimator: str = "xgboost",
    seed: int = 0,
    folds: int = 5,
    device: str = "cpu",
    tune: int = 0,
    progress: Progress | None = None,
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
        ``xgboost``, ``random-forest``, ``histogram-boosting`` or ``ridge``.
    seed : int
        Seed of folds and estimators.
    folds : int
        Number of folds; each holds out whole sky cells.
    device : str
        ``cpu`` or ``cuda``, passed to XGBoost.
    tune : int
        How many other settings of the estimator to try, per target, on the blocked
        folds; the best of them and of the defaults is used. A fold is predicted with
        the settings that were the best on all others. What was tried and chosen is
        recorded in ``parameters`` of ``ml.runs``.
    progress : callable, optional
        Called as ``progress(target, what, done, of)`` when a fit is done: of which
        target (empty for work on none in particular), what it was in words, how many
        are done, of how many. Calls come one at a time, from the threads that fit; the
        first one (``done`` and ``of`` are 0) before the rows are read, the last one
        (``done`` is ``of``) before the run is stored.

    Raises
    ------
    TaskError
        If the task, the estimator, the device or the labelled rows will not do; raised
        before anything is fitted or written.
    """
    started = time.perf_counter()
    tell = progress or (lambda *_: None)
    tell("", "reading the labelled stars", 0, 0)
    known = read_task(connection, task)
    for target in known.targets:
        make_estimator(estimator, target.kind, seed, device)
    declared = declared_same(connection, known)
    described = known_strata(connection)
    labelled, others = read_rows(connection, known, MOST_ROWS)
    known, left_out = without_empty_features(labelled, known)
    rows = labelled_rows(labelled, known)
    unlabelled = as_features(others, known)
    scaling = fit_scaling(rows.features)
    planned = plans(rows, known, scaling, declared)
    targets = rows_of_targets(rows, known.targets, folds, seed, scaling, planned)
    unfitted = [
        Unfitted(estimator, own.target.kind, seed, device, len(own.rows))
        for own in targets
    ]
    with memory_limited(connection, _FITTING_MIB), workers(device) as pool:
        fits = Fits(pool, _count(estimator, targets, tune), progress)
        domain = fits.submit(
            "", "domain",
            training_domain, scaling.of(rows.features), scaling.of(unlabelled), seed,
        )  # fmt: skip
        outliers = fits.submit("", "outliers", find_outliers, rows)
        groups = fits.submit("", "collinear features", collinear_groups, rows.features)
        tuned: list[Tuned] = []
        if tune:
            tuned = [
                search(fits, own, own_rows, tune, seed)
                for own, own_rows in zip(unfitted, targets, strict=True)
            ]
            unfitted = [
                replace(own, settings=found.by_fold())
                for own, found in zip(unfitted, tuned, strict=True)
            ]
        results = fit_targets(fits, targets, unfitted, len(rows))
    run = Run(
        task=known,
        estimator=estimator,
        seed=seed,
        folds=folds,
        device=device,
        fingerprint=fingerprint(rows),
        seconds=time.perf_counter() - started,
        tuning={found.target: found.record() for found in tuned},
        outliers=pl.concat(
            [
                outliers.result(),
                find_disagreements(
                    rows.stars, (r for r in results if isinstance(r, NumberResult))
                ),
            ]
        ),
        left_out=left_out,
        sources=sources_of(connection, f"from {known.table}"),
        collinear=groups.result(),
    )
    shared = shared_artefacts(scaling, domain.result())
    with memory_limited(connection, _STORING_MIB):
        strata = strata_of_stars(connection, rows.stars, described)
        strata |= feature_patterns(rows.features)
        figures = figures_of_merit(results, strata, len(rows))
        run_id = store_run(connection, run, rows.stars, shared, results, figures)
    units = dict(
        connection.execute(
            "select distinct column_name, unit from meta.columns "
            "where schema_name <> 'raw' and unit is not null"
        ).fetchall()
    )
    summaries = tuple(
        result.summary(_unit_of_error(units.get(result.rows.target.name, "")))
        for result in results
    )
    seconds = time.perf_counter() - started
    return TrainResult(
        known.name,
        run_id,
        estimator,
        len(rows),
        seconds,
        summaries,
        tuple(found.summary() for found in tuned),
        (left_out_words(known, left_out),) if left_out else (),
        told(run.outliers, run.collinear) + _errors_told(results),
    )


def _count(estimator: str, targets: Sequence[TargetRows], tune: int) -> int:
    """Return how many fits there will be; three are of no single target."""
    found = 3
    for rows in targets:
        found += count_fits(rows)
        if tune:
            tries = count_tries(estimator, rows.target.kind, tune)
            found += (1 + tries) * len(rows.folds)
    return found


def _errors_told(results: Sequence[TargetResult]) -> tuple[str, ...]:
    """Return what stands out in the stated errors of labels, one line a target."""
    lines = [
        result.error_factor.told(result.rows.target.name)
        for result in results
        if isinstance(result, NumberResult)
    ]
    return tuple(line for line in lines if line)
