"""A simulated sky as tests see it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

STARS = 6000
SEED = 7


@dataclass(frozen=True)
class Sky:
    """Files of one simulation, read with astropy and polars."""

    paths: dict[str, Path]
    tables: dict[str, NDArray[Any]]
    truth: pl.DataFrame

    def truth_of(self, survey: str) -> pl.DataFrame:
        """Truth of the rows of a survey, in the order of its file."""
        return self.truth.filter(pl.col("survey") == survey)

    def difference(self, survey: str, column: str, true: str) -> NDArray[np.float64]:
        """Catalogue value minus truth, NaN where the catalogue has no value."""
        value = self.tables[survey][column].astype(np.float64)
        value[value < -9000] = np.nan
        result: NDArray[np.float64] = value - self.truth_of(survey)[true].to_numpy()
        return result
