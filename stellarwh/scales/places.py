"""Where stars lie among the parameters, and the terms of trends there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from stellarwh.scales.sample import Booleans, Floats, Key, Sample

COVARIATES = ("teff", "logg", "fe_h")


@dataclass(frozen=True)
class Places:
    """Teff, log g and [Fe/H] of stars on the scale of the reference.

    Attributes
    ----------
    values : ndarray of shape (n, 3)
        In K and dex; NaN where nobody measured it.
    is_giant : ndarray of shape (n,)
        By ``giant_or_dwarf``.
    is_known : ndarray of shape (n,)
        Whether all three are.
    """

    values: Floats
    is_giant: Booleans
    is_known: Booleans


def find_places(
    connection: duckdb.DuckDBPyConnection,
    sample: Sample,
    zero_points: Mapping[Key, float],
    errs: Mapping[Key, Floats],
) -> Places:
    """Average the surveys' values, as ``scale.places`` does.

    Surveys that are not on the scale count only where no other has a value.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, for its macros.
    sample : Sample
        n stars.
    zero_points : mapping of (survey, quantity) to float
        What is added to values of the survey first, of those on the scale: 0 of the
        reference.
    errs : mapping of (survey, quantity) to ndarray of shape (n,)
        Errors that hold.
    """
    columns = []
    for quantity in COVARIATES:
        means = []
        for is_on_scale in (True, False):
            keys = [
                key
                for key in sample.values
                if key[1] == quantity and (key in zero_points) == is_on_scale
            ]
            moved = [sample.values[key] + zero_points.get(key, 0.0) for key in keys]
            weights = [errs[key] ** -2.0 for key in keys]
            means.append(_weighted_mean(moved, weights, sample.stars.size))
        columns.append(np.where(np.isnan(means[0]), means[1], means[0]))
    values = np.stack(columns, axis=1)
    table = pa.table(
        {
            name: pa.array(values[:, i], from_pandas=True)
            for i, name in enumerate(COVARIATES)
        }
    )
    found = connection.from_arrow(table).project(
        "coalesce(giant_or_dwarf(teff, logg) = 'giant', false) as is_giant"
    )
    is_giant = np.asarray(found.fetchnumpy()["is_giant"], dtype=bool)
    return Places(values, is_giant, ~np.isnan(values.sum(axis=1)))


def _weighted_mean(
    values: Sequence[Floats], weights: Sequence[Floats], n: int
) -> Floats:
    """Return the mean of n stars, as macro ``weighted_mean`` does; NaN of nothing."""
    total, whole, plain, count = np.zeros((4, n))
    for value, weight in zip(values, weights, strict=True):
        there = np.isfinite(value)
        known = there & np.isfinite(weight)
        total[known] += (value * weight)[known]
        whole[known] += weight[known]
        plain[there] += value[there]
        count += there
    with np.errstate(invalid="ignore"):
        return np.where(whole > 0, total / whole, plain / count)


def terms_at(
    connection: duckdb.DuckDBPyConnection, places: Floats, snr: Floats, count: int
) -> Floats:
    """Return the terms of trends at places, in the order of ``trend_term_names``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        A warehouse, for its macros.
    places : ndarray of shape (n, 3)
        Teff, log g and [Fe/H], all known.
    snr : ndarray of shape (n,)
        S/N; NaN where it is not known.
    count : int
        How many terms there are.

    Returns
    -------
    ndarray of shape (n, count)
    """
    table = pa.table(
        {
            **{name: places[:, i] for i, name in enumerate(COVARIATES)},
            "snr": pa.array(snr, from_pandas=True),
        }
    )
    if not len(places):
        return np.empty((0, count))
    numbers = range(1, count + 1)
    # Column by column: a list would come as an object a row.
    found = (
        connection.from_arrow(table)
        .project("trend_terms(teff, logg, fe_h, snr) as terms")
        .project(", ".join(f"terms[{i}] as t{i}" for i in numbers))
        .fetchnumpy()
    )
    return np.stack([np.asarray(found[f"t{i}"]) for i in numbers], 1)


def term_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the terms of a trend."""
    ((names,),) = connection.execute("select trend_term_names()").fetchall()
    return list(names)
