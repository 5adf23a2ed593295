"""Exact counts of stars by pairs of diagrams, as fine as a page has room for."""

from collections.abc import Mapping
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
# Stars that a cell should hold in the mean, of those that hold any.
_PER_CELL = 8
Integers = npt.NDArray[np.int64]


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
    for order, width in LEVELS:
        if not _is_filled(stars, order, width) and (order, width) != LEVELS[-1]:
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
    sets = stars.survey_set.astype(np.int64)
    sky = (stars.cell >> (2 * (SKY_ORDER - order))).astype(np.int64)
    n_sky = 12 * 4**order
    if not stars.source:
        return {"sky": encode(*_counted(sets * n_sky + sky))}
    is_last = (order, width) == LEVELS[-1]
    kiel, n_kiel = kiel_cells(stars, width)
    chemistry, n_chemistry = chemistry_cells(stars, width)
    told: dict[str, str] = {}
    for name, first, n_first, second, n_second in (
        ("sky_kiel", sky, n_sky, kiel, n_kiel),
        ("sky_chemistry", sky, n_sky, chemistry, n_chemistry),
        ("kiel_chemistry", kiel, n_kiel, chemistry, n_chemistry),
    ):
        keys, counts = _counted((sets * n_first + first) * n_second + second)
        # Hardly any pair takes less than a byte.
        if 1.2 * keys.size > budget and not is_last:
            return {}
        told[name] = encode(keys, counts)
        if sum(map(len, told.values())) > budget and not is_last:
            return {}
    return told


def kiel_cells(stars: CubeStars, width: int) -> tuple[Integers, int]:
    """Return the stars' cells of the Kiel diagram, and how many there are.

    Row after row of log g; the last one is of stars without a place.
    """
    teff, logg = stars.units["teff"], stars.units["logg"]
    n_x, n_y = (stars.axes[name].n // width for name in ("teff", "logg"))
    cells = (logg // width).astype(np.int64) * n_x + teff // width
    return np.where((teff < OFF_AXIS) & (logg < OFF_AXIS), cells, n_x * n_y), (
        n_x * n_y + 1
    )


def chemistry_cells(stars: CubeStars, width: int) -> tuple[Integers, int]:
    """Return the stars' cells of [alpha/Fe] against [Fe/H], and how many there are.

    Column after column of [Fe/H], each with two cells more: off the axis of
    [alpha/Fe], and without it; the last one is of stars without [Fe/H].
    """
    fe_h, alpha_fe = stars.units["fe_h"], stars.units["alpha_fe"]
    n_x, n_y = (stars.axes[name].n // width for name in ("fe_h", "alpha_fe"))
    row = (alpha_fe // width).astype(np.int64)
    row[alpha_fe == OFF_AXIS] = n_y
    row[alpha_fe == NO_VALUE] = n_y + 1
    cells = (fe_h // width).astype(np.int64) * (n_y + 2) + row
    n = n_x * (n_y + 2)
    return np.where(fe_h < OFF_AXIS, cells, n), n + 1


def _counted(keys: Integers) -> tuple[Integers, Integers]:
    unique, counts = np.unique(keys, return_counts=True)
    return unique, counts.astype(np.int64)


def _is_filled(stars: CubeStars, order: int, width: int) -> bool:
    """Return whether cells hold enough stars each to show more than dots."""
    sky = np.unique(stars.cell >> (2 * (SKY_ORDER - order))).size
    cells = [sky]
    if stars.source:
        kiel, last = kiel_cells(stars, width)
        cells.append(np.unique(kiel[kiel < last - 1]).size)
    return stars.size >= _PER_CELL * max(cells)


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
