"""The labelled rows of one target, and the folds they fall in."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from stellarwh.learning.folds import blocked_folds, class_codes, random_folds
from stellarwh.learning.rows import Floats, Integers, LabelledRows
from stellarwh.learning.task import Target


@dataclass(frozen=True)
class TargetRows:
    """Stars that have the label of one target; arrays have shape (n,).

    Attributes
    ----------
    rows : ndarray
        Position of each star among the labelled rows of the task.
    features : polars.DataFrame
        Their features.
    label, errors : ndarray
        Number and its own error; empty for classes.
    codes, classes : ndarray, list of str
        Class of each star as a position in the sorted names; empty for numbers.
    fold, random_fold : ndarray
        Fold by sky cell, and fold at random.
    """

    target: Target
    rows: Integers
    features: pl.DataFrame
    label: Floats
    errors: Floats
    codes: Integers
    classes: list[str]
    fold: Integers
    random_fold: Integers

    @property
    def folds(self) -> list[int]:
        """The folds there are."""
        return [int(k) for k in np.unique(self.fold)]


def rows_of_target(
    rows: LabelledRows, target: Target, folds: int, seed: int
) -> TargetRows:
    """Return the rows that have this label, divided into folds.

    Raises
    ------
    TaskError
        If they lie in fewer sky cells than there are folds.
    """
    labels = rows.labels[target.name]
    select = labels.is_not_null().to_numpy()
    labels = labels.drop_nulls()
    n = len(labels)
    codes, classes = np.zeros(n, dtype=np.int64), []
    if target.kind == "class":
        classes = sorted(str(name) for name in labels.unique())
        codes = class_codes(labels, classes)
    return TargetRows(
        target,
        np.flatnonzero(select),
        rows.features.filter(pl.Series(select)),
        np.empty(0) if classes else labels.to_numpy(),
        rows.errors[target.name][select],
        codes,
        classes,
        blocked_folds(rows.cells[select], codes, folds, seed),
        random_folds(codes, folds, seed),
    )
