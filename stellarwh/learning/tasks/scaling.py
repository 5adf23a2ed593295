"""Features as estimators see them: by position, with the digits that matter."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

# Single precision keeps seven digits. A feature whose values differ in the fourth of
# them or later loses what it has to say; centred in double precision first, it does
# not.
_MOST_WIDTHS = 1000.0
# Widths beyond these are brought to one: squares of them leave single precision.
_LEAST_WIDTH = 1e-15
_MOST_WIDTH = 1e15


@dataclass(frozen=True)
class Scaling:
    """What is taken from each feature, and by what it is divided, before a fit.

    Estimators count in single precision, in which a Julian date of 2457000.5 has no
    more than a quarter of a day. Most features need nothing and stay as they are.

    Attributes
    ----------
    features : list of str
        The D features, in the order in which estimators know them.
    offset, width : list of float
        Per feature; 0 and 1 where it stays as it is.
    """

    features: list[str]
    offset: list[float]
    width: list[float]

    def of(self, features: pl.DataFrame) -> pl.DataFrame:
        """Return the features as estimators see them.

        Parameters
        ----------
        features : polars.DataFrame
            n rows, Float64, NULL where missing.

        Returns
        -------
        polars.DataFrame
            n rows of columns ``f0``, ``f1``, …: estimators refuse some of the names
            that published tables have (``[Fe/H]``), and polars reads others as
            patterns (``*``).
        """
        columns = []
        for i, (name, offset, width) in enumerate(
            zip(self.features, self.offset, self.width, strict=True)
        ):
            column = features[name].alias(f"f{i}")
            if offset or width != 1.0:
                column = (column - offset) / width
            columns.append(column)
        return pl.DataFrame(columns)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return dict(vars(self))


def fit_scaling(features: pl.DataFrame) -> Scaling:
    """Return the scaling that keeps the digits of these features.

    Parameters
    ----------
    features : polars.DataFrame
        n rows, Float64; every feature is known somewhere.
    """
    offsets, widths = [], []
    for name in features.columns:
        values = features[name].drop_nulls().to_numpy()
        low, middle, high = np.quantile(values, [0.1587, 0.5, 0.8413])
        # A feature of which two thirds are one value has its standard deviation.
        width = float(high - low) / 2 or float(np.std(values)) or 1.0
        narrow = abs(middle) > _MOST_WIDTHS * width
        odd = not _LEAST_WIDTH < width < _MOST_WIDTH
        offsets.append(float(middle) if narrow or odd else 0.0)
        widths.append(width if narrow or odd else 1.0)
    return Scaling(features.columns, offsets, widths)
