"""What a calibration found, read from what is stored of it."""

from dataclasses import dataclass

import duckdb

from stellarwh.scales.places import COVARIATES

_FACTS = """
with
counted as (
    select
        survey,
        quantity,
        count(*) as n_values,
        count_if(not in_range) as n_out_of_range
    from scale."values"
    group by survey, quantity
),

over as (
    select
        survey,
        quantity,
        any_value(via) as via
    from scale.trends
    where run_id = $run_id
    group by survey, quantity
),

judged as (
    select
        survey,
        quantity,
        method,
        case when method in ('pairs', 'other quantities') then factor end as factor,
        factor_err
    from scale.error_factors
    where run_id = $run_id and stage_group = 'all'
),

zero_points as (
    from scale.zero_points
    where run_id = $run_id
)

select
    counted.survey,
    counted.quantity,
    coalesce(over.via, []) as via,
    coalesce(zero_points.n, 0) as n,
    zero_points.zero_point,
    zero_points.zero_point_err,
    zero_points.scatter,
    judged.factor,
    judged.factor_err,
    judged.method,
    counted.n_values,
    counted.n_out_of_range
from counted
left join over using (survey, quantity)
left join zero_points using (survey, quantity)
left join judged using (survey, quantity)
order by survey, quantity
"""
# Surveys, of those that are given, with a star that another of them saw.
_SHARES = """
select distinct unnest(valued) as survey
from (
    select list_intersect(surveys, $1) as valued
    from main.stars
    where len(surveys) > 1
)
where len(valued) > 1
"""


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
        What its stated errors are multiplied by, of all its stars, as far as other
        surveys tell.
    judged_by : str or None
        What tells of its errors: ``pairs``, ``other quantities``, ``repeats``,
        ``stated``, or ``differences`` where it does not follow other surveys' values.
    n_values, n_out_of_range : int
        Its values of clean rows, and how many of them stay as measured (``in_range`` is
        false): the calibration knows no such stars, or the survey is not brought to
        the scale.
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
    judged_by: str | None
    n_values: int
    n_out_of_range: int


@dataclass(frozen=True)
class Calibration:
    """What one calibration gave; everything else stands in ``scale``.

    Attributes
    ----------
    run_id : str
    reference : str
        The survey whose scale it is.
    why : str
        ``asked for``, ``usual`` or ``most shared stars``; ``chosen`` where the run was.
    surveys : tuple of str
        All that the warehouse had.
    stars : int
        That at least two of them saw.
    seconds : float
        That it took to get it now.
    facts : tuple of ScaleFact
        One of each survey and quantity with a value.
    apart : tuple of str
        Surveys with values that could not be brought to the scale of the others.
    alone : tuple of str
        Those among them that share no star with another survey that has values.
    valueless : tuple of str
        Surveys without any value that could be calibrated.
    unlike : int
        Stars whose values are unlike any neighbour's (``main.unlike_neighbours``).
    is_new : bool
        False of one that was stored before.
    was_in_use : bool
        Whether its scale was in use already.
    outdated : tuple of str
        Surveys whose data are other ones now, each with the reason.
    """

    run_id: str
    reference: str
    why: str
    surveys: tuple[str, ...]
    stars: int
    seconds: float
    facts: tuple[ScaleFact, ...]
    apart: tuple[str, ...]
    alone: tuple[str, ...]
    valueless: tuple[str, ...]
    unlike: int
    is_new: bool
    was_in_use: bool
    outdated: tuple[str, ...]


def read_calibration(
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    *,
    why: str,
    seconds: float,
    is_new: bool,
    was_in_use: bool,
) -> Calibration:
    """Read what a calibration found; it is in use.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse.
    run_id : str
        The calibration.
    why, seconds, is_new, was_in_use
        As `Calibration` has them.
    """
    rows = connection.execute(_FACTS, {"run_id": run_id}).fetchall()
    facts = tuple(
        ScaleFact(survey, quantity, tuple(via), *others)
        for survey, quantity, via, *others in rows
    )
    ((reference, surveys, stars, unlike),) = connection.execute(
        "select reference, surveys, n_stars, (select count(*) from "
        "scale.unlike_neighbours as u where u.run_id = r.run_id) "
        "from scale.runs as r where run_id = ?",
        [run_id],
    ).fetchall()
    outdated = connection.execute(
        "select survey || ' is ' || reason from scale.outdated order by all"
    ).fetchall()
    valued = {fact.survey for fact in facts}
    # A survey without parameters is brought by what it has, such as radial velocities.
    in_parameters = {fact.survey for fact in facts if fact.quantity in COVARIATES}
    brought = {reference} | {
        fact.survey
        for fact in facts
        if fact.zero_point is not None
        and (fact.quantity in COVARIATES or fact.survey not in in_parameters)
    }
    apart = tuple(s for s in surveys if s in valued and s not in brought)
    shares = connection.execute(_SHARES, [sorted(valued)]).fetchall() if apart else []
    sharing = {survey for (survey,) in shares}
    return Calibration(
        run_id,
        reference,
        why,
        tuple(surveys),
        stars,
        seconds,
        facts,
        apart,
        tuple(survey for survey in apart if survey not in sharing),
        tuple(s for s in surveys if s not in valued and s != reference),
        unlike,
        is_new,
        was_in_use,
        tuple(text for (text,) in outdated),
    )
