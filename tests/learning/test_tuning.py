"""The search for settings is bounded, repeatable, blocked by sky, and recorded."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner
from views import make_view, toy, toy_classes

from stellarwh.cli import app
from stellarwh.database import open_warehouse
from stellarwh.learning import train, tuning
from stellarwh.learning.estimators import ESTIMATORS


def tuning_of(connection, run_id: str) -> dict:
    found = connection.execute(
        "select parameters from ml.runs where run_id = ?", [run_id]
    ).fetchall()
    return json.loads(found[0][0])["tuning"]


@pytest.mark.parametrize("estimator", ["xgboost", "histogram-boosting", "ridge"])
@pytest.mark.parametrize(
    ("columns", "target"), [(toy(150), "y"), (toy_classes(150), "kind")]
)
def test_same_seed_tries_and_chooses_the_same(
    connection, monkeypatch, estimator, columns, target
):
    make_view(connection, "mine", columns)
    found = []
    for cores in (1, 2):
        monkeypatch.setattr(
            "stellarwh.learning.workers.available_cores", lambda cores=cores: cores
        )
        run = train(connection, "mine", estimator=estimator, folds=2, tune=2).run_id
        found.append(tuning_of(connection, run))
    assert found[0] == found[1]
    tried = found[0][target]["tried"]
    assert [one["settings"] == {} for one in tried] == [True, False, False]
    best = min(tried, key=lambda one: one["score"])
    assert found[0][target]["chosen"] == best["settings"]


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


def test_inner_folds_share_no_sky_cell_and_take_cells_as_a_whole(
    connection, monkeypatch
):
    seen = []
    original = tuning._inner_rows

    def spy(rows, cells, seed):
        inner = original(rows, cells, seed)
        seen.append((rows, cells, inner))
        return inner

    monkeypatch.setattr(tuning, "_inner_rows", spy)
    monkeypatch.setattr(tuning, "MOST_STARS", 200)
    make_view(connection, "mine", toy(400))
    train(connection, "mine", estimator="ridge", folds=2, tune=1)
    ((rows, cells, inner),) = seen
    assert 200 <= len(inner.rows) < 260
    position = np.searchsorted(rows.rows, inner.rows)
    own = cells[position]
    for cell in np.unique(own):
        assert len(set(inner.fold[own == cell])) == 1
        assert np.sum(own == cell) == np.sum(cells == cell)
    assert set(inner.fold) == {0, 1, 2}


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
