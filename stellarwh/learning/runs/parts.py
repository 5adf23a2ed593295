"""The fitted parts of a result that `predict` needs, as bytes."""

from stellarwh.learning.evaluation.results import (
    ClassResult,
    NumberResult,
    TargetResult,
)
from stellarwh.learning.runs.artefacts import (
    Artefact,
    estimator_artefact,
    json_artefact,
)


def parts_of(result: TargetResult) -> list[Artefact]:
    """Return estimators, spreads and calibrations of a target."""
    if isinstance(result, NumberResult):
        return _parts_of_number(result)
    return _parts_of_class(result)


def _parts_of_number(result: NumberResult) -> list[Artefact]:
    """Return baseline, estimator, spread and calibration."""
    calibration = {
        "grouping": vars(result.grouping),
        "error_factor": min(result.error_factor.best, 1.0),
        **result.factors.as_json(),
    }
    baseline = {
        "baseline": result.estimator.baseline.as_json(),
        "share": result.estimator.share,
    }
    return [
        json_artefact(result.rows.target.name, "baseline", baseline),
        estimator_artefact(
            result.rows.target.name, "value", result.estimator.estimator
        ),
        estimator_artefact(result.rows.target.name, "spread", result.spread),
        json_artefact(result.rows.target.name, "calibration", calibration),
    ]


def _parts_of_class(result: ClassResult) -> list[Artefact]:
    """Return estimator and calibration."""
    calibration = {
        "classes": result.rows.classes,
        "weights": result.rows.class_weights.tolist(),
        "thresholds": result.thresholds.tolist(),
        "sharpness": vars(result.sharpness),
    }
    return [
        estimator_artefact(result.rows.target.name, "value", result.estimator),
        json_artefact(result.rows.target.name, "calibration", calibration),
    ]
