"""The fitted parts of a run: as they are stored, and as they are applied."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl
import xgboost

from stellarwh.learning.estimators.baseline import Baseline
from stellarwh.learning.estimators.boosted import Boosted
from stellarwh.learning.estimators.corrected import Corrected
from stellarwh.learning.estimators.matrix import Matrix
from stellarwh.learning.evaluation.results import NumberResult, TargetResult
from stellarwh.learning.runs.artefacts import (
    SHARED,
    Artefact,
    estimator_artefact,
    json_artefact,
)
from stellarwh.learning.tasks.rows import Floats
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.tasks.task import Kind
from stellarwh.learning.uncertainty.class_calibration import ClassCalibration
from stellarwh.learning.uncertainty.domain import Domain
from stellarwh.learning.uncertainty.number_calibration import NumberCalibration
from stellarwh.learning.uncertainty.spread import predict_spread


@dataclass(frozen=True)
class Stars:
    """n stars to be predicted.

    Attributes
    ----------
    features, inputs : polars.DataFrame
        Their features as the view has them, and as estimators see them.
    matrix : Matrix
        The latter as XGBoost reads them fastest.
    """

    features: pl.DataFrame
    inputs: pl.DataFrame
    matrix: Matrix

    def as_learned(self, estimator: Any) -> pl.DataFrame | Matrix:
        """Return the features in the form that an estimator takes."""
        return self.matrix if isinstance(estimator, Boosted) else self.inputs


@dataclass(frozen=True)
class NumberParts:
    """What is stored of a numeric target.

    Attributes
    ----------
    corrected : Corrected
        Baseline and estimator.
    spread : xgboost.Booster
        What tells the 1-sigma error of a prediction.
    calibration : NumberCalibration
        What makes intervals of it.
    """

    corrected: Corrected
    spread: Any
    calibration: NumberCalibration

    kind: ClassVar[Kind] = "number"

    def predict(self, stars: Stars) -> Floats:
        """Return the value of each star."""
        learned = stars.as_learned(self.corrected.estimator)
        return self.corrected.add(
            self.corrected.baseline.of(stars.inputs), self.corrected.rest(learned)
        )

    def columns(
        self, stars: Stars, target: str, values: Mapping[str, Floats]
    ) -> pl.DataFrame:
        """Return columns of ``ml.predictions``.

        Parameters
        ----------
        stars : Stars
            n stars.
        target : str
            Name of the target.
        values : mapping of str to ndarray of shape (n,)
            What `predict` returns, of all numeric targets of the run.
        """
        spread = predict_spread(self.spread, stars.matrix)
        return self.calibration.apply(values[target], spread, stars.features, values)

    def artefacts(self, target: str) -> list[Artefact]:
        """Return the parts as they are stored."""
        baseline = {
            "baseline": self.corrected.baseline.as_json(),
            "share": self.corrected.share,
        }
        return [
            json_artefact(target, "baseline", baseline),
            estimator_artefact(target, "value", self.corrected.estimator),
            estimator_artefact(target, "spread", self.spread),
            json_artefact(target, "calibration", self.calibration.as_json()),
        ]

    @classmethod
    def rebuilt(cls, parts: Mapping[str, Any]) -> Self:
        """Return the target of its parts, by name."""
        facts = parts["baseline"]
        return cls(
            Corrected(
                Baseline(**facts["baseline"]),
                _estimator(parts["value"]),
                facts["share"],
            ),
            parts["spread"],
            NumberCalibration.from_json(parts["calibration"]),
        )

    @staticmethod
    def knows(parts: Mapping[str, Any]) -> bool:
        """Return whether parts are of a version that `rebuilt` reads."""
        needed = {"grouping", "error_factor", "shared", "own"}
        return "baseline" in parts and needed <= parts["calibration"].keys()


@dataclass(frozen=True)
class ClassParts:
    """What is stored of a class target.

    Attributes
    ----------
    estimator : object
        What states probabilities.
    calibration : ClassCalibration
        What makes probabilities and prediction sets of them.
    """

    estimator: Any
    calibration: ClassCalibration

    kind: ClassVar[Kind] = "class"

    def columns(self, stars: Stars) -> pl.DataFrame:
        """Return columns of ``ml.predictions``."""
        is_boosted = isinstance(self.estimator, Boosted)
        state = self.estimator.predict if is_boosted else self.estimator.predict_proba
        stated = state(stars.as_learned(self.estimator))
        return self.calibration.apply(np.asarray(stated, dtype=np.float64))

    def artefacts(self, target: str) -> list[Artefact]:
        """Return the parts as they are stored."""
        return [
            estimator_artefact(target, "value", self.estimator),
            json_artefact(target, "calibration", self.calibration.as_json()),
        ]

    @classmethod
    def rebuilt(cls, parts: Mapping[str, Any]) -> Self:
        """Return the target of its parts, by name."""
        return cls(
            _estimator(parts["value"]),
            ClassCalibration.from_json(parts["calibration"]),
        )

    @staticmethod
    def knows(parts: Mapping[str, Any]) -> bool:
        """Return whether parts are of a version that `rebuilt` reads."""
        return "sharpness" in parts["calibration"]


TargetParts = NumberParts | ClassParts


def kind_of(parts: Mapping[str, Any]) -> type[NumberParts] | type[ClassParts]:
    """Return what the parts of a target are of."""
    return ClassParts if "classes" in parts["calibration"] else NumberParts


def parts_of(result: TargetResult) -> list[Artefact]:
    """Return what is stored of a target that was fitted."""
    parts = (
        NumberParts(result.corrected, result.spread, result.calibration)
        if isinstance(result, NumberResult)
        else ClassParts(result.estimator, result.calibration)
    )
    return parts.artefacts(result.rows.target.name)


def shared_artefacts(scaling: Scaling, domain: Domain) -> list[Artefact]:
    """Return what belongs to all targets of a run, as it is stored."""
    found = [
        json_artefact(SHARED, "scaling", scaling.as_json()),
        json_artefact(SHARED, "domain", domain.as_json()),
    ]
    if domain.support is not None:
        found.append(estimator_artefact(SHARED, "support", domain.support))
    return found


def _estimator(rebuilt: Any) -> Any:
    """Return a stored estimator as it was fitted; XGBoost's are stored as Boosters."""
    return Boosted(rebuilt) if isinstance(rebuilt, xgboost.Booster) else rebuilt
