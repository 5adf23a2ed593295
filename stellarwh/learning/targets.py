"""The labelled rows of one target, and the folds they fall in."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from stellarwh.learning.baseline import Plan
from stellarwh.learning.folds import blocked_folds, class_codes, random_folds
from stellarwh.learning.rows import Floats, Integers, LabelledRows
from stellarwh.learning.scaling import Scaling
from stellarwh.learning.task import Target

# Random folds only show how much blocked ones cost; this many stars show it.
MOST_AT_RANDOM = 10_000
# A rare class counts at most this many times as much as it would by its number.
_MOST_WEIGHT = 10.0


@dataclass(frozen=True)
class TargetRows:
    """Stars that have the label of one target; arrays have shape (n,).

    Attributes
    ----------
    rows : ndarray
        Position of each star among the labelled rows of the task.
    features : polars.DataFrame
        Their features.
    inputs : polars.DataFrame
        The same as estimators see them, from `Scaling`.
    label, errors : ndarray
        Number and its own error; empty for classes.
    codes, classes : ndarray, list of str
        Class of each star as a position in the sorted names; empty for numbers.
    cells : ndarray
        Sky cell of each star.
    fold, random_fold : ndarray
        Fold by sky cell, and fold at random.
    weights : ndarray
        What each star counts in a fit; one on average.
    plan : Plan
        What the baseline of a number may rest on.
    """

    target: Target
    rows: Integers
    features: pl.DataFrame
    inputs: pl.DataFrame
    label: Floats
    errors: Floats
    codes: Integers
    classes: list[str]
    cells: Integers
    fold: Integers
    random_fold: Integers
    weights: Floats
    plan: Plan = field(default_factory=Plan)

    @property
    def folds(self) -> list[int]:
        """The folds there are."""
        return [int(k) for k in np.unique(self.fold)]

    @property
    def class_weights(self) -> Floats:
        """What a star of each class counts in a fit."""
        return class_weights(self.codes, len(self.classes))

    def among_all(self, values: Floats, n_rows: int) -> Floats:
        """Return values of these stars at their places among the task's labelled rows.

        Parameters
        ----------
        values : ndarray of shape (n,)
            One per star.
        n_rows : int
            How many labelled rows the task has.

        Returns
        -------
        ndarray of shape (n_rows,)
            NaN where a row has no label of this target.
        """
        found = np.full(n_rows, np.nan)
        found[self.rows] = values
        return found

    @property
    def random_folds(self) -> list[int]:
        """The random folds to fit: as many as hold `MOST_AT_RANDOM` stars."""
        sizes = np.bincount(self.random_fold)
        enough = int(np.searchsorted(np.cumsum(sizes), MOST_AT_RANDOM)) + 1
        return list(range(min(enough, len(sizes))))


def rows_of_target(
    rows: LabelledRows,
    target: Target,
    folds: int,
    seed: int,
    scaling: Scaling,
    plan: Plan,
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
    errors = rows.errors[target.name][select] if not classes else np.zeros(n)
    strata = codes if classes else fifths(labels.to_numpy())
    features = rows.features.filter(pl.Series(select))
    return TargetRows(
        target,
        np.flatnonzero(select),
        features,
        scaling.of(features),
        np.empty(0) if classes else labels.to_numpy(),
        errors,
        codes,
        classes,
        rows.cells[select],
        blocked_folds(rows.cells[select], strata, folds, seed),
        random_folds(strata, folds, seed),
        class_weights(codes, len(classes))[codes] if classes else error_weights(errors),
        plan,
    )


def fifths(label: Floats) -> Integers:
    """Return in which fifth of the labels each one lies, from 0."""
    edges = np.quantile(label, [0.2, 0.4, 0.6, 0.8])
    return np.asarray(np.searchsorted(edges, label, side="right"))


def error_weights(errors: Floats) -> Floats:
    """Return weights that fall with the label's own error, one on average.

    1 / (1 + (error / median error)²): twice the usual error, two fifths of the usual
    weight; no label counts more than twice as much as a usual one, as a prediction
    errs even where the label does not.
    """
    typical = float(np.median(errors))
    if typical == 0:
        return np.ones(len(errors))
    weights = 1.0 / (1.0 + (errors / typical) ** 2)
    return np.asarray(weights / weights.mean())


def class_weights(codes: Integers, classes: int) -> Floats:
    """Return the weight of each of so many classes, one on average over the stars.

    The inverse square root of the class's share, so that a class of one star in a
    hundred counts as one in ten. Probabilities are freed of it by `unweighted`.
    """
    counts = np.bincount(codes, minlength=classes)
    weights = np.sqrt(counts.max() / np.maximum(counts, 1))
    weights = np.minimum(weights, _MOST_WEIGHT)
    return np.asarray(weights / np.mean(weights[codes]))


def unweighted(probability: Floats, weights: Floats) -> Floats:
    """Return the probabilities as they were without the weights of the classes.

    Parameters
    ----------
    probability : ndarray of shape (n, n_classes)
        From an estimator fitted with the weights.
    weights : ndarray of shape (n_classes,)
        From `class_weights`.
    """
    shares = probability / weights
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
