"""Write a calibration to schema ``scale``."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import polars as pl

from stellarwh.content import content_dir
from stellarwh.scales import neighbours
from stellarwh.scales.error_factors import Factors
from stellarwh.scales.fitting import Scale
from stellarwh.scales.groups import STAGES, Groups
from stellarwh.scales.order import references_of
from stellarwh.scales.places import COVARIATES, term_names
from stellarwh.scales.repeats import Repeats
from stellarwh.scales.sample import Sample
from stellarwh.warehouse.appending import append
from stellarwh.warehouse.freshness import Source, any_simulated, built_of
from stellarwh.warehouse.run_record import run_id_of, versions_of

_LIBRARIES = ("duckdb", "numpy", "scikit-learn", "scipy")


@dataclass(frozen=True)
class Run:
    """What was calibrated and how."""

    reference: str
    surveys: tuple[str, ...]
    seed: int
    sources: list[Source]


def recipe_of(
    connection: duckdb.DuckDBPyConnection, run: Run, sample: Sample
) -> dict[str, Any]:
    """Return all that decides what comes out, by column of ``scale.runs``."""
    parameters = {
        "terms": term_names(connection),
        **neighbours.SETTINGS,
        "all_values": _values_digest(connection),
        "sql": _sql_digest(),
    }
    return {
        "reference": run.reference,
        "surveys": list(run.surveys),
        "seed": run.seed,
        "data_fingerprint": sample.fingerprint(),
        "parameters": json.dumps(parameters, sort_keys=True),
        "versions": json.dumps(versions_of(_LIBRARIES), sort_keys=True),
        "sources": run.sources,
    }


# Of stars that one survey saw, too, and of rows that are not the best.
_ALL_VALUES = """
select sum(hash(v)::hugeint) + (
    select sum(hash(star_id, healpix)::hugeint)
    from main.stars
)
from main.measured_values as v
"""


def _values_digest(connection: duckdb.DuckDBPyConnection) -> str:
    ((total,),) = connection.execute(_ALL_VALUES).fetchall()
    return str(total)


def _sql_digest() -> str:
    """Return the SHA-256 of the SQL that a calibration is worked out by."""
    digest = hashlib.sha256()
    for folder in ("macros", "scales"):
        for path in sorted((content_dir("sql") / folder).glob("*.sql")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def store_scale(
    connection: duckdb.DuckDBPyConnection,
    run: Run,
    recipe: Mapping[str, Any],
    sample: Sample,
    groups: Groups,
    scale: Scale,
    repeats: Repeats,
    seconds: float,
) -> str:
    """Write one calibration and return its ``run_id``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, open for writing, in a transaction.
    run : Run
        What was calibrated and how.
    recipe : mapping of str to what a column of ``scale.runs`` holds
        The same, as `recipe_of` tells it.
    sample : Sample
        The stars that it was fitted to.
    groups : Groups
        The groups that factors are of.
    scale : Scale
        What was fitted.
    repeats : Repeats
        The second witness of the errors.
    seconds : float
        That it took.
    """
    created = datetime.now(UTC)
    run_id = run_id_of("scale", created, list(recipe.values()))
    names = json.loads(recipe["parameters"])["terms"]
    of_quantity = {
        quantity: references_of(sample, quantity, run.reference)
        for quantity in sample.quantities
    }
    tables = {
        "scale.trends": [
            *_trends(scale, names),
            *_other_references(run.reference, of_quantity, names),
        ],
        "scale.ranges": _ranges(scale),
        "scale.zero_points": _zero_points(scale),
        "scale.error_factors": _error_factors(
            connection, sample, groups, scale, repeats
        ),
    }
    connection.execute(
        "insert into scale.runs by name select "
        + ", ".join(f"${name} as {name}" for name in _RUN_COLUMNS),
        {
            **recipe,
            "run_id": run_id,
            "created_at": created.replace(tzinfo=None),  # the tables hold UTC
            "seconds": seconds,
            "n_stars": sample.stars.size,
            "is_simulated": any_simulated(run.sources),
        },
    )
    for table, rows in tables.items():
        if rows:
            frame = pl.DataFrame(rows, infer_schema_length=None)
            append(connection, table, frame, {"run_id": run_id})
    return run_id


def store_unlike(
    connection: duckdb.DuckDBPyConnection, run_id: str, unlike: pl.DataFrame
) -> None:
    """Write the stars whose values are unlike any neighbour's, of one calibration."""
    append(connection, "scale.unlike_neighbours", unlike, {"run_id": run_id})


def store_stars(
    connection: duckdb.DuckDBPyConnection, run_id: str, places: neighbours.Places
) -> None:
    """Keep the stars' values on the scale of a calibration, and of no other."""
    connection.execute("delete from scale.star_parameters")
    values = {
        name: pl.Series(places.values[:, i]).fill_nan(None)
        for i, name in enumerate(neighbours.QUANTITIES)
    }
    frame = pl.DataFrame({"star_id": places.stars, **values})
    same = {"run_id": run_id, "built_of": built_of(connection)}
    append(connection, "scale.star_parameters", frame, same)


def keeps_stars_of(connection: duckdb.DuckDBPyConnection, run_id: str) -> bool:
    """Return whether the stars' values on the scale of a calibration are kept."""
    ((kept,),) = connection.execute(
        "select count(*) > 0 from scale.star_parameters "
        "where run_id = ? and built_of = ?",
        [run_id, built_of(connection)],
    ).fetchall()
    return bool(kept)


_RUN_COLUMNS = (
    "run_id", "reference", "surveys", "seed", "created_at", "seconds", "n_stars",
    "data_fingerprint", "parameters", "versions", "is_simulated", "sources",
)  # fmt: skip


def _number(value: Any) -> float | None:
    """Return a float; None for what is not known."""
    return float(value) if np.isfinite(value) else None


def _trends(scale: Scale, names: list[str]) -> list[dict[str, Any]]:
    rows = []
    for (survey, quantity), fitted in scale.fitted.items():
        covariance = fitted.trend.covariance
        for position, term in enumerate(names):
            variance = covariance[position, position]
            rows.append(
                {
                    "survey": survey,
                    "reference": fitted.reference,
                    "via": list(fitted.via),
                    "quantity": quantity,
                    "term": term,
                    "position": position + 1,
                    "coefficient": float(fitted.trend.coefficients[position]),
                    "coefficient_err": _number(np.sqrt(variance)),
                    "covariances": np.nan_to_num(covariance[position]).tolist(),
                    "n": fitted.trend.n,
                }
            )
    return rows


def _other_references(
    reference: str, of_quantity: dict[str, str | None], names: list[str]
) -> list[dict[str, Any]]:
    """Return trends of nothing, of surveys whose scale a single quantity is on."""
    return [
        {
            "survey": survey,
            "reference": survey,
            "via": [],
            "quantity": quantity,
            "term": term,
            "position": position,
            "coefficient": 0.0,
            "coefficient_err": None,
            "covariances": [0.0] * len(names),
            "n": 0,
        }
        for quantity, survey in of_quantity.items()
        if survey is not None and survey != reference
        for position, term in enumerate(names, 1)
    ]


def _ranges(scale: Scale) -> list[dict[str, Any]]:
    return [
        {
            "survey": survey,
            "reference": fitted.reference,
            "quantity": quantity,
            "covariate": covariate,
            "low": _number(limits.low[i]),
            "high": _number(limits.high[i]),
            "least": _number(limits.least[i]) if i < len(COVARIATES) else None,
            "most": _number(limits.most[i]) if i < len(COVARIATES) else None,
        }
        for (survey, quantity), fitted in scale.fitted.items()
        for limits in [fitted.limits]
        if limits is not None
        for i, covariate in enumerate((*COVARIATES, "snr"))
    ]


def _zero_points(scale: Scale) -> list[dict[str, Any]]:
    return [
        {
            "survey": survey,
            "reference": fitted.reference,
            "quantity": quantity,
            "zero_point": fitted.zero_point,
            "zero_point_err": _number(fitted.zero_point_err),
            "scatter": _number(fitted.scatter),
            "n": fitted.trend.n,
        }
        for (survey, quantity), fitted in scale.fitted.items()
    ]


def _error_factors(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    groups: Groups,
    scale: Scale,
    repeats: Repeats,
) -> list[dict[str, Any]]:
    """Return the factors of every survey and quantity, by group and of all stars."""
    rows: list[dict[str, Any]] = []
    stated = connection.execute(
        "select survey, quantity, median(measured_err) from main.measured_values "
        "where is_best group by all order by all"
    ).fetchall()
    for survey, quantity, median in stated:
        key = (survey, quantity)
        missing = scale.errors.missing.get(key, median)
        common = {
            "survey": survey,
            "quantity": quantity,
            "repeat_factor": repeats.factors.get(key),
            "n_repeats": repeats.counts.get(key, 0),
            "missing_err": None if missing is None else _number(missing),
        }
        factors = scale.factors.get(quantity)
        number = sample.surveys.index(survey) if survey in sample.surveys else -1
        if factors is not None and number >= 0 and factors.n_survey[number]:
            rows += [{**common, **row} for row in _of_pairs(factors, groups, number)]
        else:
            if number >= 0:
                scale.errors.agree(survey, quantity)
            rows += [{**common, **row} for row in _alone(scale.errors.alone(*key))]
    return rows


def _of_pairs(factors: Factors, groups: Groups, survey: int) -> list[dict[str, Any]]:
    edges = groups.edges[survey]
    rows = [
        {
            "stage_group": "all",
            "snr_low": 0.0,
            "snr_high": np.inf,
            "factor": float(factors.of_survey[survey]),
            "factor_err": _number(factors.of_survey_err[survey]),
            "floor_err": float(factors.floor[survey]),
            "method": "pairs",
            "n": int(factors.n_survey[survey]),
        }
    ]
    number = groups.first[survey]
    for stage in STAGES:
        for low, high in pairwise(edges):
            rows.append(
                {
                    "stage_group": stage,
                    "snr_low": low,
                    "snr_high": high,
                    "factor": float(factors.of_group[number]),
                    "factor_err": _number(factors.of_group_err[number]),
                    "floor_err": float(factors.floor[survey]),
                    "method": "pairs",
                    "n": int(factors.n_group[number]),
                }
            )
            number += 1
    return rows


def _alone(found: tuple[float, float | None, str]) -> list[dict[str, Any]]:
    """Return the factor of errors that no pairs judge, the same of all stars."""
    factor, error, method = found
    return [
        {
            "stage_group": stage,
            "snr_low": 0.0,
            "snr_high": np.inf,
            "factor": factor,
            "factor_err": error,
            "floor_err": 0.0,
            "method": method,
            "n": 0,
        }
        for stage in ("all", *STAGES)
    ]
