"""Which rows of the simulated LAMOST catalogue get a spectrum, and what it needs."""

from typing import Any

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.sky.observed import Observed
from stellarwh.simulate.sky.stars import APOGEE, Stars

_TRUTH = ("truth_id", "teff", "logg", "fe_h", "alpha_fe")
_CELLS = ("obsid", "lmjd", "mjd", "planid", "spid", "fiberid", "ra", "dec",
          "designation", "class", "subclass", "z", "z_err", "snru", "snrg", "snrr",
          "snri", "snrz")  # fmt: skip

Columns = dict[str, npt.NDArray[Any]]


class ChosenRows:
    """The best row of each star that is one, stars that APOGEE has, too, first.

    Parameters
    ----------
    wanted : int
        How many; no more are kept.
    """

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._kept: tuple[list[Columns], list[Columns]] = ([], [])

    def take(self, stars: Stars, observed: Observed) -> None:
        """Keep rows of a chunk of LAMOST, in its order, as long as there is need."""
        rows, star = observed.rows, observed.star
        best = np.zeros(len(rows), dtype=bool)
        # Of rows of equal S/N the first: the sort is stable.
        order = np.lexsort((-observed.snr, star))
        best[order[np.unique(star[order], return_index=True)[1]]] = True
        usable = best & (rows["class"] == b"STAR")
        is_shared = stars.targeted[star, APOGEE]
        for kept, mine in zip(self._kept, (is_shared, ~is_shared), strict=True):
            left = self._wanted - sum(len(columns["obsid"]) for columns in kept)
            at = np.flatnonzero(usable & mine)[:left]
            if not at.size:
                continue
            columns: Columns = {name: rows[name][at].copy() for name in _CELLS}
            columns |= {name: getattr(stars, name)[star[at]] for name in _TRUTH}
            # The survey's zero point of velocities is one of its wavelengths.
            columns["velocity"] = (
                stars.radial_velocity[star[at]] + observed.offset["radial_velocity"][at]
            )
            kept.append(columns)

    def all(self) -> Columns:
        """Return the rows, as many as were wanted if there are so many."""
        parts = [*self._kept[0], *self._kept[1]]
        if not parts:
            return {}
        return {
            name: np.concatenate([columns[name] for columns in parts])[: self._wanted]
            for name in parts[0]
        }
