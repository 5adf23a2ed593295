"""Which feature is taken for the same quantity as a label."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from stellarwh.learning.estimators.sameness import plans
from stellarwh.learning.tasks.rows import LabelledRows
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.tasks.task import Target, Task

N = 1000
LABEL = np.random.default_rng(0).normal(0, 1, N)
NOISE = np.random.default_rng(1).normal(0, 1, N)


def same_as(label: np.ndarray, declared: str | None = None, **features) -> str | None:
    """Return the feature that is found, or declared, to be the same as a label."""
    frame = pl.DataFrame(features).fill_nan(None)
    n = len(label)
    rows = LabelledRows(
        np.arange(n), np.arange(n), frame, {"y": pl.Series(label).fill_nan(None)},
        {"y": np.zeros(n)},
    )  # fmt: skip
    names = tuple(frame.columns)
    target = Target("y", "label_y", "number", None)
    task = Task("mine", names, ("DOUBLE",) * len(names), (target,), "")
    scaling = Scaling(list(names), [0.5] * len(names), [2.0] * len(names))
    found = plans(rows, task, scaling, {"y": declared} if declared else {})
    if "y" not in found:
        return None
    plan = found["y"]
    column = f"f{names.index(plan.name)}"
    assert (plan.same, plan.offset, plan.width, plan.terms) == (
        column, 0.5, 2.0, (column,),
    )  # fmt: skip
    return plan.name


def known_in(share: float, values: np.ndarray = LABEL) -> np.ndarray:
    return np.where(np.arange(N) < share * N, values, np.nan)


def test_the_one_that_leaves_least_is_taken():
    near, nearer = LABEL + 0.4 * NOISE, LABEL + 5 + 0.3 * NOISE
    assert same_as(LABEL, near=near, nearer=nearer, other=NOISE) == "nearer"
    # Of few stars it leaves less there, and the whole label elsewhere.
    assert same_as(LABEL, near=near, few=known_in(0.3, nearer)) == "near"


@pytest.mark.parametrize("noise", [1.1, 1.25, 1.4, 1.6])
def test_a_feature_is_the_same_from_a_rank_correlation_of_06(noise):
    # As wide as the label, so that only the correlation decides; and the label is the
    # narrower without it: its heavy tails are the feature's.
    tails = np.random.default_rng(3).standard_t(1.5, N) * 3
    label = tails + 0.01 * LABEL
    feature = tails + noise * np.random.default_rng(4).normal(0, 3, N)
    rho = spearmanr(label, feature).statistic
    assert abs(rho - 0.6) > 0.005
    assert same_as(label, a=feature) == ("a" if rho > 0.6 else None)


@pytest.mark.parametrize(
    ("times", "found"),
    [(0.59, "a"), (0.58, None), (1.68, "a"), (1.72, None), (-1.0, None)],
)
def test_ranges_differ_by_a_factor_of_17_at_most(times, found):
    # Ranges between the 10th and the 90th percentile: 1 / 1.7 is 0.588.
    assert same_as(LABEL, a=times * LABEL) == found


@pytest.mark.parametrize(("share", "found"), [(0.2, "a"), (0.199, None), (1.0, "a")])
def test_a_fifth_of_the_stars_must_have_it(share, found):
    assert same_as(LABEL, a=known_in(share)) == found


@pytest.mark.parametrize(("known", "found"), [(49, None), (50, "a")])
def test_fifty_stars_must_have_it(known, found):
    label, feature = LABEL[:120], LABEL[:120].copy()
    feature[known:] = np.nan
    assert same_as(label, a=feature) == found
    assert same_as(label, "a", a=feature) == found


def test_it_must_make_the_label_a_tenth_narrower():
    # Tails of its own: the ranks agree, the difference is as wide as the label.
    odd = LABEL + np.where(np.arange(N) % 10 == 0, 8 * NOISE, 0)
    assert spearmanr(LABEL, odd).statistic > 0.8
    left = np.abs(LABEL - odd - np.median(LABEL - odd)).mean()
    assert left > 0.75 * np.abs(LABEL - np.median(LABEL)).mean()
    expected = left < 0.9 * np.abs(LABEL - np.median(LABEL)).mean()
    assert (same_as(LABEL, a=odd) == "a") == expected
    wilder = LABEL + np.where(np.arange(N) % 10 == 0, 14 * NOISE, 0)
    assert same_as(LABEL, a=wilder) is None


def test_what_is_declared_is_taken_and_none_is_none():
    assert same_as(LABEL, "b", a=LABEL, b=NOISE) == "b"
    assert same_as(LABEL, "none", a=LABEL) is None
    # Stars without the label do not count.
    label = LABEL.copy()
    label[49:] = np.nan
    assert same_as(label, "a", a=LABEL) is None


def test_a_feature_that_does_not_vary_is_none():
    assert same_as(LABEL, a=np.full(N, 3.0)) is None
    assert same_as(np.where(np.arange(N) < 500, LABEL, 0.0), a=np.zeros(N)) is None
