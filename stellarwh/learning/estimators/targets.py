"""The labelled rows of one target, and the folds they fall in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.estimators.baseline import Plan
from stellarwh.learning.estimators.boosted import Boosted
from stellarwh.learning.estimators.sides import SPREAD_ROWS, Inputs, Sides
from stellarwh.learning.tasks.folds import blocked_folds, class_codes, random_folds
from stellarwh.learning.tasks.held_out import folds_of
from stellarwh.learning.tasks.rows import Floats, Integers, LabelledRows
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.tasks.task import Kind, Target

# Random folds only show how much blocked ones cost; this many stars show it.
MOST_AT_RANDOM = 10_000
# Targets of which so many of the rows have the label share the matrices of their fits;
# rows without it weigh nothing there, and cost as much as others.
_SHARES = 0.8
# A rare class counts at most this many times as much as it would by its number.
_MOST_WEIGHT = 10.0


@dataclass(frozen=True)
class TargetRows:
    """Stars that have the label of one target; arrays have shape (n,).

    Attributes
    ----------
    rows : ndarray
        Position of each star among the labelled rows of the task.
    sides : Sides
        What fits without a fold learn from.
    place : ndarray
        Position of each star among ``sides.inputs``.
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
    sides: Sides
    place: Integers
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
    def features(self) -> pl.DataFrame:
        """Features of the stars, as the view has them; a copy, or all there are."""
        features = self.sides.inputs.features
        return features if len(self.place) == len(features) else features[self.place]

    def inputs(self, chosen: Any, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return features of some of these stars, as estimators see them.

        Parameters
        ----------
        chosen : slice or ndarray
            Positions among these stars, or which of them.
        columns : sequence of str, optional
            Features; all if none are named.
        """
        frame = self.sides.inputs.frame
        if columns is not None:
            # Without a column there would be no rows either.
            frame = frame.select(columns or frame.columns[:1])
        found: pl.DataFrame = frame[self.place[chosen]]
        return found

    def as_learned(self, fitted: Any, chosen: Integers) -> Any:
        """Return features of some stars in the form in which a fit had them."""
        if isinstance(fitted, Boosted):
            return self.sides.inputs.single[self.place[chosen]]
        return self.inputs(chosen)

    @property
    def folds(self) -> list[int]:
        """The folds there are."""
        return folds_of(self.fold)

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


def rows_of_targets(
    rows: LabelledRows,
    targets: Sequence[Target],
    folds: int,
    seed: int,
    scaling: Scaling,
    planned: Mapping[str, Plan],
) -> list[TargetRows]:
    """Return the rows that have each label, divided into folds.

    Targets whose labels most rows have share one division, and so the matrices of their
    fits; any other has one of its own.

    Raises
    ------
    TaskError
        If those of a target lie in fewer sky cells than there are folds.
    """
    known = {t.name: _Labels.read(rows, t) for t in targets}
    inputs = Inputs(rows.features, scaling.of(rows.features))
    sharing = [t for t in targets if len(known[t.name].rows) >= _SHARES * len(rows)]
    shared = None
    if sharing:
        strata = np.full((len(rows), len(sharing)), -1)
        for i, target in enumerate(sharing):
            own = known[target.name]
            strata[own.rows, i] = own.strata
        kinds = [target.kind for target in sharing]
        shared = make_sides(inputs, rows.cells, strata, kinds, folds, seed)
    found = []
    for target in targets:
        own = known[target.name]
        sides, place = shared, own.rows
        if sides is None or target not in sharing:
            cells, strata = rows.cells[own.rows], own.strata[:, None]
            some = inputs.some(own.rows)
            sides = make_sides(some, cells, strata, [target.kind], folds, seed)
            place = np.arange(len(own.rows))
        plan = planned.get(target.name, Plan())
        found.append(own.as_rows(target, sides, place, rows.cells, plan))
    return found


def make_sides(
    inputs: Inputs,
    cells: Integers,
    strata: Integers,
    kinds: Sequence[Kind],
    folds: int,
    seed: int,
) -> Sides:
    """Divide stars into folds for some targets.

    Parameters
    ----------
    inputs : Inputs
        n stars.
    cells : ndarray of shape (n,)
        Sky cell of each.
    strata : ndarray of shape (n, n_targets)
        Class of each star, or fifth of its label; -1 without one.
    kinds : sequence of str
        ``number`` or ``class``, by target.
    folds, seed : int
        As for `blocked_folds`.
    """
    numbers = kinds.count("number")
    # Of each fold, as many stars as a fit of the spread learns from at most.
    most = SPREAD_ROWS * folds // (folds - 1)
    chosen = np.arange(len(inputs))
    if len(inputs) > most:
        chosen = np.random.default_rng([seed, 3]).permutation(len(inputs))[:most]
    return Sides(
        inputs,
        blocked_folds(cells, strata, folds, seed),
        random_folds(strata, folds, seed),
        len(kinds),
        np.sort(chosen),
        numbers * (1 + folds),
    )


@dataclass(frozen=True)
class _Labels:
    """What the rows of a task say of one target."""

    rows: Integers
    numbers: Floats
    errors: Floats
    codes: Integers
    classes: list[str]
    strata: Integers

    @classmethod
    def read(cls, rows: LabelledRows, target: Target) -> "_Labels":
        labels = rows.labels[target.name]
        place = np.flatnonzero(labels.is_not_null().to_numpy())
        labels = labels.drop_nulls()
        codes, classes = np.zeros(len(labels), dtype=np.int64), []
        if target.kind == "class":
            classes = sorted(str(name) for name in labels.unique())
            codes = class_codes(labels, classes)
            none = np.zeros(len(labels))
            return cls(place, np.empty(0), none, codes, classes, codes)
        numbers, errors = labels.to_numpy(), rows.errors[target.name][place]
        return cls(place, numbers, errors, codes, classes, fifths(numbers))

    def as_rows(
        self, target: Target, sides: Sides, place: Integers, cells: Integers, plan: Plan
    ) -> TargetRows:
        weights = (
            class_weights(self.codes, len(self.classes))[self.codes]
            if self.classes
            else error_weights(self.errors)
        )
        return TargetRows(
            target, self.rows, sides, place, self.numbers, self.errors, self.codes,
            self.classes, cells[self.rows], sides.fold[place],
            sides.random_fold[place], weights, plan,
        )  # fmt: skip


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
