"""What turns what an estimator states of classes into probabilities, and into sets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from stellarwh.learning.estimators.boosted import per_class
from stellarwh.learning.estimators.targets import unweighted
from stellarwh.learning.tasks.held_out import held_out
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.uncertainty.conformal import (
    class_thresholds,
    in_set,
    set_names,
)
from stellarwh.learning.uncertainty.sharpness import Sharpness, fit_sharpness


@dataclass(frozen=True)
class ClassCalibration:
    """What a run knows of the probabilities of classes.

    Attributes
    ----------
    classes : list of str
        Names, in the order in which the estimator knows them.
    weights : list of float
        What a star of each class counted in the fit.
    sharpness : Sharpness
        What calibrates the probabilities.
    thresholds : list of float
        Largest 1 - p at which each class enters a prediction set.
    """

    classes: list[str]
    weights: list[float]
    sharpness: Sharpness
    thresholds: list[float]

    def apply(self, stated: Floats) -> pl.DataFrame:
        """Return columns of ``ml.predictions``: class, its probability, and the set.

        Parameters
        ----------
        stated : ndarray of shape (n, n_classes) or (n,)
            Probabilities as the estimator states them; of two classes XGBoost states
            that of the second alone.
        """
        freed = unweighted(per_class(stated), np.array(self.weights))
        probability = self.sharpness.of(freed)
        members = in_set(probability, np.array(self.thresholds))
        return pl.DataFrame(class_columns(probability, members, self.classes))

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return asdict(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        """Return what `as_json` wrote."""
        return cls(**{**facts, "sharpness": Sharpness(**facts["sharpness"])})


def class_columns(
    probability: Floats, members: Booleans, classes: Sequence[str]
) -> dict[str, Any]:
    """Return columns ``class``, ``probability`` and ``prediction_set`` by name.

    Parameters
    ----------
    probability : ndarray of shape (n, n_classes)
        Calibrated.
    members : ndarray of shape (n, n_classes)
        From `in_set`.
    classes : sequence of str
        Their names.
    """
    return {
        "class": np.array(classes)[probability.argmax(axis=1)],
        "probability": probability.max(axis=1),
        "prediction_set": set_names(members, classes),
    }


def calibrate_classes(
    freed: Floats,
    codes: Integers,
    fold: Integers,
    classes: Sequence[str],
    weights: Floats,
) -> tuple[ClassCalibration, Floats, Booleans]:
    """Return the calibration that all stars show, and what each gets without its fold.

    Parameters
    ----------
    freed : ndarray of shape (n, n_classes)
        Held-out probabilities as the estimators state them, freed of class weights.
    codes, fold : ndarray of shape (n,)
        True class of each star, and its blocked fold.
    classes : sequence of str
        Their names.
    weights : ndarray of shape (n_classes,)
        From `class_weights`.

    Returns
    -------
    calibration : ClassCalibration
        Of all stars.
    probability, members : ndarray of shape (n, n_classes)
        Calibrated probabilities and the classes in the prediction set.
    """
    sharpness = fit_sharpness(freed, codes)
    probability = sharpen_by_fold(freed, codes, fold)
    members = sets_by_fold(probability, codes, fold)
    thresholds = class_thresholds(probability, codes).tolist()
    calibration = ClassCalibration(
        list(classes), weights.tolist(), sharpness, thresholds
    )
    return calibration, probability, members


def sharpen_by_fold(freed: Floats, codes: Integers, fold: Integers) -> Floats:
    """Return probabilities as all other folds correct them, of shape (n, n_classes)."""

    def fit(others: Booleans) -> Sharpness:
        return fit_sharpness(freed[others], codes[others])

    def apply(sharpness: Sharpness, inside: Booleans) -> Floats:
        return sharpness.of(freed[inside])

    probability: Floats = held_out(fold, fit, apply)
    return probability


def sets_by_fold(probability: Floats, codes: Integers, fold: Integers) -> Booleans:
    """Return prediction sets by the thresholds of all other folds."""

    def fit(others: Booleans) -> Floats:
        return class_thresholds(probability[others], codes[others])

    def apply(thresholds: Floats, inside: Booleans) -> Booleans:
        return in_set(probability[inside], thresholds)

    members: Booleans = held_out(fold, fit, apply)
    return members
