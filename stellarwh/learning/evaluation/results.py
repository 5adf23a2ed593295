"""What held-out stars got: as rows of ``ml.out_of_fold`` and figures of merit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.estimators.corrected import Corrected
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.correlation import correlation_metrics
from stellarwh.learning.evaluation.metrics import (
    Metric,
    as_it_is,
    class_metrics,
    interval_metrics,
    mean_error,
    number_metrics,
    per_class_metrics,
    strata_of,
)
from stellarwh.learning.tasks.names import shown_name
from stellarwh.learning.tasks.rows import Booleans, Floats, Integers
from stellarwh.learning.tasks.stratum import Stratum
from stellarwh.learning.uncertainty.class_calibration import (
    ClassCalibration,
    class_columns,
)
from stellarwh.learning.uncertainty.conformal import LEVELS
from stellarwh.learning.uncertainty.label_errors import ErrorFactor
from stellarwh.learning.uncertainty.number_calibration import (
    HeldOutIntervals,
    NumberCalibration,
    interval_columns,
)


@dataclass(frozen=True)
class NumberResult:
    """A numeric target, fitted: final estimators and what held-out stars got.

    Attributes
    ----------
    rows : TargetRows
        The n stars it was trained on.
    parameters : dict
        Those of the estimator.
    corrected : Corrected
        Baseline and estimator, fitted on all of them.
    spread : object
        Fitted on all of them.
    calibration : NumberCalibration
        What makes intervals of both, as all of them show it.
    value, random_value : ndarray of shape (n,)
        Predicted without the star's fold by sky cell, or at random; NaN in random
        folds that were not needed.
    intervals : HeldOutIntervals
        Those around ``value``.
    error_factor : ErrorFactor
        How far the stated errors of labels are believed.
    importance : ndarray of shape (n_features,) or None
        Share of each feature.
    compared : dict of str to ndarray of shape (n,)
        What to compare with: ``copy``, the feature that is the same quantity, and
        ``linear``, a robust linear model held out alike; NaN where there is none.
    """

    rows: TargetRows
    parameters: dict[str, Any]
    corrected: Corrected
    spread: Any
    calibration: NumberCalibration
    value: Floats
    intervals: HeldOutIntervals
    error_factor: ErrorFactor
    random_value: Floats
    importance: Floats | None
    compared: dict[str, Floats]

    def metrics(self, memberships: Mapping[Stratum, Booleans]) -> list[Metric]:
        """Return figures of merit, overall and in each stratum."""
        found = correlation_metrics(self.rows.label - self.value, self.rows.cells)
        for stratum, inside in strata_of(memberships, len(self.rows.label)).items():
            n = int(inside.sum())
            label = self.rows.label[inside]
            blocked = number_metrics(label, self.value[inside])
            half_widths, covered = self.intervals.half_widths, self.intervals.covered
            blocked |= interval_metrics(
                {level: half_widths[level][inside] for level in LEVELS},
                {level: covered[level][inside] for level in LEVELS},
                np.abs(label - self.value[inside]),
            )
            believed = self.error_factor.used * self.rows.errors
            own = float(np.median(believed[inside]))
            blocked["sigma_corrected"] = max(blocked["sigma"] ** 2 - own**2, 0.0) ** 0.5
            found += [Metric(k, "blocked", stratum, n, v) for k, v in blocked.items()]
            found += self._comparisons(stratum, inside)
            at_random = inside & np.isfinite(self.random_value)
            if n := int(at_random.sum()):
                random = number_metrics(
                    self.rows.label[at_random], self.random_value[at_random]
                )
                found += [Metric(k, "random", stratum, n, v) for k, v in random.items()]
        return found

    def _comparisons(self, stratum: Stratum, inside: Booleans) -> list[Metric]:
        """Return how far off doing nothing and a linear model are."""
        found = []
        for name, values in self.compared.items():
            known = inside & np.isfinite(values)
            if n := int(known.sum()):
                merit = number_metrics(self.rows.label[known], values[known])
                found += [
                    Metric(f"{name}_{metric}", "blocked", stratum, n, merit[metric])
                    for metric in ("mae", "sigma")
                ]
        return found

    def bias_metrics(self, bins: Mapping[Stratum, Integers]) -> list[Metric]:
        """Return bias, scatter and coverage in bins, given as positions of stars."""
        found = []
        for stratum, inside in bins.items():
            merit = number_metrics(self.rows.label[inside], self.value[inside])
            merit = {metric: merit[metric] for metric in ("mae", "bias", "sigma")}
            for level in LEVELS:
                covered = self.intervals.covered[level][inside]
                merit[f"coverage_{level}"] = float(np.mean(covered))
            n = len(inside)
            found += [Metric(k, "blocked", stratum, n, v) for k, v in merit.items()]
        return found

    def out_of_fold(self, stars: Integers) -> pl.DataFrame:
        """Return rows of ``ml.out_of_fold`` without the run."""
        columns: dict[str, Any] = {
            "star_id": stars[self.rows.rows],
            "fold": self.rows.fold,
            "label": self.rows.label,
            "label_err": self.rows.errors,
            **interval_columns(self.value, self.intervals.half_widths),
        }
        for level in LEVELS:
            columns[f"covered_{level}"] = self.intervals.covered[level]
        return pl.DataFrame(columns)

    def summary(self, unit: str = "") -> str:
        """Return the headline figures in one phrase, in ``unit``."""
        covered = 100 * float(np.mean(self.intervals.covered[90]))
        error = mean_error(self.value - self.rows.label, unit)
        return (
            f"{self.rows.target.name}: mean absolute error {error}, "
            f"90 % intervals hold {covered:.1f} %{self._compared_with(unit)}"
        )

    @property
    def recipe(self) -> dict[str, Any]:
        """What the value is made of, as ``ml.runs`` keeps it."""
        name = self.rows.plan.name
        return {
            "same": shown_name(name) if name else None,
            "degree": self.corrected.baseline.degree,
            "share": self.corrected.share,
        }

    def _compared_with(self, unit: str) -> str:
        """Return how far off the feature is that is the same quantity, if any."""
        copied = self.compared["copy"]
        name = self.recipe["same"]
        if name is None or not np.isfinite(copied).any():
            return ""
        return as_it_is(name, copied, self.value, self.rows.label, unit)


@dataclass(frozen=True)
class ClassResult:
    """A class target, fitted: final estimator and what held-out stars got.

    Attributes
    ----------
    rows : TargetRows
        The n stars it was trained on.
    parameters : dict
        Those of the estimator.
    estimator : object
        Fitted on all of them.
    calibration : ClassCalibration
        What makes probabilities and sets of what it states, as all of them show it.
    probability, random_probability : ndarray of shape (n, n_classes)
        Predicted without the star's fold by sky cell, or at random.
    members : ndarray of shape (n, n_classes)
        Classes in the prediction set.
    importance : ndarray of shape (n_features,) or None
        Share of each feature.
    """

    rows: TargetRows
    parameters: dict[str, Any]
    estimator: Any
    calibration: ClassCalibration
    probability: Floats
    members: Booleans
    random_probability: Floats
    importance: Floats | None

    def metrics(self, memberships: Mapping[Stratum, Booleans]) -> list[Metric]:
        """Return figures of merit, overall, in each stratum and for each class."""
        codes = self.rows.codes
        found = per_class_metrics(
            codes, self.probability, self.members, self.rows.classes
        )
        held = self.members[np.arange(len(codes)), codes]
        for stratum, inside in strata_of(memberships, len(codes)).items():
            n = int(inside.sum())
            blocked = class_metrics(codes[inside], self.probability[inside])
            blocked["coverage_90"] = float(np.mean(held[inside]))
            blocked["set_size"] = float(np.mean(self.members[inside].sum(axis=1)))
            found += [Metric(k, "blocked", stratum, n, v) for k, v in blocked.items()]
            at_random = inside & np.isfinite(self.random_probability[:, 0])
            if n := int(at_random.sum()):
                random = class_metrics(
                    codes[at_random], self.random_probability[at_random]
                )
                found += [Metric(k, "random", stratum, n, v) for k, v in random.items()]
        return found

    def out_of_fold(self, stars: Integers) -> pl.DataFrame:
        """Return rows of ``ml.out_of_fold`` without the run."""
        codes, classes = self.rows.codes, self.rows.classes
        return pl.DataFrame(
            {
                "star_id": stars[self.rows.rows],
                "fold": self.rows.fold,
                "covered_90": self.members[np.arange(len(codes)), codes],
                "label_class": np.array(classes)[codes],
                **class_columns(self.probability, self.members, classes),
            }
        )

    def summary(self, unit: str = "") -> str:
        """Return the headline figures and those of each class; classes have no unit."""
        found = class_metrics(self.rows.codes, self.probability)
        return (
            f"{self.rows.target.name}: accuracy {100 * found['accuracy']:.1f} %, "
            f"balanced {100 * found['balanced_accuracy']:.1f} %\n"
            f"    purity / completeness: {', '.join(self._class_figures())}"
        )

    def _class_figures(self) -> list[str]:
        """Return purity (precision) and completeness (recall) of each class."""
        names = self.rows.classes
        rows = per_class_metrics(self.rows.codes, self.probability, self.members, names)
        found = {
            (row.metric, row.stratum.name): f"{100 * row.value:.1f}" for row in rows
        }
        return [
            f"{name} {found.get(('precision', name), '-')} / "
            f"{found.get(('recall', name), '-')} %"
            for name in names
        ]


TargetResult = NumberResult | ClassResult
