"""Nothing that is said of a star was fitted with its own fold.

In one fold the labels are others, planted there: what the stars of that fold get must
stay as it was, bit by bit, at every step; what the others get does not.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.crossfit import numbers
from stellarwh.learning.crossfit.baselines import (
    Baselines,
    hold_out_baselines,
    judge_baselines,
    submit_baselines,
)
from stellarwh.learning.crossfit.classes import (
    HeldClasses,
    class_result,
    class_work,
    hold_out_classes,
)
from stellarwh.learning.crossfit.fits import Fits
from stellarwh.learning.crossfit.numbers import (
    HeldNumbers,
    Number,
    Spreads,
    Valued,
    hold_out_numbers,
    number_result,
    number_work,
    submit_spreads,
    value_number,
)
from stellarwh.learning.crossfit.submitted import Submitted
from stellarwh.learning.crossfit.tuning import Tuned
from stellarwh.learning.estimators.baseline import Plan
from stellarwh.learning.estimators.corrected import Corrected
from stellarwh.learning.estimators.registry import Unfitted
from stellarwh.learning.estimators.targets import TargetRows, rows_of_targets
from stellarwh.learning.tasks.held_out import gather, held_out
from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.scaling import fit_scaling
from stellarwh.learning.tasks.task import Target
from stellarwh.learning.uncertainty import class_calibration, label_errors
from stellarwh.learning.uncertainty.label_errors import ErrorFactor
from stellarwh.learning.uncertainty.sharpness import Sharpness

N, FOLDS, PLANTED = 900, 3, 1
CLASSES = ["low", "middle", "top"]


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        return done(work(*arguments, **named))


class Never(Executor):
    """Takes what it is given, and does nothing."""

    def __init__(self) -> None:
        self.given: dict[str, tuple[Any, ...]] = {}

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        _, what, _, own = arguments
        self.given[what] = own
        return Future()


def done(found: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(found)
    return future


@pytest.fixture(scope="module")
def targets() -> dict[str, TargetRows]:
    """Return a number and a class of the same stars, in the same folds."""
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-1, 1, (2, N))
    y = 2 * a + b**2 + rng.normal(0, 0.2, N)
    features = pl.DataFrame({"a": a, "b": b, "y": y + rng.normal(0, 0.3, N)})
    kinds = pl.Series(np.array(CLASSES)[np.digitize(y, [-0.3, 1.0])])
    rows = LabelledRows(
        np.arange(N), rng.integers(0, 60, N), features,
        {"y": pl.Series(y), "kind": kinds},
        {"y": rng.uniform(0.1, 0.3, N), "kind": np.zeros(N)},
    )  # fmt: skip
    wanted = [
        Target("y", "label_y", "number", "label_y_err"),
        Target("kind", "label_kind", "class", None),
    ]
    scaling, plan = fit_scaling(features), Plan("f2", "y", terms=("f2",))
    found = rows_of_targets(rows, wanted, FOLDS, 0, scaling, {"y": plan})
    return {own.target.name: own for own in found}


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(N, *shape))


# What says much of the planted labels, and nothing of the others: only a leak has it.
TOLD = 0.3 * drawn(2)


def is_planted(rows: TargetRows) -> bool:
    return bool(rows.label[rows.fold == PLANTED].std() > 2)


def number_of(rows: TargetRows, **settings: Any) -> Number:
    degrees = {None: 0, 0: 0, 1: 0, 2: 0} | settings.pop("degrees", {})
    unfitted = Unfitted("ridge", "number", 0, "cpu", N, **settings)
    return Number(rows, unfitted, Baselines(degrees, {}))


def by_fold(rows: TargetRows, found: Callable[[int], Any]) -> Any:
    return {k: done(found(k)) for k in rows.folds}


def all_zero(rows: TargetRows, others: float) -> Valued:
    """Return values, and factors on errors: one of the planted fold, one of others."""
    used = np.where(rows.fold == PLANTED, 0.7, others)
    factor = ErrorFactor(others, used, 0.5, "overstated")
    return Valued(np.zeros(N), 1.0, done(None), done(factor))


def compared(rows: TargetRows) -> np.ndarray:
    """What baselines of each degree and the linear model give."""
    fits = submit_baselines(Fits(AtOnce(), 0), rows)
    return gather(rows.fold, {k: fit.result() for k, fit in fits.items()})


def degrees(rows: TargetRows) -> np.ndarray:
    """Which degree of the baseline is used: values of the degrees are as they are."""
    bent = np.column_stack([np.zeros(N), TOLD, TOLD, np.zeros(N)])
    found = judge_baselines(rows, by_fold(rows, lambda k: bent[rows.fold == k]))
    assert (found.degrees[None] > 0) == is_planted(rows)
    return np.array([found.degrees[k] for k in rows.fold.tolist()])


def values(rows: TargetRows) -> np.ndarray:
    """What baseline and estimator give."""
    work = number_work(number_of(rows))
    return gather(rows.fold, {k: work.without_fold(k).parts for k in rows.folds})


def shares(rows: TargetRows) -> np.ndarray:
    """How much of the estimator's part is added: the parts are as they are."""
    parts = np.column_stack([np.zeros(N), TOLD])
    held = by_fold(
        rows, lambda k: HeldNumbers(parts[rows.fold == k], Corrected(None, None))
    )
    submitted = Submitted(done(None), held, {})
    found = value_number(Fits(Never(), 0), number_of(rows), submitted)
    assert (found.share > 0) == is_planted(rows)
    return found.value


def factors(rows: TargetRows) -> np.ndarray:
    """How far the errors of labels are believed: what they should be is as it is."""
    return numbers._fit_factor(number_of(rows), np.zeros(N)).used


def spreads(rows: TargetRows) -> np.ndarray:
    """How large the error of a prediction is."""
    known = all_zero(rows, 0.5 if is_planted(rows) else 0.9)
    found = submit_spreads(Fits(AtOnce(), 0), number_of(rows), known).by_fold
    return gather(rows.fold, {k: fit.result() for k, fit in found.items()})


def intervals(rows: TargetRows) -> np.ndarray:
    """How wide the intervals are: values and spreads are as they are."""
    spread = 0.5 + np.abs(drawn(3))
    found = number_result(
        number_of(rows),
        Submitted(done(Corrected(None, None)), {}, {
            0: done(HeldNumbers(np.zeros((np.sum(rows.random_fold == 0), 2)), None))
        }),
        all_zero(rows, 0.9),
        Spreads(done(None), by_fold(rows, lambda k: spread[rows.fold == k])),
        {"y": np.zeros(N)},
    )  # fmt: skip
    return np.column_stack(list(found.intervals.half_widths.values()))


def probabilities(rows: TargetRows) -> np.ndarray:
    """What an estimator states."""
    work = class_work(rows, Unfitted("ridge", "class", 0, "cpu", N))
    return gather(rows.fold, {k: work.without_fold(k).probability for k in rows.folds})


def calibrated(rows: TargetRows) -> Any:
    """Return the result where what estimators state is as it is."""
    stated = np.exp(drawn(4, 3) + 2 * (np.arange(3) == np.arange(N)[:, None] % 3))
    stated /= stated.sum(axis=1, keepdims=True)
    held = by_fold(rows, lambda k: HeldClasses(stated[rows.fold == k], None))
    at_random = HeldClasses(np.ones((np.sum(rows.random_fold == 0), 3)) / 3, None)
    return class_result(
        rows, Unfitted("ridge", "class", 0, "cpu", N),
        Submitted(done(None), held, {0: done(at_random)}),
    )  # fmt: skip


def sharpened(rows: TargetRows) -> np.ndarray:
    """What probabilities are once they are calibrated."""
    return calibrated(rows).probability


def sets(rows: TargetRows) -> np.ndarray:
    """Which classes are in the prediction sets."""
    return calibrated(rows).members


@pytest.mark.parametrize(
    "step", [compared, degrees, values, shares, factors, spreads, intervals]
)
def test_labels_of_a_fold_have_no_say_in_its_numbers(targets, monkeypatch, step):
    rows = targets["y"]
    planted = rows.fold == PLANTED
    label = drawn(5)
    # Of the factor, who is asked: means and scale are of all stars, and hardly matter.
    monkeypatch.setattr(label_errors, "_means", lambda _, values, *__: values / 2)
    monkeypatch.setattr(label_errors, "robust_scale", lambda _: 1.0)
    monkeypatch.setattr(
        label_errors, "_judge", lambda squares, *_: (1 / (2 + squares.mean()), "")
    )
    before = step(replace(rows, label=label))
    after = step(replace(rows, label=np.where(planted, 8 * TOLD, label)))
    assert (after[planted] == before[planted]).all()
    if step not in (degrees, shares):
        assert (after[~planted] != before[~planted]).any()


@pytest.mark.parametrize("step", [probabilities, sharpened, sets])
def test_labels_of_a_fold_have_no_say_in_its_classes(targets, monkeypatch, step):
    rows = targets["kind"]
    planted = np.flatnonzero(rows.fold == PLANTED)
    others = np.flatnonzero(rows.fold != PLANTED)
    if step is sets:
        as_it_is = Sharpness(1.0, [1.0, 1.0, 1.0])
        monkeypatch.setattr(class_calibration, "fit_sharpness", lambda *_: as_it_is)
    true = rows.codes if step is probabilities else np.arange(N) % 3
    before = step(replace(rows, codes=true))
    # As many of each class as before, so that they weigh the same.
    codes = true.copy()
    codes[planted] = np.sort(true[planted])
    after = step(replace(rows, codes=codes))
    assert (after[planted] == before[planted]).all()
    assert (after[others] != before[others]).any()


@pytest.mark.parametrize("name", ["y", "kind"])
def test_labels_of_a_random_fold_have_no_say_in_it(targets, name):
    rows = targets[name]
    inside = np.flatnonzero(rows.random_fold == PLANTED)
    if name == "y":
        label = rows.label.copy()
        label[inside] = 8.0
        changed = replace(rows, label=label)
    else:
        codes = rows.codes.copy()
        codes[inside] = np.sort(codes[inside])
        changed = replace(rows, codes=codes)
    found = []
    for own in (rows, changed):
        if name == "y":
            work = number_work(number_of(own))
            held = [work.without_random(k) for k in range(FOLDS)]
            assert (held[0].value == held[0].parts.sum(axis=1)).all()
            found.append([one.value for one in held])
        else:
            work = class_work(own, Unfitted("ridge", "class", 0, "cpu", N))
            found.append([work.without_random(k).probability for k in range(FOLDS)])
    same = [(a == b).all() for a, b in zip(*found, strict=True)]
    assert same == [k == PLANTED for k in range(FOLDS)]


def test_importance_is_judged_on_stars_that_the_fit_has_not_seen(targets):
    rows = targets["y"]
    fitted = {k: Corrected(None, f"without {k}") for k in rows.folds}
    # All of the rest is right, but in the first fold, where none of it is.
    rest = np.where(rows.fold == 0, -5 * rows.label, rows.label)
    parts = np.column_stack([np.zeros(N), rest])
    held = by_fold(rows, lambda k: HeldNumbers(parts[rows.fold == k], fitted[k]))
    later = Never()
    found = value_number(
        Fits(later, 0), number_of(rows), Submitted(done(None), held, {})
    )
    judged, inputs, label = later.given["importance of features"]
    assert judged.estimator == "without 0"
    assert (judged.share, found.share) == (1.0, 0.0)
    assert label.tolist() == rows.label[rows.fold == 0].tolist()
    assert inputs.equals(rows.inputs(np.flatnonzero(rows.fold == 0)))


def test_a_fold_whose_others_are_all_of_one_class_is_told_that_class(targets):
    rows = targets["kind"]
    codes = np.where(rows.fold == PLANTED, rows.codes, 2)
    work = class_work(
        replace(rows, codes=codes), Unfitted("ridge", "class", 0, "cpu", N)
    )
    found = work.without_fold(PLANTED)
    assert found.probability.tolist() == [[0.0, 0.0, 1.0]] * np.sum(
        rows.fold == PLANTED
    )
    assert found.importance is None


def test_settings_and_degrees_of_a_fold_are_those_found_without_it(targets):
    losses = np.array([[1.0, 1.0, 1.0], [0.9, 0.1, 0.9], [0.8, 9.0, 0.8]])
    options = [{}, {"fit__alpha": 1e3}, {"fit__alpha": 1e-3}]
    found = Tuned("y", "loss", N, options, losses, np.ones(FOLDS)).by_fold()
    assert found[None] == options[1]
    assert found[PLANTED] == options[2]
    rows = targets["y"]
    number = number_of(rows, settings=found, degrees={None: 2, PLANTED: 1})
    side = rows.sides.blocked[PLANTED]
    expected = hold_out_numbers(
        number.unfitted.set_to(options[2]),
        rows,
        side,
        rows.fold,
        PLANTED,
        1,
        keeps_fit=False,
    )
    given = number_work(number).without_fold(PLANTED)
    assert (given.parts == expected.parts).all()
    classes = targets["kind"]
    settings = {None: {"fit__C": 1.0}, PLANTED: {"fit__C": 1e-3}}
    unfitted = Unfitted("ridge", "class", 0, "cpu", N, settings)
    stated = hold_out_classes(
        unfitted.set_to(settings[PLANTED]),
        classes,
        side,
        classes.fold,
        PLANTED,
        importances=False,
    )
    given = class_work(classes, unfitted).without_fold(PLANTED)
    assert (given.probability == stated.probability).all()


def test_all_stars_get_what_is_fitted_to_the_other_folds():
    # By hand: means of the other two folds.
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 9.0])
    fold = np.array([4, 0, 7, 0, 4, 7])
    found = held_out(
        fold,
        lambda others: values[others].mean(),
        lambda mean, inside: np.column_stack([values[inside], np.full(2, mean)]),
    )
    assert found[:, 0].tolist() == values.tolist()
    assert found[:, 1].tolist() == [4.5, 4.5, 3.0, 4.5, 4.5, 3.0]


def test_folds_that_were_not_fitted_are_unknown():
    found = gather(np.array([0, 1, 1, 2]), {1: np.array([5.0, 6.0])})
    assert np.isnan(found).tolist() == [True, False, False, True]
    assert found[1:3].tolist() == [5.0, 6.0]
    classes = gather(np.array([1, 0]), {0: np.array([True]), 1: np.array([False])})
    assert classes.dtype == np.bool_
    assert classes.tolist() == [False, True]


def test_of_all_fits_that_of_the_first_fold_alone_is_kept_to_judge_features(targets):
    # The others would be held in memory for nothing.
    number = number_work(number_of(targets["y"]))
    kinds = class_work(targets["kind"], Unfitted("ridge", "class", 0, "cpu", N))
    for k in range(FOLDS):
        assert (number.without_fold(k).fitted is not None) == (k == 0)
        assert (kinds.without_fold(k).importance is not None) == (k == 0)
        assert number.without_random(k).fitted is None
        assert kinds.without_random(k).importance is None
    found = kinds.without_fold(0).importance
    assert found.sum() == pytest.approx(1)


def test_random_folds_get_as_much_of_the_rest_as_all_stars(targets):
    rows = targets["y"]
    expected, rest = drawn(6, 2).T
    parts = np.column_stack([expected, rest])
    at_random = {
        k: done(HeldNumbers(parts[rows.random_fold == k], None)) for k in (0, 2)
    }
    found = number_result(
        number_of(rows),
        Submitted(done(Corrected(None, None)), {}, at_random),
        replace(all_zero(rows, 0.9), share=0.25),
        Spreads(done(None), by_fold(rows, lambda k: np.ones(sum(rows.fold == k)))),
        {"y": np.zeros(N)},
    )
    assert found.corrected.share == 0.25
    fitted = rows.random_fold != PLANTED
    assert (found.random_value[fitted] == (expected + 0.25 * rest)[fitted]).all()
    assert np.isnan(found.random_value[~fitted]).all()


def test_intervals_are_of_what_labels_and_values_differ_by(targets):
    rows = targets["y"]
    at_random = {0: done(HeldNumbers(np.zeros((sum(rows.random_fold == 0), 2)), None))}
    unbelieved = ErrorFactor(0.0, np.zeros(N), 0.5, "overstated")
    found = number_result(
        number_of(rows),
        Submitted(done(Corrected(None, None)), {}, at_random),
        Valued(rows.label + 3, 1.0, done(None), done(unbelieved)),
        Spreads(done(None), by_fold(rows, lambda k: np.full(sum(rows.fold == k), 2.0))),
        {"y": np.zeros(N)},
    )
    for level in (68, 90):
        assert found.intervals.half_widths[level] == pytest.approx(np.full(N, 3.0))
    assert found.calibration.error_factor == 0


def test_spreads_and_factors_are_of_what_labels_and_values_differ_by(
    targets, monkeypatch
):
    rows, given = targets["y"], []
    later = Never()
    valued = replace(all_zero(rows, 0.9), value=rows.label + 3)
    submit_spreads(Fits(later, 0), number_of(rows), valued)
    _, k, fit, _ = later.given["spread, fold 2 of 3"]
    assert k == 1
    assert fit.args[1] == pytest.approx(np.full(N, -3.0))
    monkeypatch.setattr(numbers, "fit_error_factor", lambda *of: given.extend(of))
    numbers._fit_factor(number_of(rows), rows.label + 3)
    assert given[1] == pytest.approx(np.full(N, -3.0))
    assert (given[2] == rows.errors).all()


def test_a_linear_model_knows_the_feature_that_is_the_same_quantity(targets):
    *by_degree, linear = hold_out_baselines(targets["y"], 0).T
    assert len(by_degree) == 3
    assert [(linear == of).all() for of in by_degree] == [False, True, False]
