"""What a survey saw of a chunk of the sky."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from stellarwh.simulate.arrays import FloatArray, IntArray
from stellarwh.simulate.sky.faults import Injected


@dataclass(frozen=True)
class Observed:
    """Catalogue rows, and how their values came about.

    Attributes
    ----------
    rows : structured ndarray of shape (m,)
        Rows of the layout.
    star : ndarray of shape (m,)
        Index of each row into the stars of the chunk.
    snr : ndarray of shape (m,)
        S/N.
    offset, sigma : dict of str to ndarray of shape (m,)
        Per quantity: the offset of the survey's scale from the truth, and the true
        1-sigma random error, whatever the row states, in K or dex.
    injected : Injected
        What is wrong beyond that.
    """

    rows: npt.NDArray[np.void]
    star: IntArray
    snr: FloatArray
    offset: dict[str, FloatArray]
    sigma: dict[str, FloatArray]
    injected: Injected

    def of_first(self, stars: int) -> Self:
        """Return the rows of the first ``stars`` stars of the chunk."""
        kept = self.star < stars
        if kept.all():
            return self
        return replace(
            self,
            rows=self.rows[kept],
            star=self.star[kept],
            snr=self.snr[kept],
            offset={name: values[kept] for name, values in self.offset.items()},
            sigma={name: values[kept] for name, values in self.sigma.items()},
            injected=self.injected.take(kept),
        )
