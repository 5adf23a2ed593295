"""Features stay as they are unless single precision would lose what they say."""

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.tasks.scaling import Scaling, fit_scaling


def scaled(values: np.ndarray) -> tuple[float, float]:
    found = fit_scaling(pl.DataFrame({"a": values}))
    return found.offset[0], found.width[0]


def test_a_feature_is_centred_from_a_thousand_widths_on():
    # Even from -1 to 1: the width is 0.6826, half of what percentiles leave between.
    even = np.linspace(-1, 1, 10_001)
    assert scaled(even + 682) == (0.0, 1.0)
    assert scaled(even + 683) == pytest.approx((683, 0.6826))
    assert scaled(even - 683) == pytest.approx((-683, 0.6826))


@pytest.mark.parametrize(
    ("width", "is_scaled"),
    [(0.98e-15, True), (1.02e-15, False), (0.98e15, False), (1.02e15, True)],
)
def test_a_feature_of_odd_size_is_brought_to_one(width, is_scaled):
    # Its square would be near the ends of single precision, 1e-38 and 1e38.
    even = np.linspace(-1, 1, 10_001) / 0.6826 * width
    expected = (0.0, width) if is_scaled else (0.0, 1.0)
    assert scaled(even) == pytest.approx(expected, abs=1e-9 * width)


def test_a_feature_of_few_values_has_its_standard_deviation_for_width():
    values = np.r_[np.full(90, 5000.0), np.full(10, 5001.0)]
    assert scaled(values) == pytest.approx((5000.0, 0.3))
    assert scaled(np.full(9, 3.0)) == (0.0, 1.0)
    assert scaled(np.full(9, 3000.0)) == (3000.0, 1.0)


def test_features_are_told_by_their_place_and_keep_what_is_missing():
    scaling = Scaling(["[Fe/H]", "*"], [0.0, 100.0], [1.0, 4.0])
    given = pl.DataFrame(
        {"*": [108.0, None], "other": [1.0, 2.0], "[Fe/H]": [None, -0.5]}
    )
    assert scaling.of(given).to_dict(as_series=False) == {
        "f0": [None, -0.5], "f1": [2.0, None],
    }  # fmt: skip
    moved = Scaling(["*"], [100.0], [1.0]).of(given)
    assert moved.to_dict(as_series=False) == {"f0": [8.0, None]}
    wider = Scaling(["*"], [0.0], [2.0]).of(given)
    assert wider.to_dict(as_series=False) == {"f0": [54.0, None]}
