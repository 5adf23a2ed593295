"""What a view must look like to be a task."""

import json
from datetime import date
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest
import xgboost
from views import make_view, toy

from stellarwh.errors import TaskError
from stellarwh.learning import task_names, train
from stellarwh.learning.estimators.workers import finds_gpu
from stellarwh.learning.tasks.task import read_task


def test_takes_a_view_apart_by_its_column_names(connection):
    columns = toy() | {"label_y_err": [0.1] * 400, "label_kind": ["x", "y"] * 200}
    make_view(connection, "mine", columns)
    task = read_task(connection, "features.mine")
    assert task.features == ("a", "b")
    found = [(t.name, t.kind, t.error_column) for t in task.targets]
    assert found == [("y", "number", "label_y_err"), ("kind", "class", None)]
    assert "raw.mine" in task.view_sql


def test_lists_every_view_of_the_schema(connection):
    make_view(connection, "beta", toy())
    make_view(connection, "alpha", toy())
    assert task_names(connection) == ["alpha", "beta"]


def test_unknown_task_suggests_the_nearest(connection):
    make_view(connection, "apogee_from_galah", toy())
    with pytest.raises(TaskError, match="Did you mean 'apogee_from_galah'"):
        train(connection, "apogee_from_gala")


def test_unknown_estimator_suggests_the_nearest(connection):
    make_view(connection, "mine", toy())
    with pytest.raises(TaskError, match="Did you mean 'xgboost'"):
        train(connection, "mine", estimator="xgbost")


@pytest.mark.parametrize("missing", ["star_id", "healpix_group"])
def test_view_without_a_needed_column_is_refused(connection, missing):
    columns = toy()
    del columns[missing]
    make_view(connection, "mine", columns)
    with pytest.raises(TaskError, match=f"no column {missing}"):
        train(connection, "mine")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label_y": None}, "no label"),
        ({"a": None, "b": None}, "no feature column"),
        ({"a": ["x"] * 400}, "Feature a of features.mine is VARCHAR"),
        ({"label_y": [True, False] * 200}, "label_y of features.mine is BOOLEAN"),
        ({"star_id": ["x"] * 400}, "star_id is VARCHAR; it must be an integer"),
        (
            {"star_id": pl.Series(range(400), dtype=pl.UInt64)},
            "star_id is UBIGINT; it must be an integer that fits BIGINT",
        ),
        ({"label_y_err": ["x"] * 400}, "label_y_err of features.mine is VARCHAR"),
        ({"label_y": [date(2020, 1, 1)] * 400}, "Label label_y .* is DATE"),
        ({"a": [[1.0]] * 400}, r"Feature a of features.mine is DOUBLE\[\]"),
    ],
)
def test_view_that_breaks_the_contract_is_refused(
    connection: duckdb.DuckDBPyConnection, change, message
):
    columns = {k: v for k, v in (toy() | change).items() if v is not None}
    make_view(connection, "mine", columns)
    with pytest.raises(TaskError, match=message):
        train(connection, "mine")


def test_cuda_without_a_cuda_build_is_refused(connection, monkeypatch):
    monkeypatch.setattr("xgboost.build_info", lambda: {"USE_CUDA": False})
    make_view(connection, "mine", toy())
    with pytest.raises(TaskError, match="built without CUDA"):
        train(connection, "mine", device="cuda")


def test_cuda_without_a_gpu_is_refused_in_one_line(connection, monkeypatch):
    # XGBoost itself would go on, on the CPU.
    monkeypatch.setattr("xgboost.build_info", lambda: {"USE_CUDA": True})
    monkeypatch.setattr(
        "stellarwh.learning.estimators.registry.finds_gpu", lambda: False
    )
    make_view(connection, "mine", toy())
    with pytest.raises(TaskError, match="finds no GPU") as raised:
        train(connection, "mine", device="cuda")
    assert "\n" not in str(raised.value)


def test_a_gpu_is_found_where_xgboost_says_that_it_ran_on_one(monkeypatch):
    for used, found in (("cuda:0", True), ("cpu", False)):
        config = json.dumps({"learner": {"generic_param": {"device": used}}})
        told = []

        def fake(parameters, *_, told=told, config=config, **__):
            told.append(parameters["device"])
            return SimpleNamespace(save_config=lambda: config)

        monkeypatch.setattr("xgboost.train", fake)
        assert finds_gpu.__wrapped__() is found
        assert told == ["cuda"]


def test_device_is_passed_to_every_fit_of_xgboost(connection, monkeypatch):
    monkeypatch.setattr("xgboost.build_info", lambda: {"USE_CUDA": True})
    monkeypatch.setattr(
        "stellarwh.learning.estimators.registry.finds_gpu", lambda: True
    )
    devices = []
    real = xgboost.train

    def spy(parameters, *options, **named):
        devices.append(parameters.get("device"))
        return real(parameters | {"device": "cpu"}, *options, **named)

    monkeypatch.setattr("xgboost.train", spy)
    monkeypatch.setattr("xgboost.sklearn.train", spy)
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2, device="cuda")
    # The final fit, two blocked and two random folds, and the spread of the final fit
    # and of two folds. 200 stars are too few for the classifier of the domain.
    assert devices == ["cuda"] * 8
    assert connection.execute("select device from ml.runs").fetchall() == [("cuda",)]


def test_cuda_is_refused_for_estimators_of_the_cpu(connection):
    make_view(connection, "mine", toy())
    with pytest.raises(TaskError, match="ridge runs on the CPU only"):
        train(connection, "mine", estimator="ridge", device="cuda")
