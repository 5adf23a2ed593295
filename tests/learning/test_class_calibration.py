"""Probabilities of classes: what training stores is what prediction applies."""

import json

import numpy as np
import pytest

from stellarwh.learning.uncertainty.class_calibration import (
    ClassCalibration,
    calibrate_classes,
)
from stellarwh.learning.uncertainty.sharpness import Sharpness

CALIBRATION = ClassCalibration(
    ["dwarf", "giant"], [1.0, 4.0], Sharpness(2.0, [1.0, 0.5]), [0.3, 0.9]
)


def test_weights_are_taken_off_before_probabilities_are_sharpened():
    # 0.2 : 0.8 / 4 is 1 : 1, squared 1 : 1, times 1 : 0.5 it is 2/3 : 1/3.
    # 0.6 : 0.4 / 4 is 6 : 1, squared 36 : 1, times 1 : 0.5 it is 72/73 : 1/73.
    # 0.05 : 0.95 / 4 is 4 : 19, squared 16 : 361, times 1 : 0.5 it is 32 : 361.
    stated = np.array([[0.2, 0.8], [0.6, 0.4], [0.05, 0.95]])
    found = CALIBRATION.apply(stated)
    assert found.columns == ["class", "probability", "prediction_set"]
    assert found["class"].to_list() == ["dwarf", "dwarf", "giant"]
    expected = [2 / 3, 72 / 73, 361 / 393]
    assert found["probability"].to_numpy() == pytest.approx(expected)
    # 1 - p up to 0.3 and 0.9, and the likeliest whatever it is.
    sets = [["dwarf", "giant"], ["dwarf"], ["giant"]]
    assert found["prediction_set"].to_list() == sets


def test_one_column_is_the_second_of_two_classes():
    second = np.array([0.8, 0.4, 0.95])
    both = CALIBRATION.apply(np.column_stack([1 - second, second]))
    assert CALIBRATION.apply(second).equals(both)


def test_what_is_stored_comes_back():
    stored = json.loads(json.dumps(CALIBRATION.as_json()))
    # Runs that are stored are read by these names.
    assert stored == {
        "classes": ["dwarf", "giant"],
        "weights": [1.0, 4.0],
        "sharpness": {"exponent": 2.0, "factors": [1.0, 0.5]},
        "thresholds": [0.3, 0.9],
    }
    assert ClassCalibration.from_json(stored) == CALIBRATION


def test_held_out_classes_are_calibrated_by_the_other_folds():
    # An estimator that says 0.5 : 0.5 of all: what is found is in its stead the share
    # of each class, which is one in four in one fold and three in four in the other.
    n = 4000
    fold = np.arange(n) % 2
    quarter = np.arange(n) // 2 % 4 == 0
    codes = np.where(fold == 0, quarter, ~quarter).astype(np.int64)
    stated = np.full((n, 2), 0.5)
    calibration, probability, members = calibrate_classes(
        stated, codes, fold, ["a", "b"], np.array([2.0, 1.0])
    )
    assert probability[fold == 0, 1] == pytest.approx(0.75, abs=0.01)
    assert probability[fold == 1, 1] == pytest.approx(0.25, abs=0.01)
    assert members.any(axis=1).all()
    assert calibration.classes == ["a", "b"]
    assert calibration.weights == [2.0, 1.0]
    # Of all stars there are as many of each: whatever is said of them stays.
    assert calibration.sharpness.of(stated)[:, 1] == pytest.approx(0.5, abs=0.01)
    # Each class has 0.25 in one half of its stars, or 0.75, by fold: one threshold.
    assert np.ptp(calibration.thresholds) == pytest.approx(0, abs=0.01)
