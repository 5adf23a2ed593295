"""What fits without a fold learn from: one matrix for all targets of a task."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import xgboost

from stellarwh.learning.tasks.rows import Floats, Integers

Singles = npt.NDArray[np.float32]
# Quantiles of a feature between which trees of values, and of spreads, may divide.
BINS = 128
SPREAD_BINS = 64
# Shallow trees learn nothing more of the spread from more stars than this; calibration
# uses them all.
SPREAD_ROWS = 100_000


class SharedMatrix:
    """A quantised matrix that is made when first used, and dropped after its last use.

    It holds features alone: labels and weights come with each fit, as gradients, so
    that fits side by side only read it.

    Parameters
    ----------
    make : callable
        Makes it.
    users : int
        How many fits will use it.
    """

    def __init__(self, make: Callable[[], xgboost.QuantileDMatrix], users: int) -> None:
        self._make = make
        self._left = users
        self._lock = Lock()
        self._made: xgboost.QuantileDMatrix | None = None

    @contextmanager
    def use(self) -> Iterator[xgboost.QuantileDMatrix]:
        """Yield the matrix."""
        with self._lock:
            made = self._made = self._made or self._make()
        try:
            yield made
        finally:
            with self._lock:
                self._left -= 1
                if self._left <= 0:
                    self._made = None


class Inputs:
    """Features of n stars, held once for all that learn from them.

    Parameters
    ----------
    features : polars.DataFrame
        As the view has them.
    frame : polars.DataFrame
        The same as estimators see them, from `Scaling`.
    """

    def __init__(self, features: pl.DataFrame, frame: pl.DataFrame) -> None:
        self.features = features
        self.frame = frame
        self._lock = Lock()
        self._single: Singles | None = None

    def __len__(self) -> int:
        return len(self.frame)

    def some(self, chosen: Integers) -> "Inputs":
        """Return those of some stars."""
        return Inputs(self.features[chosen], self.frame[chosen])

    @property
    def single(self) -> Singles:
        """All of ``frame`` in single precision, NaN where missing."""
        with self._lock:
            if self._single is None:
                made = np.empty(self.frame.shape, dtype=np.float32)
                # Column by column: there is no second copy in double precision.
                with np.errstate(over="ignore"):
                    for i, column in enumerate(self.frame.iter_columns()):
                        made[:, i] = column.to_numpy()
                self._single = made
            return self._single


@dataclass(frozen=True)
class Side:
    """What is learned from without one fold, or with all stars.

    Attributes
    ----------
    rows : ndarray
        Positions of its stars among `Sides.inputs`, rising.
    matrix : SharedMatrix
        Their features.
    """

    rows: Integers
    matrix: SharedMatrix

    def spread_out(
        self, values: Floats | Integers, place: Integers, total: int
    ) -> Singles:
        """Return values of the stars of a target as values of all stars of the side.

        Parameters
        ----------
        values : ndarray of shape (m,)
            One per star of the target that is learned from.
        place : ndarray of shape (m,)
            Positions of these stars among `Sides.inputs`.
        total : int
            How many stars that has.

        Returns
        -------
        ndarray
            Zero where the target has no value.
        """
        all_of_them = np.zeros(total, dtype=np.float32)
        all_of_them[place] = values
        return all_of_them if len(self.rows) == total else all_of_them[self.rows]


class Sides:
    """All sides of a division into folds, for the targets that share it.

    Where trees may divide a feature is the same on all sides: quantiles of all n stars,
    in which no label has a part.

    Parameters
    ----------
    inputs : Inputs
        n stars.
    fold, random_fold : ndarray of shape (n,)
        Fold by sky cell, and at random.
    users : int
        How many fits there will be on each side.
    spread_rows : ndarray
        Positions of the stars from which spreads are learned, rising.
    spread_users : int
        How many fits of spreads there will be.
    """

    def __init__(
        self,
        inputs: Inputs,
        fold: Integers,
        random_fold: Integers,
        users: int,
        spread_rows: Integers,
        spread_users: int,
    ) -> None:
        self.inputs = inputs
        self.fold = fold
        self.random_fold = random_fold
        self._lock = Lock()
        self._cuts: xgboost.QuantileDMatrix | None = None
        self.all_stars = self._side(np.arange(len(inputs)), users)
        self.blocked = self._without_each(fold, users)
        self.random = self._without_each(random_fold, users)
        self.spread = Side(
            spread_rows,
            SharedMatrix(
                lambda: _matrix(inputs, spread_rows, None, SPREAD_BINS), spread_users
            ),
        )

    def _without_each(self, fold: Integers, users: int) -> dict[int, Side]:
        return {
            int(k): self._side(np.flatnonzero(fold != k), users)
            for k in np.unique(fold)
        }

    def _side(self, rows: Integers, users: int) -> Side:
        return Side(rows, SharedMatrix(lambda: self._make(rows), users))

    def _make(self, rows: Integers) -> xgboost.QuantileDMatrix:
        with self._lock:
            if self._cuts is None:
                made = _matrix(self.inputs, np.arange(len(self.inputs)), None, BINS)
                # One row of it keeps the quantiles without the stars.
                self._cuts = _matrix(self.inputs, np.arange(1), made, BINS)
                if len(rows) == len(self.inputs):
                    return made
        return _matrix(self.inputs, rows, self._cuts, BINS)


def _matrix(
    inputs: Inputs, rows: Integers, reference: Any, bins: int
) -> xgboost.QuantileDMatrix:
    values = inputs.single
    return xgboost.QuantileDMatrix(
        values if len(rows) == len(values) else values[rows],
        ref=reference,
        max_bin=bins,
        nthread=1,
        feature_names=inputs.frame.columns,
        feature_types=["float"] * inputs.frame.width,
    )
