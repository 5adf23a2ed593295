"""What a number is expected to be, against other libraries and its own equations."""

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import PolynomialFeatures

from stellarwh.learning.estimators import baseline
from stellarwh.learning.estimators.baseline import (
    Baseline,
    Plan,
    fit_baseline,
    fit_linear,
)


def stars(n: int = 500) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    f1 = pl.Series(rng.exponential(2, n)).scatter(range(0, n, 7), None)
    return pl.DataFrame({"f0": rng.normal(4, 3, n), "f1": f1})


def standardised(inputs: pl.DataFrame) -> np.ndarray:
    """Return features in robust widths of at most 4 from the median, or zero."""
    values = inputs.to_numpy()
    median = np.nanmedian(values, axis=0)
    width = 1.4826 * np.nanmedian(np.abs(values - median), axis=0)
    return np.clip(np.nan_to_num((values - median) / width), -4, 4)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("tails", [1, 30])
def test_coefficients_solve_the_equations_of_huber(degree, tails):
    """The weighted sums of clipped residuals are zero, but for what holds the terms.

    Huber (1981): residuals r count with min(1, 1.345 s / |r|), s being their robust
    width. Each term but the constant is held to zero like three stars of weight one.
    """
    inputs, rng = stars(), np.random.default_rng(0)
    matrix = PolynomialFeatures(degree).fit_transform(standardised(inputs))
    true = rng.normal(0, 2, matrix.shape[1])
    noise = rng.normal(0, 0.3, len(inputs)) * np.where(rng.random(500) < 0.1, tails, 1)
    label, weights = matrix @ true + noise, rng.uniform(0.2, 2, len(inputs))
    plan = Plan("f0", "a", 3.0, 2.0, ("f0", "f1"))
    copied = 3.0 + 2.0 * inputs["f0"].to_numpy()
    fitted = fit_baseline(inputs, label + copied, weights, plan, degree)
    residuals = label - matrix @ fitted.coefficients
    s = 1.4826 * np.median(np.abs(residuals - np.median(residuals)))
    own = weights * np.minimum(1, 1.345 * s / np.abs(residuals))
    held = 3.0 * np.array(fitted.coefficients)
    held[0] = 0.0
    scale = (own * np.abs(residuals)) @ np.abs(matrix)
    assert ((own * residuals) @ matrix - held) / scale == pytest.approx(0, abs=2e-3)
    assert fitted.scale == pytest.approx(s, rel=1e-2)
    assert fitted.of(inputs) == pytest.approx(copied + matrix @ fitted.coefficients)
    assert fitted.coefficients == pytest.approx(true, abs=0.15)


def test_a_linear_model_is_of_all_features_and_takes_missing_ones_at_their_median():
    inputs = stars()
    label = 7 + standardised(inputs) @ [2.0, -1.0]
    fitted = fit_linear(inputs, label, np.ones(500))
    assert (fitted.features, fitted.degree, fitted.same) == (["f0", "f1"], 1, None)
    # Held like three of 500 stars.
    assert fitted.coefficients == pytest.approx([7, 2, -1], abs=0.03)
    known = Baseline(0, 1, None, 0, 1, ["f0", "f1"], [1, 2], [2, 0.5], 1, [7, 2, -1])
    there = pl.DataFrame({"f1": [3.0, None, 9.0], "f0": [5.0, 3.0, None]})
    # (5 - 1) / 2 = 2 and (3 - 2) / 0.5 = 2; 1 and none; none and 14, cut at 4.
    assert known.of(there).tolist() == [7 + 4 - 2, 7 + 2, 7 - 4]


def test_of_a_feature_alone_the_median_difference_is_added():
    inputs = pl.DataFrame({"f0": [1.0, 2.0, None, 4.0, 5.0], "f1": [0.0] * 5})
    label = np.array([10.0, 12.0, 99.0, 16.5, 18.0])
    plan = Plan("f0", "a", 8.0, 2.0, ("f0", "f1"))
    found = fit_baseline(inputs, label, np.ones(5), plan, 0)
    assert (found.features, found.columns) == ([], ["f0"])
    # Differences 0, 0, 0.5, 0 from 10, 12, 16, 18: as good as none.
    assert found.of(inputs) == pytest.approx([10, 12, 16.5, 16, 18], abs=0.2)
    assert found.of(inputs)[2] == np.median(label)


def test_a_baseline_without_anything_is_the_median():
    inputs = pl.DataFrame({"f0": [1.0, 2.0, 3.0, 4.0]})
    label = np.array([1.0, 2.0, 4.0, 9.0])
    found = fit_baseline(inputs, label, np.ones(4), Plan(), 0)
    assert found.of(inputs).tolist() == [3.0] * 4
    # |label - 3| is 2, 1, 1, 6.
    assert found.scale == pytest.approx(1.4826 * 1.5)
    assert (Plan().degrees, Plan("f0").degrees) == ((0,), (0, 1, 2))
    assert np.isnan(Plan().copied(inputs)).all()
    missing = pl.DataFrame({"f0": [None, None]}, schema={"f0": pl.Float64})
    lost = fit_baseline(missing, np.array([1.0, 3.0]), np.ones(2), Plan("f0", "a"), 2)
    assert lost.of(missing).tolist() == [2.0, 2.0]


def test_labels_that_are_mostly_alike_have_their_standard_deviation_for_width():
    # Nine in ten are zero, one in ten is one: 0.3.
    values = np.r_[np.zeros(90), np.ones(10)]
    assert baseline._width(values) == pytest.approx(0.3)
    assert baseline._width(np.zeros(5)) == 1.0
    assert baseline._width(np.zeros(0)) == 1.0


def test_at_most_twenty_thousand_stars_are_fitted(monkeypatch):
    seen = []
    monkeypatch.setattr(
        baseline, "_huber", lambda m, w, _: (seen.append(len(w)), (np.zeros(2), 1.0))[1]
    )
    for n in (20_000, 20_001, 60_000):
        fit_linear(pl.DataFrame({"f0": np.arange(n) * 1.0}), np.zeros(n), np.ones(n))
    assert seen == [20_000, 10_001, 20_000]
