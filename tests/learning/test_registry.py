"""Estimators have the settings of docs/howto/own_task.md, else their libraries'."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
import xgboost
from guide import KINDS, Row, told_settings, values
from sklearn.pipeline import Pipeline

from stellarwh.errors import TaskError
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


def test_a_device_is_refused_where_nothing_runs_on_it(monkeypatch):
    module = "stellarwh.learning.estimators.registry"
    with pytest.raises(TaskError, match=r"no device 'gpu'"):
        make_estimator("xgboost", "number", device="gpu")
    with pytest.raises(TaskError, match="ridge runs on the CPU only"):
        make_estimator("ridge", "number", device="cuda")
    for with_cuda, has_gpu, said in (
        (False, True, "built without CUDA"), (True, False, "finds no GPU"),
    ):  # fmt: skip
        monkeypatch.setattr(
            xgboost, "build_info", lambda found=with_cuda: {"USE_CUDA": found}
        )
        monkeypatch.setattr(f"{module}.finds_gpu", lambda found=has_gpu: found)
        with pytest.raises(TaskError, match=said):
            make_estimator("xgboost", "number", device="cuda")
    monkeypatch.setattr(f"{module}.finds_gpu", lambda: True)
    assert make_estimator("xgboost", "number", device="cuda").device == "cuda"


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_random_choice_has_the_seed(estimator):
    def seeds(*options: object) -> set[object]:
        made = make_estimator(estimator, "number", *options).get_params()
        found = {value for name, value in made.items() if "random_state" in name}
        return found - {None}  # of what draws nothing

    assert seeds() == (set() if estimator == "ridge" else {0})
    assert seeds(7) == (set() if estimator == "ridge" else {7})
