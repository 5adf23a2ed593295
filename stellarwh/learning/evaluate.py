"""What held-out stars got: as rows of ``ml.out_of_fold`` and figures of merit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.artefacts import Artefact, estimator_artefact, json_artefact
from stellarwh.learning.conformal import LEVELS, set_names
from stellarwh.learning.crossfit import ClassFit, NumberFit
from stellarwh.learning.metrics import (
    Metric,
    class_metrics,
    interval_metrics,
    number_metrics,
    per_class_metrics,
    strata_of,
)
from stellarwh.learning.rows import Booleans, Floats, Integers


@dataclass(frozen=True)
class NumberResult:
    """A fitted numeric target; arrays have one value per star that has the label."""

    target: str
    select: Booleans
    fold: Integers
    random_fold: Integers
    fit: NumberFit
    label: Floats
    errors: Floats

    def metrics(self, memberships: Mapping[str, Booleans]) -> list[Metric]:
        """Return figures of merit, overall and in each stratum."""
        found = []
        fit = self.fit
        for stratum, inside in strata_of(memberships, len(self.label)).items():
            n = int(inside.sum())
            label = self.label[inside]
            blocked = number_metrics(label, fit.value[inside], "blocked")
            blocked |= interval_metrics(
                {level: fit.half_widths[level][inside] for level in LEVELS},
                {level: fit.covered[level][inside] for level in LEVELS},
            )
            random = number_metrics(label, fit.random_value[inside], "random")
            for folds, values in (("blocked", blocked), ("random", random)):
                found += [Metric(k, folds, stratum, n, v) for k, v in values.items()]
        return found

    def out_of_fold(self, stars: Integers) -> pl.DataFrame:
        """Return rows of ``ml.out_of_fold`` without the run."""
        columns: dict[str, Any] = {
            "star_id": stars[self.select],
            "fold": self.fold,
            "label": self.label,
            "label_err": self.errors,
            "value": self.fit.value,
        }
        for level in LEVELS:
            columns[f"lower_{level}"] = self.fit.value - self.fit.half_widths[level]
            columns[f"upper_{level}"] = self.fit.value + self.fit.half_widths[level]
            columns[f"covered_{level}"] = self.fit.covered[level]
        return pl.DataFrame(columns)

    def artefacts(self) -> list[Artefact]:
        """Return what `predict` needs, as bytes."""
        factors = {str(level): factor for level, factor in self.fit.factors.items()}
        return [
            estimator_artefact(self.target, "value", self.fit.estimator),
            estimator_artefact(self.target, "spread", self.fit.spread),
            json_artefact(self.target, "calibration", {"factors": factors}),
        ]

    def summary(self) -> str:
        """Return the headline figures in one phrase."""
        mae = float(np.mean(np.abs(self.fit.value - self.label)))
        covered = 100 * float(np.mean(self.fit.covered[90]))
        digits = 0 if mae >= 10 else 3
        return (
            f"{self.target} mean absolute error {mae:.{digits}f}, "
            f"90 % interval holds {covered:.1f} %"
        )


@dataclass(frozen=True)
class ClassResult:
    """A fitted class target; arrays have one value per star that has the label."""

    target: str
    select: Booleans
    fold: Integers
    random_fold: Integers
    fit: ClassFit
    codes: Integers
    classes: list[str]

    def metrics(self, memberships: Mapping[str, Booleans]) -> list[Metric]:
        """Return figures of merit, overall, in each stratum and for each class."""
        fit, codes = self.fit, self.codes
        found = per_class_metrics(codes, fit.probability, fit.members, self.classes)
        held = fit.members[np.arange(len(codes)), codes]
        for stratum, inside in strata_of(memberships, len(codes)).items():
            n = int(inside.sum())
            blocked = class_metrics(codes[inside], fit.probability[inside])
            blocked["coverage_90"] = float(np.mean(held[inside]))
            blocked["set_size"] = float(np.mean(fit.members[inside].sum(axis=1)))
            random = class_metrics(codes[inside], fit.random_probability[inside])
            for folds, values in (("blocked", blocked), ("random", random)):
                found += [Metric(k, folds, stratum, n, v) for k, v in values.items()]
        return found

    def out_of_fold(self, stars: Integers) -> pl.DataFrame:
        """Return rows of ``ml.out_of_fold`` without the run."""
        codes, probability = self.codes, self.fit.probability
        predicted = probability.argmax(axis=1)
        names = np.array(self.classes)
        return pl.DataFrame(
            {
                "star_id": stars[self.select],
                "fold": self.fold,
                "covered_90": self.fit.members[np.arange(len(codes)), codes],
                "label_class": names[codes],
                "class": names[predicted],
                "probability": probability.max(axis=1),
                "prediction_set": set_names(self.fit.members, self.classes),
            }
        )

    def artefacts(self) -> list[Artefact]:
        """Return what `predict` needs, as bytes."""
        calibration = {
            "classes": self.classes,
            "thresholds": self.fit.thresholds.tolist(),
        }
        return [
            estimator_artefact(self.target, "value", self.fit.estimator),
            json_artefact(self.target, "calibration", calibration),
        ]

    def summary(self) -> str:
        """Return the headline figures in one phrase."""
        found = class_metrics(self.codes, self.fit.probability)
        return (
            f"{self.target} accuracy {100 * found['accuracy']:.1f} %, "
            f"balanced {100 * found['balanced_accuracy']:.1f} %"
        )


TargetResult = NumberResult | ClassResult
