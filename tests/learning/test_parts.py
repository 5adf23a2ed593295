"""Parts of a run say the same before they are stored and after."""

import json
import re

import numpy as np
import polars as pl
import pytest
from views import labelled_rows, make_view, toy, toy_classes

from stellarwh.errors import TaskError
from stellarwh.learning import predict, train
from stellarwh.learning.crossfit.fits import Fits
from stellarwh.learning.crossfit.targets import fit_targets
from stellarwh.learning.estimators.matrix import Matrix
from stellarwh.learning.estimators.registry import ESTIMATORS, Unfitted
from stellarwh.learning.estimators.sides import Sides
from stellarwh.learning.estimators.targets import rows_of_targets
from stellarwh.learning.estimators.workers import workers
from stellarwh.learning.runs.applying import StoredRun
from stellarwh.learning.runs.artefacts import (
    SHARED,
    Artefact,
    read_artefacts,
    rebuild,
    seal,
)
from stellarwh.learning.runs.parts import ClassParts, NumberParts, Stars, parts_of
from stellarwh.learning.tasks.scaling import fit_scaling
from stellarwh.learning.tasks.task import read_task
from stellarwh.warehouse.seals import seal_run


def two_classes(n: int) -> dict[str, object]:
    columns = toy_classes(n)
    kinds = np.asarray(columns["label_kind"])
    return columns | {"label_kind": np.where(kinds == "low", "low", "high")}


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("columns", [toy, toy_classes, two_classes])
def test_stored_parts_predict_as_those_that_were_fitted(connection, columns, estimator):
    make_view(connection, "mine", columns(300))
    task, rows = read_task(connection, "mine"), labelled_rows(connection, "mine")
    scaling = fit_scaling(rows.features)
    targets = rows_of_targets(rows, task.targets, 2, 0, scaling, {})
    unfitted = [Unfitted(estimator, targets[0].target.kind, 0, "cpu", len(rows))]
    with workers() as pool:
        (result,) = fit_targets(Fits(pool, 0), targets, unfitted, len(rows))
    if estimator == "xgboost":
        _are_dropped(targets[0].sides, spreads=columns is toy)
    inputs = scaling.of(rows.features)
    stars = Stars(rows.features, inputs, Matrix(inputs))
    name = result.rows.target.name
    stored = {
        part: content
        for (_, part), content in rebuild(parts_of(result), inputs.width).items()
    }
    assert result.importance.sum() == pytest.approx(1)
    assert result.importance.argmax() == 0  # 'a'
    if columns is toy:
        again = NumberParts.rebuilt(stored)
        value = result.corrected.predict(inputs)
        assert again.predict(stars).tolist() == value.tolist()
        found = again.columns(stars, name, {name: value})
        assert found["value"].to_list() == value.tolist()
        assert again.calibration == result.calibration
    else:
        again = ClassParts.rebuilt(stored)
        stated = np.asarray(result.estimator.predict_proba(inputs), dtype=float)
        expected, found = result.calibration.apply(stated), again.columns(stars)
        assert found["class"].to_list() == expected["class"].to_list()
        assert found["prediction_set"].equals(expected["prediction_set"])
        np.testing.assert_allclose(found["probability"], expected["probability"], 1e-6)
        assert again.calibration == result.calibration


def _are_dropped(sides: Sides, *, spreads: bool) -> None:
    """Check that each matrix was used as often as was said, and let go after that."""
    used = [sides.all_stars, *sides.blocked.values(), *sides.random.values()]
    for side in [*used, sides.spread] if spreads else used:
        assert side.matrix._left == 0
        assert side.matrix._made is None


def _asks_for_some(run: StoredRun) -> None:
    """Check that what some stars get is what they get among all."""
    columns = toy(60)
    features = pl.DataFrame({name: columns[name] for name in "ab"})
    every, place = np.ones(60, dtype=np.bool_), np.arange(60)
    of_all = run.apply(features, {"y": every, "kind": every})
    for wanted in (
        {"y": place % 3 == 0, "kind": place % 5 == 0},
        {"y": place % 3 == 0, "kind": ~every},
        {"y": ~every, "kind": ~every},
    ):
        some = run.apply(features, wanted)
        assert some.distance.tolist() == of_all.distance.tolist()
        assert set(some.columns) == {t for t, own in wanted.items() if own.any()}
        for target, found in some.columns.items():
            assert found.equals(of_all.columns[target].filter(wanted[target]))


OLD = {
    "y": [("baseline", None), ("calibration", "grouping"), ("calibration", "own"),
          ("calibration", "shared"), ("calibration", "error_factor")],
    "kind": [("calibration", "sharpness")],
    SHARED: [("scaling", None)],
}  # fmt: skip


@pytest.mark.usefixtures("few_trees")
def test_runs_of_another_version_are_refused_with_what_to_do(connection):
    kinds = toy_classes(200)["label_kind"]
    make_view(connection, "mine", toy(200) | {"label_kind": kinds})
    run = train(connection, "mine", folds=2).run_id
    assert re.fullmatch(r"mine-\d{8}T\d{12}-[0-9a-f]{8}", run)
    ((sealed, kind),) = connection.execute(
        "select artefacts_sha256, kind from ml.runs"
    ).fetchall()
    assert kind == "mixed"
    parts = rebuild(read_artefacts(connection, run, sealed), 2)
    whole = StoredRun.from_parts(run, ("a", "b"), parts)
    assert whole.kinds == {"y": "number", "kind": "class"}
    _asks_for_some(whole)
    for target, lacks in OLD.items():
        for part, key in lacks:
            old = dict(parts)
            if key is None:
                del old[target, part]
            else:
                facts = old[target, part]
                old[target, part] = {k: v for k, v in facts.items() if k != key}
            with pytest.raises(TaskError, match=r"another version.*Train the task"):
                StoredRun.from_parts(run, ("a", "b"), old)


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("unlabelled", [0, 300])
def test_the_chance_of_a_label_is_stored_where_it_was_learned(connection, unlabelled):
    columns = toy(300 + unlabelled)
    label = np.asarray(columns["label_y"]).tolist()
    columns["label_y"] = label[:300] + [None] * unlabelled
    make_view(connection, "mine", columns)
    run = train(connection, "mine", folds=2).run_id
    ((sealed,),) = connection.execute("select artefacts_sha256 from ml.runs").fetchall()
    parts = rebuild(read_artefacts(connection, run, sealed), 2)
    domain = StoredRun.from_parts(run, ("a", "b"), parts).domain
    assert (domain.support is not None) == bool(unlabelled)
    assert (domain.least_chance > 0) == bool(unlabelled)


@pytest.mark.usefixtures("few_trees")
def test_targets_that_are_stored_are_those_of_the_run(connection):
    make_view(connection, "mine", toy(200) | {"label_z": toy(200)["label_y"]})
    run_id = train(connection, "mine", folds=2).run_id
    connection.execute("delete from ml.models where target = 'z'")
    ((sealed, kind),) = connection.execute(
        "select artefacts_sha256, kind from ml.runs"
    ).fetchall()
    assert kind == "number"
    with pytest.raises(TaskError, match="set of parts"):
        predict(connection, "mine")
    artefacts = [
        Artefact(target, part, kind, bytes(data))
        for target, part, kind, data in connection.execute(
            "select target, part, format, artefact from ml.models"
        ).fetchall()
    ]
    assert seal(artefacts) != sealed
    connection.execute("update ml.runs set artefacts_sha256 = ?", [seal(artefacts)])
    seal_run(connection, run_id)
    with pytest.raises(TaskError, match="does not fit together"):
        predict(connection, "mine")


def test_parameters_are_the_same_in_every_process(connection):
    make_view(connection, "mine", toy(200))
    train(connection, "mine", folds=2, estimator="ridge")
    ((stored,),) = connection.execute("select parameters from ml.runs").fetchall()
    assert json.loads(stored)["y"]["fit__alpha"] == 3.0
    assert "bend" in json.loads(stored)["y"]["bend__func"]
    assert " at 0x" not in stored
