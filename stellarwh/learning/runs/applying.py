"""A stored run, applied to some stars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.estimators.baseline import Baseline
from stellarwh.learning.estimators.matrix import Matrix
from stellarwh.learning.estimators.targets import unweighted
from stellarwh.learning.runs.artefacts import SHARED, Artefact, rebuild
from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import Booleans, Floats
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.uncertainty.conformal import (
    LEVELS,
    in_set,
    normal_quantile,
    set_names,
)
from stellarwh.learning.uncertainty.distance import TrainingDistance
from stellarwh.learning.uncertainty.domain import Domain, assess
from stellarwh.learning.uncertainty.groups import Factors, Grouping
from stellarwh.learning.uncertainty.sharpness import Sharpness
from stellarwh.learning.uncertainty.spread import predict_spread

# What parts raise that were altered.
_DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class StoredRun:
    """A stored run, ready to predict.

    Attributes
    ----------
    run_id : str
        The run.
    features : tuple of str
        Its features, in the order in which its estimators know them.
    kinds : dict of str to str
        ``number`` or ``class`` of each target.
    parts : dict
        What training stored, by target and part.
    """

    run_id: str
    features: tuple[str, ...]
    kinds: dict[str, str]
    parts: dict[tuple[str, str], Any]

    @classmethod
    def of(
        cls, run_id: str, features: tuple[str, ...], parts: dict[tuple[str, str], Any]
    ) -> "StoredRun":
        """Return the run of these parts.

        Raises
        ------
        TaskError
            If another version of stellarwh stored them.
        """
        kinds = {
            target: "class" if "classes" in content else "number"
            for (target, part), content in parts.items()
            if part == "calibration"
        }
        needed = {"number": {"grouping", "shared", "own"}, "class": {"sharpness"}}
        known = all(
            needed[k] <= parts[t, "calibration"].keys() for t, k in kinds.items()
        )
        known = known and all(
            (t, "baseline") in parts for t, k in kinds.items() if k == "number"
        )
        if not known or (SHARED, "scaling") not in parts:
            raise TaskError(
                f"Run {run_id} was stored by another version of stellarwh, whose "
                "calibration this one does not read. Train the task again."
            )
        return cls(run_id, features, kinds, parts)

    @classmethod
    def tried(
        cls,
        run_id: str,
        features: tuple[str, ...],
        targets: Sequence[str],
        artefacts: Sequence[Artefact],
    ) -> "StoredRun":
        """Return the run of what is stored, after a trial of all its parts.

        Raises
        ------
        TaskError
            If a part cannot be read, or they do not fit together.
        """
        # Whoever can write the file can write the hashes too.
        try:
            run = cls.of(run_id, features, rebuild(artefacts, len(features)))
            if set(run.kinds) != set(targets):
                raise ValueError
            run.try_out()
        except (*_DAMAGED, pl.exceptions.PolarsError):
            raise TaskError(
                f"What is stored for run {run_id} does not fit together; it is not "
                "used. Train the task again."
            ) from None
        return run

    @property
    def scaling(self) -> Scaling:
        """What turns features into what the estimators see."""
        return Scaling(**self.parts[SHARED, "scaling"])

    @property
    def domain(self) -> Domain:
        """What the training stars stand for."""
        facts = dict(self.parts[SHARED, "domain"])
        distance = TrainingDistance(**facts.pop("distance"))
        support = self.parts.get((SHARED, "support"))
        return Domain(**facts, distance=distance, support=support)

    def apply(
        self, features: pl.DataFrame, wanted: Mapping[str, Booleans]
    ) -> "Predicted":
        """Predict stars, as `apply_run` does."""
        return apply_run(self, features, wanted)

    def try_out(self) -> None:
        """Predict a star without features and one whose features are all zero.

        What does not fit together raises here, before anything is written.
        """
        columns = {plain_name(name): [None, 0.0] for name in self.features}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Float64))
        both = np.ones(2, dtype=np.bool_)
        apply_run(self, frame, dict.fromkeys(self.kinds, both))


@dataclass(frozen=True)
class Predicted:
    """What a run says of n stars.

    Attributes
    ----------
    in_domain : ndarray of shape (n,)
        Whether the training stars stand for the star.
    distance : ndarray of shape (n,)
        Its distance from them.
    columns : dict of str to polars.DataFrame
        Per target, columns of ``ml.predictions`` for the stars that were asked for.
    """

    in_domain: Booleans
    distance: Floats
    columns: dict[str, pl.DataFrame]


def apply_run(
    run: StoredRun, features: pl.DataFrame, wanted: Mapping[str, Booleans]
) -> Predicted:
    """Predict stars.

    Parameters
    ----------
    run : StoredRun
        The run.
    features : polars.DataFrame
        n rows of its features.
    wanted : mapping of str to ndarray of shape (n,)
        Per target, the stars to be predicted.
    """
    inputs = run.scaling.of(features)
    matrix = Matrix(inputs)
    inside, distance = assess(inputs, matrix, run.domain)
    some = np.any(list(wanted.values()), axis=0)
    if not some.any():
        return Predicted(inside, distance, {})
    if not some.all():
        features, inputs = features.filter(some), inputs.filter(some)
        matrix = Matrix(inputs)
    asked = {target: own[some] for target, own in wanted.items() if own.any()}
    values = {
        target: _number(run, target, inputs, matrix)
        for target, kind in run.kinds.items()
        if kind == "number"
    }
    columns = {}
    for target, own in asked.items():
        if run.kinds[target] == "number":
            found = _intervals(run, target, features, matrix, values)
        else:
            found = _classes(run, target, inputs, matrix)
        columns[target] = found if own.all() else found.filter(own)
    return Predicted(inside, distance, columns)


def _number(
    run: StoredRun, target: str, inputs: pl.DataFrame, matrix: Matrix
) -> Floats:
    facts = run.parts[target, "baseline"]
    baseline = Baseline(**facts["baseline"])
    rest = _apply(run.parts[target, "value"], inputs, matrix)
    return np.asarray(baseline.of(inputs) + facts["share"] * baseline.scale * rest)


def _intervals(
    run: StoredRun,
    target: str,
    features: pl.DataFrame,
    matrix: Matrix,
    values: Mapping[str, Floats],
) -> pl.DataFrame:
    value = values[target]
    spread = predict_spread(run.parts[target, "spread"], matrix)
    calibration = run.parts[target, "calibration"]
    codes = Grouping(**calibration["grouping"]).codes(features, values)
    factors = Factors.from_json(calibration)
    columns = {"value": value}
    for level in LEVELS:
        half_width = normal_quantile(level) * factors.of(codes, level) * spread
        columns[f"lower_{level}"] = value - half_width
        columns[f"upper_{level}"] = value + half_width
    return pl.DataFrame(columns)


def _classes(
    run: StoredRun, target: str, inputs: pl.DataFrame, matrix: Any
) -> pl.DataFrame:
    calibration = run.parts[target, "calibration"]
    classes = calibration["classes"]
    probability = _apply(run.parts[target, "value"], inputs, matrix)
    if probability.ndim == 1:  # XGBoost gives the second of two classes only
        probability = np.column_stack([1.0 - probability, probability])
    probability = unweighted(probability, np.array(calibration["weights"]))
    probability = Sharpness(**calibration["sharpness"]).of(probability)
    members = in_set(probability, np.array(calibration["thresholds"]))
    return pl.DataFrame(
        {
            "class": np.array(classes)[probability.argmax(axis=1)],
            "probability": probability.max(axis=1),
            "prediction_set": set_names(members, classes),
        }
    )


def _apply(estimator: Any, inputs: pl.DataFrame, matrix: Matrix) -> Any:
    """Return values or probabilities; XGBoost is stored as a bare Booster.

    ``matrix`` has the inputs as XGBoost reads them faster.
    """
    if hasattr(estimator, "inplace_predict"):
        predicted = matrix.predict(estimator)
    elif hasattr(estimator, "predict_proba"):
        predicted = estimator.predict_proba(inputs)
    else:
        predicted = estimator.predict(inputs)
    return np.asarray(predicted, dtype=np.float64)
