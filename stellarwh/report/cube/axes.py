"""The axes of linked diagrams, in units whose bounds SQL can name exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from stellarwh.report.quantities import quantity

# Cells are 1, 2, 3, 4, 6 or 12 units wide, so axes begin and end at multiples of 12.
STEP = 12
# A byte holds the number of a unit, and 254 and 255 are none.
_MOST_UNITS = 240
# Of the stars, at either end: they are counted as lying off the axis.
_LEFT_OUT = 5e-4


@dataclass(frozen=True)
class CubeAxis:
    """One quantity, divided into units of ``num / den``.

    Parameters
    ----------
    name : str
        Column of ``main.parameters``.
    num, den : int
        A unit is ``num / den`` in the quantity's own unit (K or dex).
    first : int
        The unit at which the axis begins.
    n : int
        How many units it has, a multiple of 12.
    is_reversed : bool
        Whether larger values stand left or at the bottom.
    """

    name: str
    num: int
    den: int
    first: int = 0
    n: int = STEP
    is_reversed: bool = False

    @property
    def low(self) -> float:
        """Where the axis begins, inclusive."""
        return self.first * self.num / self.den

    @property
    def high(self) -> float:
        """Where the axis ends, exclusive."""
        return (self.first + self.n) * self.num / self.den

    def told(self, width: int) -> dict[str, Any]:
        """Return what a page needs to know of it, with cells of so many units."""
        shown = quantity(self.name)
        return {
            "name": self.name,
            "symbol": shown.symbol,
            "unit": shown.unit,
            "first": self.first // width,
            "n": self.n // width,
            "num": self.num * width,
            "den": self.den,
            "reversed": self.is_reversed,
        }


AXES = (
    CubeAxis("teff", 50, 1, is_reversed=True),
    CubeAxis("logg", 5, 100, is_reversed=True),
    CubeAxis("fe_h", 25, 1000),
    CubeAxis("alpha_fe", 1, 100),
)


def fit_axis(
    axis: CubeAxis, units: npt.NDArray[np.int64], stars: npt.NDArray[np.int64]
) -> CubeAxis:
    """Return an axis over all but the outermost stars, one in 2,000 at either end.

    Parameters
    ----------
    axis : CubeAxis
        What it is of.
    units : ndarray of shape (n,)
        Units in which stars lie, ascending.
    stars : ndarray of shape (n,)
        How many in each.
    """
    if not units.size:
        return axis
    passed = np.cumsum(stars)
    ends = np.array([_LEFT_OUT, 1 - _LEFT_OUT]) * passed[-1]
    first, last = np.searchsorted(passed, ends)
    low, high = int(units[first]), int(units[min(last, units.size - 1)])
    times = 1
    while (high // times - low // times) + 2 * STEP > _MOST_UNITS:
        times *= 2
    begin = low // times // STEP * STEP
    end = -(-(high // times + 1) // STEP) * STEP
    return replace(axis, num=axis.num * times, first=begin, n=end - begin)


def parameters_of(axes: Mapping[str, CubeAxis]) -> dict[str, Any]:
    """Return the values of the ``$name`` parameters of the queries."""
    told: dict[str, Any] = {}
    for name, axis in axes.items():
        told |= {
            f"{name}_num": axis.num,
            f"{name}_den": axis.den,
            f"{name}_first": axis.first,
            f"{name}_low": axis.low,
            f"{name}_high": axis.high,
        }
    return told
