"""One matrix of a fold serves all targets, and gives what one of its own would."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
import xgboost
from views import labelled_rows, make_view, toy

from stellarwh.learning import train
from stellarwh.learning.estimators.boosted import boost_class, boost_number
from stellarwh.learning.estimators.registry import make_estimator
from stellarwh.learning.estimators.sides import Inputs, Sides
from stellarwh.learning.estimators.targets import rows_of_targets
from stellarwh.learning.tasks.scaling import fit_scaling
from stellarwh.learning.tasks.task import read_task

N = 3000


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(N, 4)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    return values


def matrix_of(features: np.ndarray, **labels: object) -> xgboost.QuantileDMatrix:
    return xgboost.QuantileDMatrix(features, max_bin=128, nthread=1, **labels)


@pytest.fixture(scope="module")
def label(features: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(4).normal(0, 0.1, N)
    return (np.nan_to_num(features[:, 0]) ** 2 + noise).astype(np.float32)


def few(kind: str):
    return make_estimator("xgboost", kind).set_params(n_estimators=15)


def test_a_number_is_what_xgboost_makes_of_labels_in_the_matrix(features, label):
    ours = boost_number(
        few("number"), matrix_of(features), label, np.ones(N, np.float32)
    )
    theirs = few("number").fit(features, label)
    np.testing.assert_allclose(
        ours.predict(features), theirs.predict(features), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("edges", [[0.5], [0.2, 1.0, 2.0]])
def test_classes_are_what_xgboost_makes_of_labels_in_the_matrix(features, label, edges):
    codes = np.digitize(label, edges)
    ours = boost_class(few("class"), matrix_of(features), codes, np.ones(N, np.float32))
    theirs = few("class").fit(features, codes)
    np.testing.assert_allclose(
        ours.predict_proba(features), theirs.predict_proba(features), rtol=0, atol=1e-4
    )


def test_stars_of_weight_zero_have_no_part(features, label):
    weights = (np.arange(N) % 3 > 0).astype(np.float32)
    matrix = matrix_of(features)
    first = boost_number(few("number"), matrix, label, weights)
    spoilt = np.where(weights > 0, label, 1e6).astype(np.float32)
    second = boost_number(few("number"), matrix, spoilt, weights)
    assert first.booster.save_raw("ubj") == second.booster.save_raw("ubj")


def test_fits_at_the_same_time_on_one_matrix_give_the_same_bits(features, label):
    matrix = matrix_of(features)
    ones = np.ones(N, np.float32)

    def fit(times: int) -> bytes:
        fitted = boost_number(few("number"), matrix, times * label, ones)
        return bytes(fitted.booster.save_raw("ubj"))

    alone = [fit(times) for times in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fit, range(1, 9))) == alone


def test_a_matrix_is_made_once_and_dropped_after_its_last_use(features):
    frame = pl.DataFrame(features, schema=["f0", "f1", "f2", "f3"])
    fold = np.arange(N) % 3
    sides = Sides(Inputs(frame, frame), fold, fold, 2, np.arange(N), 2)
    shared = sides.blocked[1].matrix
    with shared.use() as first:
        assert first.num_row() == (fold != 1).sum()
    with shared.use() as second:
        assert second is first
    with shared.use() as third:
        assert third is not first


def test_trees_divide_features_at_the_same_places_on_all_sides(features):
    frame = pl.DataFrame(features, schema=["f0", "f1", "f2", "f3"])
    fold = np.arange(N) % 3
    sides = Sides(Inputs(frame, frame), fold, fold, 1, np.arange(N), 1)
    places = []
    for side in (sides.blocked[0], sides.blocked[2], sides.random[1], sides.all_stars):
        with side.matrix.use() as matrix:
            places.append([cuts.tolist() for cuts in matrix.get_quantile_cut()])
    whole = matrix_of(features).get_quantile_cut()
    assert places == [[cuts.tolist() for cuts in whole]] * 4


def test_targets_that_most_rows_have_share_folds(connection):
    columns = toy(400)
    y = np.asarray(columns["label_y"])
    rng = np.random.default_rng(1)
    columns["label_most"] = np.where(rng.random(400) < 0.9, y, np.nan)
    columns["label_few"] = np.where(rng.random(400) < 0.4, y, np.nan)
    frame = pl.DataFrame(columns).fill_nan(None)
    make_view(connection, "mine", frame.to_dict(as_series=False))
    task = read_task(connection, "mine")
    rows = labelled_rows(connection, "mine")
    scaling = fit_scaling(rows.features)
    found = {
        own.target.name: own
        for own in rows_of_targets(rows, task.targets, 4, 0, scaling, {})
    }
    assert found["y"].sides is found["most"].sides
    assert found["few"].sides is not found["y"].sides
    assert len(found["few"].sides.inputs) == len(found["few"].label)
    y_fold, most = found["y"].among_all(found["y"].fold, 400), found["most"]
    assert (most.fold == y_fold[most.rows]).all()
    for own in found.values():
        # No sky cell on both sides, all folds about as large, labels where they belong.
        of_cell = pl.DataFrame({"cell": own.cells, "fold": own.fold}).unique()
        assert of_cell["cell"].is_unique().all()
        assert np.bincount(own.fold, minlength=4).min() > len(own.fold) / 4 * 0.7
        np.testing.assert_array_equal(
            own.label, rows.labels[own.target.name].to_numpy()[own.rows]
        )
        np.testing.assert_array_equal(
            own.features["a"].to_numpy(), rows.features["a"].to_numpy()[own.rows]
        )


@pytest.mark.usefixtures("few_trees")
def test_a_target_with_few_labels_learns_from_its_own_stars(connection):
    columns = toy(400)
    y = np.asarray(columns["label_y"])
    few = np.arange(400) < 150
    columns["label_few"] = np.where(few, y, np.nan)
    frame = pl.DataFrame(columns).fill_nan(None)
    make_view(connection, "mine", frame.to_dict(as_series=False))
    train(connection, "mine", folds=3)
    found = connection.execute(
        "select target, count(*), corr(value, label) from ml.out_of_fold "
        "group by target order by target"
    ).fetchall()
    assert [(target, n) for target, n, _ in found] == [("few", 150), ("y", 400)]
    assert min(r for *_, r in found) > 0.8
