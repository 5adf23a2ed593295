"""Calibrate the surveys of a warehouse against each other."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
from threadpoolctl import threadpool_limits

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.scales.fitting import Scale, fit_scale
from stellarwh.scales.groups import make_groups
from stellarwh.scales.neighbours import find_unlike, read_places
from stellarwh.scales.order import LEAST, choose_reference
from stellarwh.scales.places import COVARIATES
from stellarwh.scales.repeats import read_repeats
from stellarwh.scales.sample import Sample, read_sample
from stellarwh.scales.store import Run, store_scale, store_unlike
from stellarwh.warehouse.database import transaction
from stellarwh.warehouse.freshness import require_current_build, sources_of

_READ = "from main.measurements"


@dataclass(frozen=True)
class ScaleFact:
    """What a calibration found of a quantity of a survey.

    Attributes
    ----------
    survey, quantity : str
    via : tuple of str
        Surveys over which it comes to the reference.
    n : int
        Stars of the fit; 0 of the reference itself.
    zero_point, zero_point_err, scatter : float or None
        Median difference reference minus survey, in K, dex or km/s.
    factor, factor_err : float or None
        What its stated errors are multiplied by, of all its stars.
    """

    survey: str
    quantity: str
    via: tuple[str, ...]
    n: int
    zero_point: float | None
    zero_point_err: float | None
    scatter: float | None
    factor: float | None
    factor_err: float | None


@dataclass(frozen=True)
class Calibration:
    """What one calibration gave; everything else stands in ``scale``.

    Attributes
    ----------
    run_id : str
    reference : str
        The survey whose scale it is.
    why : str
        ``asked for``, ``usual`` or ``most shared stars``.
    surveys : tuple of str
        All that the warehouse has.
    stars : int
        That at least two of them saw.
    seconds : float
    facts : tuple of ScaleFact
        One of each survey and quantity that was brought to the reference.
    apart : tuple of str
        Surveys that share too few stars with the others to be brought to their scale.
    unlike : int
        Stars whose values are unlike any neighbour's (``main.unlike_neighbours``).
    """

    run_id: str
    reference: str
    why: str
    surveys: tuple[str, ...]
    stars: int
    seconds: float
    facts: tuple[ScaleFact, ...]
    apart: tuple[str, ...]
    unlike: int


def calibrate(
    connection: duckdb.DuckDBPyConnection,
    *,
    reference: str | None = None,
    seed: int = 0,
    progress: Callable[[int, int, str], object] = lambda done, of, what: None,
) -> Calibration:
    """Fit one scale for all surveys and store it; the views use the latest.

    Trends of the differences between surveys are fitted against the stars' places
    among the parameters, error factors by all pairs of surveys at once.

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
    groups = make_groups(sample)
    repeats = read_repeats(connection)
    with threadpool_limits(1):  # small matrices: threads would wait for each other
        scale = fit_scale(connection, sample, groups, repeats, chosen, seed, progress)
    run = Run(
        reference=chosen,
        surveys=surveys,
        seed=seed,
        seconds=time.perf_counter() - started,
        sources=sources_of(connection, _READ),
    )
    with transaction(connection):
        run_id = store_scale(connection, run, sample, groups, scale, repeats)
        # Of the values on the new scale, which the views give from here on.
        unlike = find_unlike(read_places(connection), seed)
        store_unlike(connection, run_id, unlike)
    brought = {s for s, q in scale.fitted if q in COVARIATES} | {chosen}
    return Calibration(
        run_id,
        chosen,
        why,
        surveys,
        sample.stars.size,
        time.perf_counter() - started,
        _facts(sample, scale),
        tuple(survey for survey in surveys if survey not in brought),
        len(unlike),
    )


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


def _facts(sample: Sample, scale: Scale) -> tuple[ScaleFact, ...]:
    found = []
    for survey, quantity in sample.values:
        fitted = scale.fitted.get((survey, quantity))
        factors = scale.factors.get(quantity)
        number = sample.surveys.index(survey)
        is_judged = factors is not None and factors.n_survey[number] > 0
        if fitted is None and not is_judged:
            continue
        found.append(
            ScaleFact(
                survey,
                quantity,
                () if fitted is None else fitted.via,
                0 if fitted is None else fitted.trend.n,
                None if fitted is None else fitted.zero_point,
                None if fitted is None else fitted.zero_point_err,
                None if fitted is None else fitted.scatter,
                float(factors.of_survey[number]) if factors and is_judged else None,
                float(factors.of_survey_err[number]) if factors and is_judged else None,
            )
        )
    return tuple(found)
