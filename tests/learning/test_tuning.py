"""The search for settings is bounded, repeatable, blocked by sky, and recorded."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from guide import KINDS, told_settings, values
from sklearn.metrics import log_loss
from typer.testing import CliRunner
from views import make_view, toy, toy_classes

from stellarwh.cli import app
from stellarwh.learning import train
from stellarwh.learning.crossfit import tuning
from stellarwh.learning.estimators.registry import ESTIMATORS, make_estimator
from stellarwh.warehouse.database import open_warehouse


def tuning_of(connection, run_id: str) -> dict:
    found = connection.execute(
        "select parameters from ml.runs where run_id = ?", [run_id]
    ).fetchall()
    return json.loads(found[0][0])["tuning"]


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("estimator", ["xgboost", "histogram-boosting", "ridge"])
@pytest.mark.parametrize(
    ("columns", "target"), [(toy(150), "y"), (toy_classes(150), "kind")]
)
def test_same_seed_tries_and_chooses_the_same(
    connection, monkeypatch, estimator, columns, target
):
    if estimator in tuning._SPACES:
        rates = {"learning_rate": [0.05, 0.1, 0.2, 0.3]}
        monkeypatch.setitem(tuning._SPACES, estimator, rates)
    make_view(connection, "mine", columns)
    found = []
    for cores in (1, 2):
        monkeypatch.setattr(
            "stellarwh.learning.estimators.workers.available_cores",
            lambda cores=cores: cores,
        )
        run = train(connection, "mine", estimator=estimator, folds=2, tune=2).run_id
        found.append(tuning_of(connection, run))
    assert found[0] == found[1]
    tried = found[0][target]["tried"]
    assert [one["settings"] == {} for one in tried] == [True, False, False]
    best = min(tried, key=lambda one: one["score"])
    assert found[0][target]["chosen"] == best["settings"]


@pytest.mark.usefixtures("few_trees")
def test_matrices_of_the_search_are_let_go_once_all_settings_used_them(
    connection, monkeypatch
):
    seen = []
    original = tuning._some_cells

    def spy(rows, seed, users):
        seen.append(original(rows, seed, users))
        return seen[-1]

    monkeypatch.setattr(tuning, "_some_cells", spy)
    make_view(connection, "mine", toy(150))
    train(connection, "mine", folds=2, tune=2)
    (inner,) = seen
    for side in inner.sides.blocked.values():
        assert side.matrix._left == 0
        assert side.matrix._made is None


@pytest.mark.usefixtures("few_trees")
def test_the_better_settings_are_found_and_used(connection, monkeypatch):
    # One leaf holds all stars: a forest of such trees predicts the mean alone.
    poor = {"min_samples_leaf": [10_000]}
    monkeypatch.setitem(tuning._SPACES, "random-forest", poor)
    make_view(connection, "mine", toy(200))
    result = train(connection, "mine", estimator="random-forest", folds=2, tune=5)
    assert tuning_of(connection, result.run_id)["y"]["chosen"] == {}
    assert "1 settings tried on 200 stars" in result.tuning[0]
    monkeypatch.setitem(
        tuning._SPACES, "random-forest", {"min_samples_leaf": [2], "max_depth": [3]}
    )
    monkeypatch.setitem(
        ESTIMATORS,
        "random-forest",
        lambda *options, make=ESTIMATORS["random-forest"]: make(*options).set_params(
            **{"min_samples_leaf": 10_000}
        ),
    )
    result = train(connection, "mine", estimator="random-forest", folds=2, tune=5)
    assert tuning_of(connection, result.run_id)["y"]["chosen"] == {
        "max_depth": 3,
        "min_samples_leaf": 2,
    }
    mean_error = connection.execute(
        "select avg(abs(value - label)) from ml.out_of_fold where run_id = ?",
        [result.run_id],
    ).fetchall()[0][0]
    assert mean_error < 0.5  # that of the mean alone is 1.0


def test_settings_of_a_fold_are_chosen_on_all_other_folds():
    losses = np.array([[1.0, 1.0, 1.0], [0.1, 1.2, 1.2], [0.9, 0.9, 1.05]])
    found = tuning.Tuned(
        "y",
        "mean absolute error",
        90,
        [{}, {"a": 1}, {"a": 2}],
        losses,
        np.full(3, 30.0),
    )
    # The second is the best on average, only for what it does in the first fold.
    assert found.scores() == pytest.approx([1.0, 2.5 / 3, 0.95])
    assert found.chosen() == {"a": 1}
    assert [found.chosen(k) for k in range(3)] == [{"a": 2}, {"a": 1}, {"a": 1}]
    assert found.record()["chosen_for_fold"] == [{"a": 2}, {"a": 1}, {"a": 1}]


def test_large_folds_count_more_than_small_ones():
    losses = np.array([[1.0, 2.0, 4.0], [2.0, 1.0, 5.0]])
    found = tuning.Tuned(
        "y", "loss", 10, [{}, {"a": 1}], losses, np.array([1.0, 3.0, 1.0])
    )
    assert found.scores() == pytest.approx([11 / 5, 10 / 5])
    assert found.scores(1) == pytest.approx([5 / 2, 7 / 2])
    assert found.by_fold() == {None: {"a": 1}, 0: {"a": 1}, 1: {}, 2: {"a": 1}}
    assert found.summary() == (
        "y: 1 settings tried on 10 stars, loss 2.2 → 2: a 1"
    )  # fmt: skip


def test_losses_are_those_that_the_line_names():
    inside = np.array([True, True, False, True])
    rows = SimpleNamespace(
        classes=[], label=np.array([1.0, 2.0, 9.0, 4.0]),
        weights=np.array([1.0, 1.0, 9.0, 2.0]), codes=np.array([0, 1, 0, 1]),
    )  # fmt: skip
    # Off by 1, 0 and 3, the last one twice.
    found = tuning._loss(rows, inside, np.array([2.0, 2.0, 1.0]))
    assert found == pytest.approx(7 / 4)
    rows.classes = ["a", "b"]
    stated = np.array([[0.7, 0.3], [0.4, 0.6], [0.8, 0.2]])
    found = tuning._loss(rows, inside, stated)
    assert found == pytest.approx(log_loss([0, 1, 1], stated))


@pytest.mark.parametrize(("degrees", "used"), [((0,), 0), ((0, 1), 1), ((0, 1, 2), 1)])
def test_settings_are_judged_on_a_linear_baseline_if_there_is_one(
    monkeypatch, degrees, used
):
    given = []

    def hold_out(unfitted, rows, side, fold, k, degree, *, keeps_fit):
        given.append((degree, keeps_fit))
        return SimpleNamespace(value=np.zeros(1))

    monkeypatch.setattr(tuning, "hold_out_numbers", hold_out)
    rows = SimpleNamespace(
        sides=SimpleNamespace(blocked={0: None}), fold=None, classes=[],
        plan=SimpleNamespace(degrees=degrees),
    )  # fmt: skip
    tuning._predict_fold(None, rows, 0)
    assert given == [(used, False)]


def test_choosing_among_settings_that_differ_by_chance_gains_nothing():
    # 20 settings as good as each other: losses of mean 0 and scatter 1 in 5 folds.
    rng = np.random.default_rng(9)
    best, reported = [], []
    for _ in range(300):
        losses = rng.normal(0, 1, (20, 5))
        settings = [{"a": i} for i in range(20)]
        found = tuning.Tuned("y", "loss", 100, settings, losses, np.ones(5))
        best.append(found.scores().min())
        reported.append(np.mean([losses[found.chosen(k)["a"], k] for k in range(5)]))
    assert np.mean(best) == pytest.approx(-1.87 / np.sqrt(5), abs=0.05)
    assert np.mean(reported) == pytest.approx(0, abs=0.08)


def test_cells_are_taken_as_a_whole_and_of_every_fold(connection, monkeypatch):
    seen = []
    original = tuning._some_cells

    def spy(rows, seed, users):
        inner = original(rows, seed, users)
        seen.append((rows, inner))
        return inner

    monkeypatch.setattr(tuning, "_some_cells", spy)
    monkeypatch.setattr(tuning, "MOST_STARS", 200)
    make_view(connection, "mine", toy(400))
    train(connection, "mine", estimator="ridge", folds=2, tune=1)
    ((rows, inner),) = seen
    assert 200 <= len(inner.rows) < 240
    position = np.searchsorted(rows.rows, inner.rows)
    own = rows.cells[position]
    assert inner.cells.tolist() == own.tolist()
    for cell in np.unique(own):
        assert len(set(inner.fold[own == cell])) == 1
        assert np.sum(own == cell) == np.sum(rows.cells == cell)
    assert set(inner.fold) == {0, 1}
    assert (inner.fold == rows.fold[position]).all()
    # Of each fold, so many cells that their stars are half of those wanted, and no
    # more: without any one of them that comes last they would be too few.
    for k in (0, 1):
        sizes = np.unique(own[inner.fold == k], return_counts=True)[1]
        assert sizes.sum() >= 100 > sizes.sum() - sizes.max()
    # What goes with the stars goes with them still.
    for name in ("label", "errors", "codes", "weights", "random_fold"):
        assert (getattr(inner, name) == getattr(rows, name)[position]).all()
    assert inner.sides.inputs.single == pytest.approx(
        rows.sides.inputs.single[rows.place[position]], nan_ok=True
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_settings_are_drawn_from_the_values_of_the_guide(repository, estimator, kind):
    known = make_estimator(estimator, kind).get_params()
    space = tuning._space(estimator, kind)
    assert {name: [str(value) for value in of] for name, of in space.items()} == {
        setting: values(row["tried"])
        for (name, setting), row in told_settings(repository).items()
        if name == estimator and values(row["tried"]) and setting in known
    }


def test_command_prints_one_line_of_what_was_tried(warehouse_path):
    with open_warehouse(warehouse_path) as connection:
        make_view(connection, "mine", toy(150))
    options = ["train", "mine", "--estimator", "ridge", "--folds", "2", "--tune", "3"]
    done = CliRunner().invoke(app, ["--warehouse", str(warehouse_path), *options])
    lines = [line for line in done.stdout.splitlines() if "tried" in line]
    assert len(lines) == 1
    assert "y: 3 settings tried on 150 stars, mean absolute error" in lines[0]


def test_without_the_option_nothing_is_searched_for(connection):
    make_view(connection, "mine", toy(150))
    result = train(connection, "mine", estimator="ridge", folds=2)
    assert result.tuning == ()
    stored = connection.execute("select parameters from ml.runs").fetchall()[0][0]
    assert "tuning" not in json.loads(stored)
