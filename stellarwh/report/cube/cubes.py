"""Exact counts of stars by pairs of diagrams, as fine as a page has room for."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from stellarwh.report.cube.coding import encode
from stellarwh.report.cube.stars import NO_VALUE, OFF_AXIS, SKY_ORDER, CubeStars

# Order of the cells of the sky, and units along each side of a cell of a plane: the
# finest first.
LEVELS = (
    (5, 1), (4, 1), (4, 2), (4, 3), (3, 2), (3, 3), (3, 4), (3, 6), (2, 6), (2, 12),
    (1, 12),
)  # fmt: skip
# Characters of all counts of a page.
BUDGET = 380_000
# Of so many stars, spread over all, pairs of cells are counted first: all stars have as
# many or more.
_FEW = 1_000_000
# Up to so many pairs of cells each has a place in an array: quicker than sorting.
_PLACES_TO_MARK, _PLACES_TO_COUNT = 60_000_000, 20_000_000
# Stars that a cell should hold in the mean, of those that hold any.
_PER_CELL = 8
Integers = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]
Small = npt.NDArray[np.uint32]


def cubes_of(stars: CubeStars, budget: int = BUDGET) -> dict[str, Any]:
    """Return what a page needs to count stars in linked diagrams.

    A cube has a key of the set of surveys and a cell of each of two diagrams. A star
    without a place in a diagram is in the cell after its last one, so that the cubes
    agree and no star is lost.

    Parameters
    ----------
    stars : CubeStars
        All stars.
    budget : int
        Characters that the counts may take: the finest cells that fit are taken, or
        the coarsest that there are.
    """
    told: dict[str, str] = {}
    order, width = LEVELS[-1]
    some = stars.every(max(stars.size // _FEW, 1))
    for order, width in LEVELS:
        is_last = (order, width) == LEVELS[-1]
        if not is_last and not (
            _is_filled(stars, order, width) and _may_fit(some, order, width, budget)
        ):
            continue
        told = _encoded(stars, order, width, budget)
        if told:
            break
    axes = stars.axes
    surveys = sorted({name for names in stars.sets for name in names})
    return {
        "source": stars.source,
        "n": stars.size,
        "order": order,
        "surveys": surveys,
        "sets": [[surveys.index(name) for name in names] for names in stars.sets],
        "perSet": stars.per_set,
        "axes": {name: axis.told(width) for name, axis in axes.items()},
        "lost": _lost(stars),
        "cubes": told,
    }


def _encoded(stars: CubeStars, order: int, width: int, budget: int) -> dict[str, str]:
    """Return the cubes as text; nothing where they take more than there is room for."""
    is_last = (order, width) == LEVELS[-1]
    told: dict[str, str] = {}
    for name, pairs, n in _pairs(stars, order, width):
        keys, counts = _counted(pairs, n)
        if _is_too_many(keys.size, budget) and not is_last:
            return {}
        told[name] = encode(keys, counts)
        if sum(map(len, told.values())) > budget and not is_last:
            return {}
    return told


def _may_fit(some: CubeStars, order: int, width: int, budget: int) -> bool:
    """Return whether the pairs of cells of some of the stars leave room for more."""
    return not any(
        _is_too_many(_n_different(pairs, n), budget)
        for _, pairs, n in _pairs(some, order, width)
    )


def _is_too_many(n_pairs: int, budget: int) -> bool:
    # Hardly any pair takes less than a byte.
    return 1.2 * n_pairs > budget


def _pairs(
    stars: CubeStars, order: int, width: int
) -> Iterator[tuple[str, Integers | Small, int]]:
    """Return by cube the numbers of the stars' pairs of cells, and how many there are.

    Each set of surveys has its own pairs.
    """
    sets = stars.survey_set.astype(np.int32)
    cells = {"sky": (_sky_cells(stars, order), 12 * 4**order)}
    if not stars.source:
        none = np.zeros(stars.size, dtype=np.int32)
        yield "sky", *_keys(sets, *cells["sky"], none, 1)
        return
    cells["kiel"] = kiel_cells(stars, width)
    cells["chemistry"] = chemistry_cells(stars, width)
    for first, second in (
        ("sky", "kiel"),
        ("sky", "chemistry"),
        ("kiel", "chemistry"),
    ):
        yield f"{first}_{second}", *_keys(sets, *cells[first], *cells[second])


def _sky_cells(stars: CubeStars, order: int) -> Cells:
    """Return the stars' cells of the sky of an order."""
    return (stars.cell >> (2 * (SKY_ORDER - order))).astype(np.int32)


def _keys(
    sets: Cells, first: Cells, n_first: int, second: Cells, n_second: int
) -> tuple[Integers | Small, int]:
    """Return a number for each set of surveys with a cell of each of two diagrams.

    Beside it how many such numbers there are.
    """
    most = (int(sets.max(initial=0)) + 1) * n_first * n_second
    # Half as wide numbers are sorted in half the time and room.
    if most <= 2**32:
        return (sets.astype(np.uint32) * n_first + first.astype(np.uint32)) * (
            n_second
        ) + second.astype(np.uint32), most
    return (sets.astype(np.int64) * n_first + first) * n_second + second, most


def kiel_cells(stars: CubeStars, width: int) -> tuple[Cells, int]:
    """Return the stars' cells of the Kiel diagram, and how many there are.

    Row after row of log g; the last one is of stars without a place.
    """
    teff, logg = stars.units["teff"], stars.units["logg"]
    n_x, n_y = (stars.axes[name].n // width for name in ("teff", "logg"))
    cells = (logg // width).astype(np.int32) * n_x + teff // width
    return np.where((teff < OFF_AXIS) & (logg < OFF_AXIS), cells, n_x * n_y), (
        n_x * n_y + 1
    )


def chemistry_cells(stars: CubeStars, width: int) -> tuple[Cells, int]:
    """Return the stars' cells of [alpha/Fe] against [Fe/H], and how many there are.

    Column after column of [Fe/H], each with two cells more: off the axis of
    [alpha/Fe], and without it; the last one is of stars without [Fe/H].
    """
    fe_h, alpha_fe = stars.units["fe_h"], stars.units["alpha_fe"]
    n_x, n_y = (stars.axes[name].n // width for name in ("fe_h", "alpha_fe"))
    row = (alpha_fe // width).astype(np.int32)
    row[alpha_fe == OFF_AXIS] = n_y
    row[alpha_fe == NO_VALUE] = n_y + 1
    cells = (fe_h // width).astype(np.int32) * (n_y + 2) + row
    n = n_x * (n_y + 2)
    return np.where(fe_h < OFF_AXIS, cells, n), n + 1


def _counted(keys: Integers | Small, n: int) -> tuple[Integers, Integers]:
    """Return which of n numbers there are, in order, and how often."""
    if n <= _PLACES_TO_COUNT:
        counts = np.bincount(keys)
        unique = np.flatnonzero(counts)
        return unique, counts[unique]
    unique, counts = np.unique(keys, return_counts=True)
    return unique.astype(np.int64), counts.astype(np.int64)


def _n_different(keys: Integers | Small, n: int) -> int:
    """Return how many of n numbers there are."""
    if n <= _PLACES_TO_MARK:
        marked = np.zeros(n, dtype=bool)
        marked[keys] = True
        return int(np.count_nonzero(marked))
    return int(np.count_nonzero(np.diff(np.sort(keys)))) + 1


def _is_filled(stars: CubeStars, order: int, width: int) -> bool:
    """Return whether cells hold enough stars each to show more than dots."""
    cells = [np.count_nonzero(np.bincount(_sky_cells(stars, order)))]
    if stars.source:
        kiel, n_kiel = kiel_cells(stars, width)
        cells.append(np.count_nonzero(np.bincount(kiel)[: n_kiel - 1]))
    return bool(stars.size >= _PER_CELL * max(cells))


def _lost(stars: CubeStars) -> Mapping[str, Mapping[str, int]]:
    """Return how many stars have no place in a diagram, and why."""
    units = stars.units
    sides = {"kiel": ("teff", "logg"), "fe_h": ("fe_h",), "alpha_fe": ("alpha_fe",)}
    told = {}
    for name, needed in sides.items():
        missing = np.zeros(stars.size, dtype=bool)
        off = np.zeros(stars.size, dtype=bool)
        for axis in needed:
            missing |= units[axis] == NO_VALUE
            off |= units[axis] == OFF_AXIS
        told[name] = {"missing": int(missing.sum()), "off": int((off & ~missing).sum())}
    return told
