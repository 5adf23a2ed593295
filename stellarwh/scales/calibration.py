"""Calibrate the surveys of a warehouse against each other."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import duckdb
from threadpoolctl import threadpool_limits

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.scales.fitting import fit_scale
from stellarwh.scales.groups import make_groups
from stellarwh.scales.neighbours import find_unlike, read_places
from stellarwh.scales.order import LEAST, choose_reference
from stellarwh.scales.repeats import read_repeats
from stellarwh.scales.runs import named_run, run_in_use, same_run, take_in_use
from stellarwh.scales.sample import Sample, read_sample
from stellarwh.scales.store import (
    Run,
    keeps_stars_of,
    recipe_of,
    store_scale,
    store_stars,
    store_unlike,
)
from stellarwh.scales.summary import Calibration, read_calibration
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.freshness import require_current_build, sources_of

_READ = "from main.measurements"


def calibrate(
    connection: duckdb.DuckDBPyConnection,
    *,
    reference: str | None = None,
    seed: int = 0,
    progress: Callable[[int, int, str], object] = lambda done, of, what: None,
) -> Calibration:
    """Fit one scale for all surveys and store it; the views use it from then on.

    Trends of the differences between surveys are fitted against the stars' places
    among the parameters, error factors by all pairs of surveys at once. Where the same
    files were calibrated so before, that calibration is taken in use again instead.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing and built.
    reference : str, optional
        The survey whose scale it is; else APOGEE, or the survey that shares the most
        stars with others.
    seed : int
        For what is drawn: the same seed and stars give the same calibration.
    progress : callable
        Called with the number of fits done, of how many, and what is fitted next.

    Raises
    ------
    UsageError
        If the reference has no stars.
    WarehouseError
        If nothing was built, or what was built is of other data.
    """
    started = time.perf_counter()
    surveys = _surveys(connection)
    sample = read_sample(connection)
    chosen, why = choose_reference(sample, surveys, reference)
    if reference is not None and len(surveys) > 1 and not _shares(sample, chosen):
        raise UsageError(
            f"{chosen} shares fewer than {LEAST} stars with every other survey: none "
            "could be brought to its scale. Name another reference."
        )
    run = Run(chosen, surveys, seed, sources_of(connection, _READ))
    before = run_in_use(connection)
    recipe = recipe_of(connection, run, sample)
    run_id = same_run(connection, recipe)
    is_new = run_id is None
    with transaction(connection):
        if run_id is None:
            run_id = _fitted(connection, run, recipe, sample, started, progress)
        else:
            take_in_use(connection, run_id)
            if not keeps_stars_of(connection, run_id):
                store_stars(connection, run_id, read_places(connection))
    return read_calibration(
        connection,
        run_id,
        why=why,
        seconds=time.perf_counter() - started,
        is_new=is_new,
        was_in_use=before == run_id,
    )


def use_calibration(connection: duckdb.DuckDBPyConnection, text: str) -> Calibration:
    """Take a calibration in use that is stored, be it of other data.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing and built.
    text : str
        The run's id, or the beginning of it.

    Raises
    ------
    UsageError
        If there is no such calibration, or several begin so.
    WarehouseError
        If nothing was calibrated, or built.
    """
    started = time.perf_counter()
    run_id = named_run(connection, text)
    _surveys(connection)
    with transaction(connection):
        was_in_use = take_in_use(connection, run_id)
        # Whatever stands there: the stars may be others than those of then.
        store_stars(connection, run_id, read_places(connection))
    return read_calibration(
        connection,
        run_id,
        why="chosen",
        seconds=time.perf_counter() - started,
        is_new=False,
        was_in_use=was_in_use,
    )


def _fitted(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    recipe: Mapping[str, Any],
    sample: Sample,
    started: float,
    progress: Callable[[int, int, str], object],
) -> str:
    """Fit and store a calibration, in use from then on; return its ``run_id``."""
    groups = make_groups(sample)
    repeats = read_repeats(connection)
    with threadpool_limits(1):  # small matrices: threads would wait for each other
        scale = fit_scale(
            connection, sample, groups, repeats, run.reference, run.seed, progress
        )
    seconds = time.perf_counter() - started
    run_id = store_scale(
        connection, run, recipe, sample, groups, scale, repeats, seconds
    )
    take_in_use(connection, run_id)
    # Of the values on the new scale, which the views give from here on.
    places = read_places(connection)
    store_stars(connection, run_id, places)
    store_unlike(connection, run_id, find_unlike(places, run.seed))
    return run_id


def _surveys(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Return the surveys with stars, in order of rank."""
    require_current_build(connection)
    try:
        rows = connection.execute(
            "select survey from matching.surveys where n_stars > 0 "
            "order by survey_rank(survey), survey"
        ).fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        raise WarehouseError(
            "There are no stars to calibrate; ingest catalogues and run "
            "'stellarwh build' first."
        )
    return tuple(survey for (survey,) in rows)


def _shares(sample: Sample, survey: str) -> bool:
    """Return whether any other survey shares enough stars with one."""
    return any(
        sample.shared(survey, other, quantity).sum() >= LEAST
        for other in sample.surveys
        if other != survey
        for quantity in sample.quantities
    )
