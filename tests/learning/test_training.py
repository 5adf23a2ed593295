"""Training stores everything, and the same inputs give the same bits."""

import inspect
import json
import platform
import time
from importlib import metadata

import numpy as np
import polars as pl
import pytest
import xgboost
from threadpoolctl import threadpool_limits
from views import make_view, toy, toy_classes

from stellarwh.cli.learning import train as command_train
from stellarwh.errors import StellarwhError
from stellarwh.learning import predict, train
from stellarwh.learning.estimators.registry import (
    ESTIMATORS,
    fit_estimator,
    make_estimator,
)
from stellarwh.learning.training import _unit_of_error


def numbers_of(connection, run_id: str) -> list[tuple[object, ...]]:
    return connection.execute(
        "select star_id, target, fold, value, lower_68, upper_90, class, probability, "
        "prediction_set from ml.out_of_fold where run_id = ? order by all",
        [run_id],
    ).fetchall()


def predictions_of(connection, run_id: str) -> list[tuple[object, ...]]:
    found = connection.execute(
        "select * exclude (run_id) from ml.predictions where run_id = ? order by all",
        [run_id],
    ).fetchall()
    assert len(found) == 200
    return found


def artefacts_of(connection, run_id: str) -> list[tuple[object, ...]]:
    return connection.execute(
        "select target, part, sha256 from ml.models where run_id = ? order by all",
        [run_id],
    ).fetchall()


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "columns", [toy(200), toy_classes(200)], ids=["number", "class"]
)
def test_same_seed_gives_the_same_bits_on_any_number_of_threads(
    connection, monkeypatch, estimator, columns
):
    make_view(connection, "mine", columns)
    runs = []
    for cores in (1, 3):
        monkeypatch.setattr(
            "stellarwh.learning.estimators.workers.available_cores",
            lambda cores=cores: cores,
        )
        runs.append(train(connection, "mine", estimator=estimator, seed=4, folds=3))
        # New stars, so that the stored estimators predict them.
        connection.execute("update raw.mine set star_id = star_id + 1000000")
        predict(connection, "mine")
        connection.execute("update raw.mine set star_id = star_id - 1000000")
    first, second = (run.run_id for run in runs)
    assert first != second
    assert numbers_of(connection, first) == numbers_of(connection, second)
    assert predictions_of(connection, first) == predictions_of(connection, second)
    if estimator == "xgboost":  # skops numbers its objects by their addresses
        assert artefacts_of(connection, first) == artefacts_of(connection, second)


def test_another_seed_gives_other_folds(connection):
    make_view(connection, "mine", toy(200))
    first = train(connection, "mine", seed=0, folds=3).run_id
    second = train(connection, "mine", seed=1, folds=3).run_id
    assert numbers_of(connection, first) != numbers_of(connection, second)


def test_run_records_what_is_needed_to_repeat_it(connection):
    make_view(connection, "mine", toy(200))
    result = train(connection, "mine", seed=5, folds=3)
    run = pl.DataFrame(connection.sql("from ml.runs").to_arrow_table()).row(
        0, named=True
    )
    assert run["run_id"] == result.run_id
    assert (run["task"], run["estimator"], run["seed"], run["folds"]) == (
        "mine",
        "xgboost",
        5,
        3,
    )
    assert run["features"] == ["a", "b"]
    assert len(run["data_fingerprint"]) == 64
    assert "raw.mine" in run["view_sql"]
    assert json.loads(run["parameters"])["y"]["random_state"] == 5
    versions = json.loads(run["versions"])
    assert versions["python"] == platform.python_version()
    assert versions["xgboost"] == xgboost.__version__
    for library in ("duckdb", "scikit-learn", "stellarwh"):
        assert versions[library] == metadata.version(library)


@pytest.mark.usefixtures("few_trees")
def test_what_is_not_asked_for_is_what_the_command_takes(connection):
    make_view(connection, "mine", toy(200))
    train(connection, "mine")
    asked = "select kind, estimator, seed, folds, device from ml.runs"
    used = ("number", "xgboost", 0, 5, "cpu")
    assert connection.execute(asked).fetchall() == [used]
    command, library = (
        inspect.signature(of).parameters for of in (command_train, train)
    )
    for option in ("estimator", "seed", "folds", "device", "tune"):
        assert command[option].default == library[option].default


@pytest.mark.usefixtures("few_trees")
def test_seconds_are_those_that_passed(connection):
    make_view(connection, "mine", toy(200))
    before = time.perf_counter()
    result = train(connection, "mine", folds=2)
    passed = time.perf_counter() - before
    ((stored,),) = connection.execute("select seconds from ml.runs").fetchall()
    assert 0 < stored <= result.seconds <= passed


@pytest.mark.parametrize(
    ("unit", "of_error"), [("K", "K"), ("log(cm.s**-2)", "dex"), ("", "")]
)
def test_logarithms_differ_by_dex(unit, of_error):
    assert _unit_of_error(unit) == of_error


def test_every_labelled_star_is_held_out_once_with_its_whole_cell(connection):
    columns = toy(200)
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=4)
    rows = connection.execute(
        "select o.star_id, o.fold, v.healpix_group, o.label, v.label_y "
        "from ml.out_of_fold as o join features.mine as v using (star_id)"
    ).fetchall()
    assert len(rows) == 200
    folds_of_cell: dict[int, set[int]] = {}
    for _, fold, cell, label, expected in rows:
        folds_of_cell.setdefault(cell, set()).add(fold)
        assert label == expected
    assert all(len(folds) == 1 for folds in folds_of_cell.values())


def test_training_again_loses_no_earlier_run(connection):
    make_view(connection, "mine", toy(200))
    for _ in range(2):
        train(connection, "mine", folds=3)
        predict(connection, "mine")
    counts = connection.execute(
        "select count(distinct run_id), count(*) from ml.predictions"
    ).fetchall()
    assert counts == [(2, 400)]


@pytest.mark.usefixtures("few_trees")
def test_stored_artefacts_are_never_pickles(connection):
    make_view(connection, "mine", toy(200))
    for estimator in ESTIMATORS:
        train(connection, "mine", estimator=estimator, folds=3)
    stored = connection.execute("select format, artefact from ml.models").fetchall()
    openings = {"xgboost-ubj": b"{", "json": b"{", "skops": b"PK"}
    assert {kind for kind, _ in stored} == set(openings)
    for kind, data in stored:
        assert bytes(data).startswith(openings[kind])


def test_interval_widths_follow_the_noise(connection):
    make_view(connection, "mine", toy(1500))
    train(connection, "mine")
    narrow, wide = connection.execute(
        "select median(upper_90 - lower_90) filter (v.a < -0.2), "
        "median(upper_90 - lower_90) filter (v.a > 0.2) "
        "from ml.out_of_fold join features.mine as v using (star_id)"
    ).fetchall()[0]
    assert wide > 1.8 * narrow


def test_a_class_seen_in_one_cell_only_does_not_stop_training(connection):
    columns = toy_classes(300)
    cells = np.asarray(columns["healpix_group"])
    kinds = np.asarray(columns["label_kind"]).astype(object)
    kinds[cells == cells[0]] = "only here"
    make_view(connection, "mine", columns | {"label_kind": kinds.tolist()})
    train(connection, "mine", folds=3)
    recall = connection.execute(
        "select value from ml.metrics where metric = 'recall' and stratum = 'only here'"
    ).fetchall()
    assert recall == [(0.0,)]


def test_a_class_may_have_the_name_of_a_group(connection):
    columns = toy_classes(300)
    kinds = np.asarray(columns["label_kind"]).astype(object)
    names = dict(zip(sorted(set(kinds)), ("all", "teff 4500 to 5000"), strict=False))
    kinds = [names.get(kind, kind) for kind in kinds]
    make_view(connection, "mine", columns | {"label_kind": kinds})
    train(connection, "mine", folds=3)
    held, counted = connection.execute(
        "select avg(covered_90::integer), count(*) from ml.out_of_fold "
        "where label_class = 'all'"
    ).fetchall()[0]
    found = connection.execute(
        "select stratum_kind, n, value, axis, axis_low from ml.metrics "
        "where metric = 'coverage_90' and stratum = 'all' order by stratum_kind"
    ).fetchall()
    assert [row[0] for row in found] == ["all", "class"]
    assert found[0][1] == 300
    assert found[1] == ("class", counted, pytest.approx(held), None, None)
    kinds_of_bin = connection.execute(
        "select distinct stratum_kind from ml.metrics "
        "where stratum = 'teff 4500 to 5000'"
    ).fetchall()
    assert kinds_of_bin == [("class",)]


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_feature_seen_in_one_cell_only_does_not_stop_training(connection, estimator):
    columns = toy(300)
    cells = np.asarray(columns["healpix_group"])
    own = np.where(cells == cells[0], np.asarray(columns["a"]), np.nan)
    make_view(connection, "mine", columns | {"c": pl.Series(own).fill_nan(None)})
    train(connection, "mine", estimator=estimator, folds=3)
    error = connection.execute("select avg(abs(value - label)) from ml.out_of_fold")
    assert error.fetchall()[0][0] < 0.6  # that of the mean alone is 1.0


def test_targets_are_trained_on_their_own_labelled_rows(connection):
    columns = toy(300)
    kinds = [None, "x", "y"] * 100
    make_view(connection, "mine", columns | {"label_kind": kinds})
    result = train(connection, "mine", folds=3)
    rows = connection.execute(
        "select target, count(*) from ml.out_of_fold group by all order by all"
    ).fetchall()
    assert rows == [("kind", 200), ("y", 300)]
    number, kind = result.summaries
    assert number.startswith("y: mean absolute error")
    assert kind.startswith("kind: accuracy")


def test_feature_importance_finds_the_feature_that_matters(connection):
    columns = toy(300) | {"noise": np.random.default_rng(9).normal(size=300)}
    make_view(connection, "mine", columns)
    for estimator in ("xgboost", "ridge"):
        run = train(connection, "mine", estimator=estimator, folds=3).run_id
        ranked = connection.execute(
            "select feature, importance from ml.feature_importance "
            "where run_id = ? order by importance desc",
            [run],
        ).fetchall()
        assert [name for name, _ in ranked] == ["a", "b", "noise"]
        assert sum(share for _, share in ranked) == pytest.approx(1)


def test_a_failed_write_leaves_no_part_of_the_run(connection, monkeypatch):
    def fail(*_: object) -> None:
        raise StellarwhError("the disk is full")

    monkeypatch.setattr("stellarwh.learning.runs.store._store_result", fail)
    make_view(connection, "mine", toy(200))
    with pytest.raises(StellarwhError, match="the disk is full"):
        train(connection, "mine", folds=3)
    for table in ("runs", "models", "metrics", "out_of_fold"):
        assert connection.execute(f"from ml.{table}").fetchall() == []


def test_many_stars_get_deeper_trees_and_settings_asked_for_rule_them():
    of_few = make_estimator("xgboost", "number", stars=29_999)
    of_many = make_estimator("xgboost", "number", stars=30_000)
    assert (of_few.max_depth, of_few.n_estimators) == (5, 120)
    assert (of_many.max_depth, of_many.n_estimators) == (6, 80)
    of_most = make_estimator("xgboost", "number", stars=300_000)
    assert (of_most.max_depth, of_most.n_estimators) == (8, 40)
    asked = make_estimator("xgboost", "number", settings={"max_depth": 3}, stars=10**6)
    assert (asked.max_depth, asked.n_estimators) == (3, 40)


def test_ridge_converges_on_classes_told_by_features_that_nearly_agree():
    # Warnings are errors here: logistic regression says so where it did not converge.
    rng = np.random.default_rng(12)
    truth = rng.normal(0, 1, (2000, 1))
    values = truth + rng.normal(0, 0.05, (2000, 16))
    values[:, 10:] = np.exp(3 * values[:, 10:])
    codes = np.digitize(truth[:, 0], [-1.5, -0.5, 0.5, 1.5])
    features = pl.DataFrame(values, schema=[f"f{i}" for i in range(16)])
    with threadpool_limits(limits=1):
        fitted = fit_estimator(
            make_estimator("ridge", "class"), features, codes, np.ones(2000)
        )
    assert np.mean(fitted.predict(features) == codes) > 0.95
