"""A bounded search for better settings of an estimator, the same one every time."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import ParameterGrid, ParameterSampler

from stellarwh.learning.crossfit import fit_and_predict
from stellarwh.learning.folds import blocked_folds
from stellarwh.learning.metrics import class_metrics
from stellarwh.learning.rows import Floats, Integers
from stellarwh.learning.targets import TargetRows
from stellarwh.learning.task import Kind

# Whole sky cells are taken until they hold this many stars: enough to rank settings,
# and of a large task so few that its figures of merit are not touched by the choice.
MOST_STARS = 20_000
_FOLDS = 3
Settings = dict[str, Any]
Make = Callable[[Settings], Any]
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
    "class": {"fit__C": [0.03, 0.1, 0.3, 3.0, 10.0, 30.0]},
}


@dataclass(frozen=True)
class Tuned:
    """What a search tried and what it chose.

    Attributes
    ----------
    target, measure : str
        What was predicted, and the score: the lower, the better.
    stars : int
        How many stars the scores rest on.
    tried : list of tuple
        Settings and score; the first are the defaults, as no settings.
    """

    target: str
    measure: str
    stars: int
    tried: list[tuple[Settings, float]]

    @property
    def chosen(self) -> Settings:
        """The settings of the lowest score, the earliest of equals."""
        return min(self.tried, key=lambda found: found[1])[0]

    def record(self) -> dict[str, Any]:
        """Return all of it, as ``ml.runs`` keeps it."""
        tried = [{"settings": s, "score": score} for s, score in self.tried]
        return {
            "measure": self.measure,
            "folds": f"{_FOLDS} blocked",
            "stars": self.stars,
            "tried": tried,
            "chosen": self.chosen,
        }

    def summary(self) -> str:
        """Return what was tried and chosen in one line."""
        settings = ", ".join(f"{k.removeprefix('fit__')} {v}" for k, v in
                             self.chosen.items()) or "the defaults stay"  # fmt: skip
        best = min(score for _, score in self.tried)
        return (
            f"{self.target}: {len(self.tried) - 1} settings tried on {self.stars:,} "
            f"stars, {self.measure} {self.tried[0][1]:.4g} → {best:.4g}: {settings}"
        )


def tune(
    pool: Executor,
    make: Make,
    estimator: str,
    rows: TargetRows,
    cells: Integers,
    tries: int,
    seed: int,
) -> Tuned:
    """Try the defaults and at most ``tries`` other settings on inner blocked folds.

    Parameters
    ----------
    pool : concurrent.futures.Executor
        Where the fits run.
    make : callable
        Gives an unfitted estimator of the settings.
    estimator : str
        Name of the estimator.
    rows : TargetRows
        The n stars of the target.
    cells : ndarray of shape (n,)
        Sky cell of each.
    tries : int
        How many settings to draw; fewer if there are no more.
    seed : int
        Seed of the draw, of the choice of cells and of the folds.
    """
    inner = _inner_rows(rows, cells, seed)
    space = _RIDGE[rows.target.kind] if estimator == "ridge" else _SPACES[estimator]
    draws = min(tries, len(ParameterGrid(space)))
    drawn: list[Settings] = [
        {}, *ParameterSampler(space, draws, random_state=seed)
    ]  # fmt: skip
    pending = [
        {
            k: pool.submit(
                fit_and_predict, partial(make, settings), inner, inner.fold, k, False
            )
            for k in inner.folds
        }
        for settings in drawn
    ]
    tried = []
    for settings, fits in zip(drawn, pending, strict=True):
        shape = (len(inner.codes), len(inner.classes))
        predicted = np.empty(shape if inner.classes else shape[:1])
        for k, fit in fits.items():
            predicted[inner.fold == k], _ = fit.result()
        tried.append((settings, _score(inner, predicted)))
    measure = "log loss" if inner.classes else "mean absolute error"
    return Tuned(rows.target.name, measure, len(inner.codes), tried)


def _inner_rows(rows: TargetRows, cells: Integers, seed: int) -> TargetRows:
    """Return the stars of some whole cells, divided into folds of their own."""
    unique, cell_of, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    order = np.random.default_rng([seed, 4]).permutation(len(unique))
    enough = int(np.searchsorted(np.cumsum(sizes[order]), MOST_STARS)) + 1
    chosen = order[: max(enough, _FOLDS)]
    inside = np.isin(cell_of, chosen)
    folds = min(_FOLDS, len(chosen))
    return replace(
        rows,
        rows=rows.rows[inside],
        features=rows.features.filter(pl.Series(inside)),
        label=rows.label if rows.classes else rows.label[inside],
        errors=rows.errors[inside],
        codes=rows.codes[inside],
        weights=rows.weights[inside],
        fold=blocked_folds(cells[inside], rows.codes[inside], folds, seed + 1),
        random_fold=rows.random_fold[inside],
    )


def _score(rows: TargetRows, predicted: Floats) -> float:
    if rows.classes:
        return class_metrics(rows.codes, predicted)["log_loss"]
    return float(np.average(np.abs(predicted - rows.label), weights=rows.weights))
