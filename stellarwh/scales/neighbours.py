"""Stars whose values are unlike those of any neighbour: flagged, never dropped."""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from sklearn.neighbors import NearestNeighbors

from stellarwh.scales.sample import Booleans, Floats, Integers

QUANTITIES = ("teff", "logg", "fe_h", "alpha_fe")
# Nearest stars that one is compared with: few, so that a small kind is none of
# outliers, and many, so that a handful of wrong values is no kind.
FEW, NEIGHBOURS = 10, 40
# Times that neighbours lie denser than the star, and its own errors to the nearest.
LEAST_FACTOR = 1.7
LEAST_SIGMA = 3.0
# Stars that are compared with: more of them are drawn.
MOST = 200_000
SETTINGS = {
    "neighbours": [FEW, NEIGHBOURS],
    "neighbours_least_factor": LEAST_FACTOR,
    "neighbours_least_sigma": LEAST_SIGMA,
    "neighbours_most_stars": MOST,
}
_LEAST_STARS = 10 * NEIGHBOURS
_CHUNK = 100_000
# Stars, so that all that becomes of them stays small.
_READ_TOGETHER = 1_000_000
_VALUES = """
select
    star_id,
    {columns}
from scale.star_values
where star_id between ? and ? and quantity in (select unnest(?::varchar[]))
group by star_id
order by star_id
"""
# Widths of cells, in median errors, and how far their corners are moved.
_CELLS = (1.5, 1.0, 0.7, 0.5, 0.35)
_MOVED = (0.0, 0.5)
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "star_id": pl.Int64,
    "quantity": pl.String,
    "quantities": pl.List(pl.String),
    "value": pl.Float64,
    "err": pl.Float64,
    "usual_value": pl.Float64,
    "local_outlier_factor": pl.Float64,
    "nearest_sigma": pl.Float64,
}


@dataclass(frozen=True)
class Places:
    """What was measured of stars, on one scale.

    Attributes
    ----------
    stars : ndarray of shape (n,)
        Their numbers, ascending.
    values, errs : ndarray of shape (n, 4)
        `QUANTITIES` and errors that hold, in K and dex; NaN where there is none.
    """

    stars: Integers
    values: Floats
    errs: Floats


def read_places(connection: duckdb.DuckDBPyConnection) -> Places:
    """Read the values of all stars on the scale in use."""
    columns = ", ".join(
        f"any_value({side}) filter (where quantity = '{name}') as {name}_{side}"
        for name in QUANTITIES
        for side in ("value", "err")
    )
    question = _VALUES.format(columns=columns)
    numbers = connection.execute(
        "select star_id from main.stars order by star_id"
    ).fetchnumpy()["star_id"]
    stars = [np.empty(0, dtype=np.int64)]
    sides: dict[str, list[Floats]] = {
        side: [np.empty((0, len(QUANTITIES)))] for side in ("value", "err")
    }
    for start in range(0, numbers.size, _READ_TOGETHER):
        ends = numbers[start : start + _READ_TOGETHER][[0, -1]].tolist()
        found = connection.execute(question, [*ends, list(QUANTITIES)]).fetchnumpy()
        stars.append(np.asarray(found["star_id"], dtype=np.int64))
        for side, read in sides.items():
            of_part = [found[f"{name}_{side}"] for name in QUANTITIES]
            read.append(np.column_stack([np.ma.filled(o, np.nan) for o in of_part]))
    return Places(
        np.concatenate(stars), *(np.concatenate(read) for read in sides.values())
    )


def find_unlike(places: Places, seed: int = 0) -> pl.DataFrame:
    """Return the stars that lie apart from all others, as ``scale.unlike_neighbours``.

    A star is flagged whose local outlier factors (Breunig et al. 2000, SIGMOD 29, 93)
    among its 10 and among its 40 nearest are both above 1.7, quantities being measured
    in their median errors, and that lies more than 3 of its own errors from each of
    them. The factor compares densities of a star and of its neighbours, so that a rare
    kind, whose stars are all far from each other, is none of outliers; its own errors
    keep a star of low S/N from being one. A star without a quantity is compared in the
    others, if these are three.

    Parameters
    ----------
    places : Places
        All stars.
    seed : int
        For which are compared with, if there are more than 200,000.

    Returns
    -------
    polars.DataFrame
        A row for each star found. ``quantity`` is the one without which it has the
        nearest neighbours, and ``usual_value`` the median that these have of it.
    """
    parts = [pl.DataFrame(schema=_SCHEMA)]
    known = np.isfinite(places.values)
    for columns in _choices():
        has = np.asarray(known[:, columns].all(axis=1))
        asked = has & (known.sum(axis=1) == len(columns))
        parts.append(_unlike_in(places, columns, has, asked, seed))
    return pl.concat(parts).sort("star_id")


def _choices() -> Iterator[list[int]]:
    """Yield the columns that stars are compared in: all, or all but one."""
    everything = range(len(QUANTITIES))
    yield list(everything)
    for left_out in everything:
        yield [column for column in everything if column != left_out]


def _unlike_in(
    places: Places, columns: list[int], has: Booleans, asked: Booleans, seed: int
) -> pl.DataFrame:
    """Return which of the stars that are asked for lie apart in some columns."""
    nothing = pl.DataFrame(schema=_SCHEMA)
    rows = np.flatnonzero(has)
    values, errs = places.values[rows][:, columns], places.errs[rows][:, columns]
    stated = np.isfinite(errs) & (errs > 0)
    if rows.size < _LEAST_STARS or not asked.any() or not stated.any(axis=0).all():
        return nothing
    unit = np.array([np.median(e[s]) for e, s in zip(errs.T, stated.T, strict=True)])
    errs = np.where(stated, errs, unit)
    scaled = values / unit
    drawn = np.arange(rows.size)
    if rows.size > MOST:
        chosen = np.random.default_rng(seed).choice(rows.size, MOST, replace=False)
        drawn = np.sort(chosen)
    own = np.flatnonzero(asked[rows])
    own = own[_is_alone(scaled, errs[own] / unit, own)]
    if not own.size:
        return nothing
    factor, sigma = _apart(values, errs, unit, drawn, own)
    far = (factor > LEAST_FACTOR) & (sigma > LEAST_SIGMA)
    if not far.any():
        return nothing
    odd, usual = _odd_one(scaled[drawn], drawn, scaled, own[far])
    at = own[far], odd
    return pl.DataFrame(
        {
            "star_id": places.stars[rows[own[far]]],
            "quantity": [QUANTITIES[columns[column]] for column in odd],
            "quantities": [[QUANTITIES[column] for column in columns]] * int(far.sum()),
            "value": values[at],
            "err": places.errs[rows[own[far]]][:, columns][np.arange(odd.size), odd],
            "usual_value": usual * unit[odd],
            "local_outlier_factor": factor[far],
            "nearest_sigma": sigma[far],
        },
        schema=_SCHEMA,
        nan_to_null=True,
    )


def _is_alone(scaled: Floats, errs: Floats, own: Integers) -> Booleans:
    """Return of which stars no other was found within `LEAST_SIGMA`.

    Whoever shares a cell so small that its diagonal is within that is near another:
    nearly all stars, at a hundredth of the cost of their neighbours.

    Parameters
    ----------
    scaled : ndarray of shape (n, c)
        Values of all stars, in units of median errors.
    errs : ndarray of shape (k, c)
        Errors of the stars that are asked for, in the same units.
    own : ndarray of shape (k,)
        Which of all these are.
    """
    # The widest cell in which any two lie within so many errors of the star.
    widest = LEAST_SIGMA / np.sqrt((errs**-2).sum(axis=1))
    alone = np.ones(widest.size, dtype=np.bool_)
    for width in _CELLS:
        for moved in _MOVED:
            if not (alone & (widest >= width)).any():
                continue
            corners = np.floor(scaled / width + moved).astype(np.int64)
            count = _number_in_cell(corners)[own]
            alone &= (widest < width) | (count < 2)
    return alone


def _number_in_cell(corners: Integers) -> Integers:
    """Return how many rows are like each row."""
    cells = pl.from_numpy(corners)
    number = cells.select(pl.len().over(cells.columns)).to_series()
    return number.to_numpy().astype(np.int64)


def _apart(
    values: Floats, errs: Floats, unit: Floats, drawn: Integers, own: Integers
) -> tuple[Floats, Floats]:
    """Return how far stars lie from all others: their factors, and in own errors.

    Parameters
    ----------
    values, errs : ndarray of shape (n, c)
        Of all stars.
    unit : ndarray of shape (c,)
        In which the columns are measured.
    drawn : ndarray of shape (m,)
        The stars that are compared with; one of them is none of its own neighbours.
    own : ndarray of shape (k,)
        The stars that are asked for.

    Returns
    -------
    factor : ndarray of shape (k,)
        The lesser of the local outlier factors among few and many neighbours.
    sigma : ndarray of shape (k,)
        Distance from the nearest of them in the star's own errors.
    """
    scaled = values / unit
    search = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(scaled[drawn])
    apart, near = search.kneighbors()
    density = {
        count: _density(apart, near, apart, count) for count in (FEW, NEIGHBOURS)
    }
    place = np.full(len(values), -1)
    place[drawn] = np.arange(drawn.size)
    factor, sigma = np.empty((2, own.size))
    for start in range(0, own.size, _CHUNK):
        part = own[start : start + _CHUNK]
        far, to = (
            np.empty((part.size, NEIGHBOURS)),
            np.empty((part.size, NEIGHBOURS), dtype=np.int64),
        )
        is_drawn = place[part] >= 0
        far[is_drawn], to[is_drawn] = (
            of[place[part[is_drawn]]] for of in (apart, near)
        )
        if not is_drawn.all():
            far[~is_drawn], to[~is_drawn] = search.kneighbors(scaled[part[~is_drawn]])
        factor[start : start + part.size] = np.min(
            [
                of[to[:, :count]].mean(axis=1) / _density(far, to, apart, count)
                for count, of in density.items()
            ],
            axis=0,
        )
        off = (values[drawn[to]] - values[part, None]) / errs[part, None]
        sigma[start : start + part.size] = np.sqrt((off**2).sum(axis=2)).min(axis=1)
    return factor, sigma


def _density(far: Floats, to: Integers, apart: Floats, count: int) -> Floats:
    """Return local reachability densities (Breunig et al. 2000) of k stars.

    Parameters
    ----------
    far : ndarray of shape (k, neighbours)
        Their distances to the nearest of m others.
    to : ndarray of shape (k, neighbours)
        Which of these.
    apart : ndarray of shape (m, neighbours)
        Distances of these to their own nearest.
    count : int
        How many neighbours count.
    """
    reach = np.maximum(far[:, :count], apart[to[:, :count], count - 1])
    # Stars at one place have a density, too.
    return np.asarray(1 / (reach.mean(axis=1) + 1e-10))


def _odd_one(
    others: Floats, numbers: Integers, scaled: Floats, rows: Integers
) -> tuple[Integers, Floats]:
    """Return which column fits least, and what stars have that are alike in the rest.

    Parameters
    ----------
    others : ndarray of shape (m, c)
        Stars that are compared with, in units of errors.
    numbers : ndarray of shape (m,)
        Which of all stars they are.
    scaled : ndarray of shape (n, c)
        All stars.
    rows : ndarray of shape (k,)
        The stars that are asked for.
    """
    count = others.shape[1]
    distance, usual = np.empty((2, count, rows.size))
    for column in range(count):
        rest = [other for other in range(count) if other != column]
        search = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(others[:, rest])
        apart, near = search.kneighbors(scaled[rows][:, rest])
        is_other = numbers[near] != rows[:, None]
        # Of the others the first; the last falls away where the star is not among them.
        is_other[is_other.all(axis=1), -1] = False
        distance[column] = np.where(is_other, apart, np.inf).min(axis=1)
        found = np.where(is_other, others[near, column], np.nan)
        usual[column] = np.nanmedian(found, axis=1)
    odd = distance.argmin(axis=0)
    return odd, usual[odd, np.arange(rows.size)]
