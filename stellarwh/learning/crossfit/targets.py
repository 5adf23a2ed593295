"""All targets of a task, fitted side by side: the order of the steps."""

from collections.abc import Sequence
from typing import Any

from stellarwh.learning.crossfit.baselines import judge_baselines, submit_baselines
from stellarwh.learning.crossfit.classes import class_result, class_work
from stellarwh.learning.crossfit.fits import Fits
from stellarwh.learning.crossfit.numbers import (
    Number,
    number_result,
    number_work,
    submit_spreads,
    value_number,
)
from stellarwh.learning.crossfit.submitted import Work, submit_folds
from stellarwh.learning.estimators.registry import Unfitted
from stellarwh.learning.estimators.targets import TargetRows
from stellarwh.learning.evaluation.results import TargetResult


def fit_targets(
    fits: Fits,
    targets: Sequence[TargetRows],
    unfitted: Sequence[Unfitted],
    n_rows: int,
) -> list[TargetResult]:
    """Fit all targets of a task on all stars and without each fold, and calibrate.

    Parameters
    ----------
    fits : Fits
        Where they run.
    targets : sequence of TargetRows
        The stars of each target.
    unfitted : sequence of Unfitted
        What is fitted of each.
    n_rows : int
        How many labelled rows the task has.
    """
    rows = {own.target.name: own for own in targets}
    made_of = dict(zip(rows, unfitted, strict=True))
    pending = {
        name: submit_baselines(fits, own)
        for name, own in rows.items()
        if own.target.kind == "number"
    }
    numbers = {
        name: Number(rows[name], made_of[name], judge_baselines(rows[name], own))
        for name, own in pending.items()
    }
    works: list[Work[Any, Any]] = [
        number_work(numbers[name])
        if name in numbers
        else class_work(own, made_of[name])
        for name, own in rows.items()
    ]
    submitted = dict(zip(rows, submit_folds(fits, works), strict=True))
    valued = {
        name: value_number(fits, number, submitted[name])
        for name, number in numbers.items()
    }
    spreads = {
        name: submit_spreads(fits, number, valued[name])
        for name, number in numbers.items()
    }
    values = {
        name: rows[name].among_all(own.value, n_rows) for name, own in valued.items()
    }
    return [
        number_result(
            numbers[name], submitted[name], valued[name], spreads[name], values
        )
        if name in numbers
        else class_result(own, made_of[name], submitted[name])
        for name, own in rows.items()
    ]
