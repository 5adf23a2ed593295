"""A bounded search for better settings of an estimator, the same one every time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from stellarwh.learning.crossfit.classes import hold_out_classes
from stellarwh.learning.crossfit.fits import Fits
from stellarwh.learning.crossfit.numbers import hold_out_numbers
from stellarwh.learning.estimators.registry import Unfitted
from stellarwh.learning.estimators.sides import Sides
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.metrics import class_metrics
from stellarwh.learning.tasks.rows import Booleans, Floats
from stellarwh.learning.tasks.task import Kind

# Whole sky cells are taken until they hold this many stars: enough to rank settings.
MOST_STARS = 20_000
Settings = dict[str, Any]
_BOOSTING: Settings = {"learning_rate": [0.05, 0.08, 0.1, 0.15]}
_SPACES: dict[str, Settings] = {
    "xgboost": _BOOSTING
    | {
        "n_estimators": [80, 120, 200, 300],
        "max_depth": [3, 4, 5, 6, 8],
        "min_child_weight": [2, 5, 10, 20],
        "subsample": [0.6, 0.8, 1.0],
        "colsample_bytree": [0.5, 0.8, 1.0],
        "reg_lambda": [0.5, 1.0, 3.0, 10.0],
    },
    "random-forest": {
        "min_samples_leaf": [2, 5, 10, 20],
        "max_depth": [10, 14, 20],
        "max_features": [0.3, 0.5, 0.8],
    },
    "histogram-boosting": _BOOSTING
    | {
        "max_iter": [80, 120, 200, 300],
        "max_leaf_nodes": [8, 16, 24, 48],
        "min_samples_leaf": [5, 10, 20, 40],
        "l2_regularization": [0.0, 1.0, 10.0],
    },
}
_RIDGE: dict[Kind, Settings] = {
    "number": {"fit__alpha": [0.1, 0.3, 1.0, 10.0, 30.0, 100.0, 300.0]},
    "class": {"fit__C": [0.001, 0.003, 0.01, 0.1, 0.3]},
}


@dataclass(frozen=True)
class Tuned:
    """What a search tried and what it chose.

    Attributes
    ----------
    target, measure : str
        What was predicted, and the loss: the lower, the better.
    stars : int
        How many stars the losses rest on.
    settings : list of dict
        The S settings tried; the first are the defaults, as no settings.
    losses : ndarray of shape (S, folds)
        Mean loss of each settings on the stars of each held-out fold.
    weights : ndarray of shape (folds,)
        Weight of each fold in a mean over folds.
    """

    target: str
    measure: str
    stars: int
    settings: list[Settings]
    losses: Floats
    weights: Floats

    def scores(self, without: int | None = None) -> Floats:
        """Return the mean loss of each settings, of all folds or all but one."""
        weights = self.weights.copy()
        if without is not None:
            weights[without] = 0.0
        return np.asarray(self.losses @ weights / weights.sum())

    def chosen(self, without: int | None = None) -> Settings:
        """Return the settings of the lowest score, the earliest of equals.

        What a fold shows of the settings must not have chosen them: its stars are
        predicted with those that were the best on all other folds.
        """
        return self.settings[int(np.argmin(self.scores(without)))]

    def by_fold(self) -> dict[int | None, Settings]:
        """Return the settings of the fit without each fold, and of all stars."""
        folds = range(len(self.weights))
        return {None: self.chosen(), **{k: self.chosen(k) for k in folds}}

    def record(self) -> dict[str, Any]:
        """Return all of it, as ``ml.runs`` keeps it."""
        scores = self.scores().tolist()
        pairs = zip(self.settings, scores, strict=True)
        return {
            "measure": self.measure,
            "folds": f"the run's {len(self.weights)} blocked ones",
            "stars": self.stars,
            "tried": [{"settings": s, "score": score} for s, score in pairs],
            "chosen": self.chosen(),
            "chosen_for_fold": [self.chosen(k) for k in range(len(self.weights))],
        }

    def summary(self) -> str:
        """Return what was tried and chosen in one line."""
        settings = ", ".join(f"{k.removeprefix('fit__')} {v}" for k, v in
                             self.chosen().items()) or "the defaults stay"  # fmt: skip
        scores = self.scores()
        return (
            f"{self.target}: {len(scores) - 1} settings tried on {self.stars:,} "
            f"stars, {self.measure} {scores[0]:.4g} → {scores.min():.4g}: {settings}"
        )


def tune(
    fits: Fits, unfitted: Unfitted, rows: TargetRows, tries: int, seed: int
) -> Tuned:
    """Try the defaults and at most ``tries`` other settings on the run's blocked folds.

    Parameters
    ----------
    fits : Fits
        Where they run.
    unfitted : Unfitted
        What is fitted, with any settings.
    rows : TargetRows
        The stars of the target.
    tries : int
        How many settings to draw; fewer if there are no more.
    seed : int
        Seed of the draw and of the choice of cells.
    """
    draws = count_tries(unfitted.name, unfitted.kind, tries)
    inner = _some_cells(rows, seed, 1 + draws)
    space = _space(unfitted.name, unfitted.kind)
    drawn: list[Settings] = [
        {}, *ParameterSampler(space, draws, random_state=seed)
    ]  # fmt: skip
    pending = [
        {
            k: fits.submit(
                rows.target.name, f"settings {i + 1} of {len(drawn)}, fold {k + 1}",
                _predict_fold, unfitted.set_to(settings), inner, k,
            )
            for k in inner.folds
        }
        for i, settings in enumerate(drawn)
    ]  # fmt: skip
    losses = [
        [_loss(inner, inner.fold == k, fit.result()) for k, fit in own.items()]
        for own in pending
    ]
    weights = np.bincount(inner.fold, weights=None if inner.classes else inner.weights)
    measure = "log loss" if inner.classes else "mean absolute error"
    return Tuned(
        rows.target.name, measure, len(inner.codes), drawn, np.array(losses),
        weights.astype(np.float64),
    )  # fmt: skip


def count_tries(estimator: str, kind: Kind, tries: int) -> int:
    """Return how many settings are drawn at most: no more than there are."""
    return min(tries, len(ParameterGrid(_space(estimator, kind))))


def _space(estimator: str, kind: Kind) -> Settings:
    return _RIDGE[kind] if estimator == "ridge" else _SPACES[estimator]


def _predict_fold(unfitted: Any, rows: TargetRows, k: int) -> Floats:
    """Return what a fold gets of all others, on a linear baseline if there is one."""
    side, fold = rows.sides.blocked[k], rows.fold
    if rows.classes:
        held = hold_out_classes(unfitted, rows, side, fold, k, importances=False)
        return held.probability
    degree = min(rows.plan.degrees[-1], 1)
    return hold_out_numbers(
        unfitted, rows, side, fold, k, degree, keeps_fit=False
    ).value


def _some_cells(rows: TargetRows, seed: int, users: int) -> TargetRows:
    """Return the stars of some whole cells, as many of each fold, in their folds.

    All settings learn from the same matrix of a fold, of so many users.
    """
    unique, first, cell_of, sizes = np.unique(
        rows.cells, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.random.default_rng([seed, 4]).permutation(len(unique))
    chosen = []
    for k in rows.folds:
        own = order[rows.fold[first[order]] == k]
        wanted = MOST_STARS / len(rows.folds)
        chosen.append(own[: int(np.searchsorted(np.cumsum(sizes[own]), wanted)) + 1])
    inside = np.isin(cell_of, np.concatenate(chosen))
    none = np.arange(0)
    sides = Sides(
        rows.sides.inputs.some(rows.place[inside]),
        rows.fold[inside], rows.random_fold[inside], users, none, 0,
    )  # fmt: skip
    return replace(
        rows,
        rows=rows.rows[inside],
        sides=sides,
        place=np.arange(len(sides.inputs)),
        label=rows.label if rows.classes else rows.label[inside],
        errors=rows.errors[inside],
        codes=rows.codes[inside],
        cells=rows.cells[inside],
        weights=rows.weights[inside],
        fold=rows.fold[inside],
        random_fold=rows.random_fold[inside],
    )


def _loss(rows: TargetRows, held_out: Booleans, predicted: Floats) -> float:
    if rows.classes:
        return class_metrics(rows.codes[held_out], predicted)["log_loss"]
    difference = np.abs(predicted - rows.label[held_out])
    return float(np.average(difference, weights=rows.weights[held_out]))
