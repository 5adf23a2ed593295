"""What stands out, of values that are told by hand."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from stellarwh.learning.evaluation.outliers import (
    collinear_groups,
    find_outliers,
    told,
)
from stellarwh.learning.tasks.rows import LabelledRows


def rows_of(**features: object) -> LabelledRows:
    frame = pl.DataFrame(features)
    n = len(frame)
    label = pl.Series(np.zeros(n))
    return LabelledRows(
        np.arange(n) + 100, np.zeros(n, int), frame, {"y": label}, {"y": np.zeros(n)}
    )


def test_limits_are_eight_widths_of_either_side_from_the_median():
    # 10,001 values about 500: every one below steps by 1, every one above by 2, so that
    # the percentiles 15.87 and 84.13 lie 0.6826 of 5000 steps below and above.
    steps = np.arange(-5000, 5001)
    values = 500.0 + np.where(steps < 0, steps, 2.0 * steps)
    values[0], values[-1] = 500 - 8.1 * 3413, 500 + 7.9 * 6826
    found = find_outliers(rows_of(a=values))
    assert found.drop("value", "robust_z").rows() == [
        (100, "a", pytest.approx(500 - 8 * 3413), pytest.approx(500 + 8 * 6826))
    ]
    assert found["value"].to_list() == [values[0]]
    assert found["robust_z"].to_list() == pytest.approx([-8.1])


def test_a_side_that_is_one_value_is_judged_by_the_other():
    # Four fifths are 3, a fifth lies above: 3 to 5 is the width of both sides.
    values = np.r_[np.full(800, 3.0), np.full(198, 5.0), -14.0, 20.0]
    found = find_outliers(rows_of(a=values))
    assert found.select("value", "lower_limit", "upper_limit").rows() == [
        (-14.0, -13.0, 19.0), (20.0, -13.0, 19.0),
    ]  # fmt: skip


def test_a_column_of_which_most_is_one_value_is_not_judged():
    assert find_outliers(
        rows_of(a=np.r_[np.full(800, 3.0), np.full(50, 99.0)])
    ).is_empty()


@pytest.mark.parametrize("noise", [0.19, 0.33, 0.38, 0.6])
def test_two_features_say_the_same_from_a_rank_correlation_of_095(noise):
    rng = np.random.default_rng(2)
    a = rng.normal(0, 1, 3000)
    b = np.exp(-(a + noise * rng.normal(0, 1, 3000)))
    size = -spearmanr(a, b).statistic
    alone = rng.normal(0, 1, 3000)
    found = collinear_groups(pl.DataFrame({"a": a, "c": alone, "b": b}))
    expected = [{"features": ["a", "b"], "correlation": round(size, 4)}]
    assert abs(size - 0.95) > 0.001
    assert found == (expected if size > 0.95 else [])


def test_what_stands_out_is_told_with_its_numbers():
    outliers = pl.DataFrame(
        {
            "star_id": [1, 1, 2, 7, 8],
            "feature": ["a", "b", "b", "label_y - predicted", "label_y - predicted"],
        }
    )
    groups = [{"features": ["a", "b"]}, {"features": ["c", "d"]}]
    assert told(outliers, groups) == (
        "outliers: 3 values of 2 stars in 2 columns lie far out; kept, and listed in "
        "ml.outliers",
        "labels: those of 2 stars are more than 4 standard deviations from what was "
        "predicted without them; kept, and listed in ml.outliers",
        "collinear features (|rank correlation| ≥ 0.95): a, b; c, d",
    )
    assert told(outliers.head(0), []) == ()
