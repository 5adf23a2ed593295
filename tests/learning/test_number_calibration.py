"""Intervals of a number: what training stores is what prediction applies."""

import json

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.uncertainty.conformal import normal_quantile
from stellarwh.learning.uncertainty.groups import Factors, Grouping
from stellarwh.learning.uncertainty.number_calibration import (
    NumberCalibration,
    calibrate_number,
)

# Stars that have 'a' are a group of their own; noisy ones among them another.
CALIBRATION = NumberCalibration(
    Grouping(["a"], ["snr"]),
    Factors(
        {68: 1.0, 90: 2.0},
        [{1: {68: 3.0, 90: 4.0}}, {10: {68: 5.0, 90: 6.0}}],
    ),
    0.75,
)
FEATURES = pl.DataFrame(
    {"a": [None, 1.0, 1.0], "snr": [80.0, 80.0, 20.0]}, schema_overrides={"a": float}
)


def test_intervals_are_spreads_times_the_factors_of_their_groups():
    value, spread = np.array([10.0, 20.0, 30.0]), np.array([1.0, 0.5, 2.0])
    found = CALIBRATION.apply(value, spread, FEATURES, {"y": value})
    assert found.columns == ["value", "lower_68", "upper_68", "lower_90", "upper_90"]
    assert found["value"].to_list() == value.tolist()
    for level, factors in ((68, [1.0, 3.0, 5.0]), (90, [2.0, 4.0, 6.0])):
        half = normal_quantile(level) * np.array(factors) * spread
        assert found[f"lower_{level}"].to_numpy() == pytest.approx(value - half)
        assert found[f"upper_{level}"].to_numpy() == pytest.approx(value + half)


def test_giants_and_dwarfs_are_told_by_what_was_predicted():
    calibration = NumberCalibration(
        Grouping(), Factors({68: 1.0, 90: 1.0}, [{}, {6: {68: 2.0, 90: 2.0}}]), 1.0
    )
    kiel = {"teff": np.array([4500.0, 4500.0]), "logg": np.array([2.0, 4.6])}
    features = pl.DataFrame({"a": [1.0, 1.0]})
    found = calibration.apply(np.zeros(2), np.ones(2), features, kiel)
    giant, dwarf = found["upper_90"].to_list()
    assert giant == pytest.approx(2 * dwarf)


def test_what_is_stored_comes_back():
    stored = json.loads(json.dumps(CALIBRATION.as_json()))
    # Runs that are stored are read by these names.
    assert stored == {
        "grouping": {"pattern_keys": ["a"], "snr_features": ["snr"]},
        "error_factor": 0.75,
        "shared": {"68": 1.0, "90": 2.0},
        "own": [{"1": {"68": 3.0, "90": 4.0}}, {"10": {"68": 5.0, "90": 6.0}}],
    }
    assert NumberCalibration.from_json(stored) == CALIBRATION


def test_held_out_intervals_are_those_of_the_other_folds():
    # Residuals of one size a fold, spreads of one: factors are their ratios.
    fold = np.repeat([0, 1], 50)
    residuals, spread = np.where(fold == 0, 4.0, 8.0), np.ones(100)
    codes = [np.zeros(100, dtype=np.int64)] * 2
    factors, held = calibrate_number(residuals, spread, 0 * spread, codes, fold)
    assert held.half_widths[90] == pytest.approx(np.where(fold == 0, 8.0, 4.0))
    assert held.covered[90].tolist() == (fold == 0).tolist()
    assert factors.shared[90] == pytest.approx(8.0 / normal_quantile(90))
    # Where labels err by more themselves, nothing is left to explain: half the spread.
    _, held = calibrate_number(residuals, spread, 20 * spread, codes, fold)
    least = 0.5 * normal_quantile(90)
    assert held.half_widths[90] == pytest.approx(np.full(100, least))
    assert held.covered[90].all()
