"""Estimators have the settings of docs/own_task.md; all others are the libraries'."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from guide import KINDS, Row, told_settings, values
from sklearn.pipeline import Pipeline

from stellarwh.learning.estimators.registry import ESTIMATORS, make_estimator

# Which of three values holds for how many stars.
OF_STARS = {0: 0, 29_999: 0, 30_000: 1, 299_999: 1, 300_000: 2, 10**7: 2}
# No settings: where it runs, with which seed; and what bends features, a function.
OF_THE_RUN = {"device", "n_jobs", "random_state", "bend__func"}


@pytest.fixture(scope="module")
def told(repository: Path) -> dict[tuple[str, str], Row]:
    return told_settings(repository)


def unlike_the_library(estimator: Any) -> set[str]:
    """Return which parameters are not what the library gives by itself."""
    if isinstance(estimator, Pipeline):
        return {
            f"{name}__{own}"
            for name, step in estimator.steps
            for own in unlike_the_library(step)
        }
    usual = type(estimator)().get_params(deep=False)
    return {
        name
        for name, value in estimator.get_params(deep=False).items()
        if name not in usual or str(usual[name]) != str(value)
    }


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_settings_are_those_of_the_guide(told, estimator):
    for kind, (stars, number) in product(KINDS, OF_STARS.items()):
        made = make_estimator(estimator, kind, stars=stars)
        found = made.get_params()
        listed = {}
        for (name, setting), row in told.items():
            if name == estimator and (said := values(row[kind])):
                assert len(said) in (1, 3)
                listed[setting] = said[min(number, len(said) - 1)]
        assert {setting: str(found[setting]) for setting in listed} == listed
        assert unlike_the_library(made) - OF_THE_RUN <= set(listed)
