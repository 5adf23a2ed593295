"""Intervals hold what they promise, on data whose noise is known."""

import numpy as np
import polars as pl
import pytest
from mapie.classification import SplitConformalClassifier
from mapie.regression import SplitConformalRegressor
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression
from views import make_view
from xgboost import QuantileDMatrix

from stellarwh.learning import predict, train
from stellarwh.learning.estimators.sides import SPREAD_BINS
from stellarwh.learning.uncertainty.conformal import (
    class_thresholds,
    conformal_quantile,
    in_set,
    interval_scores,
    normal_quantile,
    set_names,
)
from stellarwh.learning.uncertainty.number_calibration import calibrate_by_fold
from stellarwh.learning.uncertainty.spread import boost_spread, predict_spread


@pytest.mark.parametrize(
    ("n", "level", "expected"), [(9, 90, 9), (19, 90, 18), (99, 68, 68), (4, 90, 4)]
)
def test_quantile_is_the_rank_that_the_theorem_names(n, level, expected):
    # ceil((n + 1) level)-th smallest of 1 … n, the largest where that is beyond n.
    scores = np.random.default_rng(0).permutation(np.arange(1.0, n + 1))
    assert conformal_quantile(scores, level) == expected


def test_normal_quantiles_are_those_of_the_tables():
    assert normal_quantile(90) == pytest.approx(1.6449, abs=1e-4)
    assert normal_quantile(68) == pytest.approx(0.9945, abs=1e-4)


def test_a_fold_is_never_calibrated_with_its_own_scores():
    scores = np.concatenate([np.full(50, 1.0), np.full(50, 7.0)])
    fold = np.repeat([0, 1], 50)
    both = {68: scores, 90: scores}
    quantiles = calibrate_by_fold(both, [np.zeros(100, dtype=int)], fold)[90]
    assert set(quantiles[fold == 0]) == {7.0}
    assert set(quantiles[fold == 1]) == {1.0}


def test_a_group_of_enough_stars_is_calibrated_by_itself():
    scores = np.concatenate([np.full(1000, 1.0), np.full(1000, 7.0), np.full(20, 50.0)])
    group = np.repeat([0, 3, 5], [1000, 1000, 20])
    fold = np.arange(2020) % 2
    quantiles = calibrate_by_fold({68: scores, 90: scores}, [group], fold)[68]
    assert set(quantiles[group == 0]) == {1.0}
    assert set(quantiles[group == 3]) == {7.0}
    assert set(quantiles[group == 5]) == {7.0}  # too few: that of all stars


def test_intervals_hold_where_features_are_missing_too(connection):
    rng = np.random.default_rng(11)
    n = 6000
    a, b = rng.uniform(-1, 1, (2, n))
    # Heavy tails where b and its twin are missing: one factor cannot serve all.
    lacks = np.arange(n) % 5 == 0
    noise = np.where(lacks, rng.standard_t(1.5, n), rng.uniform(-1, 1, n))
    hidden = pl.Series(np.where(lacks, np.nan, b)).fill_nan(None)
    # Half of the stars have a label, the others show what it is worth.
    true = 2 * a + noise
    label = pl.Series(np.where(np.arange(n) < n / 2, true, np.nan)).fill_nan(None)
    columns = {
        "star_id": np.arange(n), "a": a, "b": hidden, "twin": hidden,
        "label_y": label, "healpix_group": rng.integers(0, 60, n),
    }  # fmt: skip
    make_view(connection, "mine", columns)
    train(connection, "mine")
    predict(connection, "mine")
    connection.register("true_values", pl.DataFrame({"y": true}).to_arrow())
    connection.execute(
        "create temp table untold as "
        "select row_number() over () - 1 as star_id, y from true_values"
    )
    for level in (68, 90):
        covered = connection.execute(
            f"select avg((y between lower_{level} and upper_{level})::int) "
            "from ml.predictions join features.mine using (star_id) "
            "join untold using (star_id) where label_y is null group by b is null"
        ).fetchall()
        held_out = connection.execute(
            f"select avg(covered_{level}::int) from ml.out_of_fold "
            "join raw.mine as v using (star_id) group by v.b is null"
        ).fetchall()
        for (share,) in held_out:
            assert share == pytest.approx(level / 100, abs=0.03)
        assert len(covered) == len(held_out) == 2
        for (share,) in covered:
            assert share == pytest.approx(level / 100, abs=0.04)


def test_score_leaves_to_the_label_what_its_own_error_explains():
    # |residual| = z hypot(factor spread, error): 3-4-5 triangle in units of z.
    z = normal_quantile(90)
    score = interval_scores(np.array([5 * z]), np.array([2.0]), np.array([4.0]), 90)
    assert score == pytest.approx([1.5])


def test_intervals_never_vanish_when_label_errors_are_overstated():
    score = interval_scores(np.array([0.1]), np.array([2.0]), np.array([4.0]), 68)
    assert score == [0.5]


def test_spread_is_found_beneath_known_label_errors():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 1, 8000)
    spread = np.where(x < 0.5, 20.0, 60.0)
    errors = rng.uniform(20, 60, 8000)
    residuals = rng.normal(0, np.hypot(spread, errors))
    frame = pl.DataFrame({"x": x})
    matrix = QuantileDMatrix(frame, max_bin=SPREAD_BINS)
    # The stars that are left out have three times the spread.
    used = np.arange(8000) % 4 > 0
    residuals[~used] *= 3
    booster = boost_spread(matrix, residuals, errors, used, 0, "cpu")
    found = predict_spread(booster, frame)
    assert np.median(found[x < 0.45]) == pytest.approx(20, rel=0.2)
    assert np.median(found[x > 0.55]) == pytest.approx(60, rel=0.1)


def test_intervals_cover_the_truth_of_stars_that_were_held_out(connection):
    rng = np.random.default_rng(7)
    n = 6000
    a, b = rng.uniform(-1, 1, (2, n))
    # The truth scatters about what the features tell, three times as much for a > 0;
    # the label adds an error of its own of about the same size.
    wide = np.where(a > 0, 0.3, 0.1)
    truth = 2 * a + b**2 + rng.normal(0, wide)
    errors = rng.uniform(0.05, 0.2, n)
    label = np.where(np.arange(n) < 4000, truth + rng.normal(0, errors), np.nan)
    make_view(
        connection,
        "mine",
        {
            "star_id": np.arange(n),
            "a": a,
            "b": b,
            "label_y": pl.Series(label).fill_nan(None),
            "label_y_err": errors,
            "healpix_group": rng.integers(0, 60, n),
        },
    )
    train(connection, "mine")
    predict(connection, "mine")
    rows = pl.DataFrame(
        connection.sql("from ml.predictions order by star_id").to_arrow_table()
    ).with_columns(truth=truth, wide=wide)
    new = rows.filter(pl.col("star_id") >= 4000)
    held = new.with_columns(
        in_68=pl.col("truth").is_between("lower_68", "upper_68"),
        in_90=pl.col("truth").is_between("lower_90", "upper_90"),
    )
    for group in (held, *held.partition_by("wide")):
        assert group["in_90"].mean() == pytest.approx(0.90, abs=0.03)
        assert group["in_68"].mean() == pytest.approx(0.68, abs=0.05)
    measured = dict(
        connection.execute(
            "select metric, value from ml.metrics "
            "where stratum = 'all' and folds = 'blocked'"
        ).fetchall()
    )
    assert measured["coverage_90"] == pytest.approx(0.90, abs=0.01)
    assert measured["coverage_68"] == pytest.approx(0.68, abs=0.01)


def test_prediction_sets_hold_at_least_ninety_per_cent_of_each_class():
    rng = np.random.default_rng(2)
    codes = rng.choice(3, 6000, p=[0.8, 0.15, 0.05])
    logits = rng.normal(0, 1, (6000, 3))
    logits[np.arange(6000), codes] += np.array([3.0, 1.0, 0.5])[codes]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    thresholds = class_thresholds(probabilities[:3000], codes[:3000])
    members = in_set(probabilities[3000:], thresholds)
    for code in range(3):
        own = codes[3000:] == code
        assert members[own, code].mean() > 0.86
    assert members.sum(axis=1).mean() < 2


def test_thresholds_are_quantiles_of_what_true_classes_miss():
    # 49 stars of the first class miss 0.01, 0.02, … 0.49; the 45th of them in order.
    # 20 of the second miss 0.5 … 0.69: the 19th. 19 of the third are too few: they
    # share the 81st of all 88.
    missed = np.concatenate(
        [np.arange(1, 50), np.arange(50, 70), np.arange(71, 90)]
    ) / 100  # fmt: skip
    codes = np.repeat([0, 1, 2], [49, 20, 19])
    probabilities = np.full((88, 3), 0.5)
    probabilities[np.arange(88), codes] = 1 - missed
    ranked = np.sort(missed)
    shared = ranked[int(np.ceil(89 * 0.9)) - 1]
    found = class_thresholds(probabilities, codes)
    assert found == pytest.approx([0.45, 0.68, shared])
    assert ranked[80] == shared > 0.69
    at_68 = class_thresholds(probabilities, codes, 68)
    assert at_68[:2] == pytest.approx([0.34, 0.64])


def test_a_class_enters_at_its_threshold():
    probabilities = np.array([[0.5, 0.25, 0.25], [0.625, 0.25, 0.125]])
    members = in_set(probabilities, np.array([0.1, 0.75, 0.8125]))
    assert members.tolist() == [[True, True, True], [True, True, False]]


def test_prediction_sets_always_hold_the_likeliest_class():
    members = in_set(np.array([[0.4, 0.35, 0.25]]), np.array([0.1, 0.1, 0.1]))
    assert members.tolist() == [[True, False, False]]


def test_sets_are_written_as_names():
    members = np.array([[True, False, True], [False, True, False]])
    assert set_names(members, ["A", "F", "G"]).to_list() == [["A", "G"], ["F"]]


def test_intervals_and_sets_are_those_of_mapie():
    rng = np.random.default_rng(5)
    n = 137
    rows, residuals = np.zeros((n, 1)), rng.standard_t(3, n)
    always_zero = DummyRegressor(strategy="constant", constant=0.0)
    split = SplitConformalRegressor(
        always_zero.fit(rows, residuals), confidence_level=[0.68, 0.9], prefit=True
    ).conformalize(rows, residuals)
    _, ends = split.predict_interval(rows[:1])
    for index, level in enumerate((68, 90)):
        scores = np.abs(residuals)
        assert conformal_quantile(scores, level) == pytest.approx(ends[0, 1, index])

    codes = rng.choice(2, n, p=[0.7, 0.3])
    one_feature = (codes + rng.normal(0, 1, n))[:, None]
    logistic = LogisticRegression().fit(one_feature, codes)
    sets = SplitConformalClassifier(
        logistic, confidence_level=0.9, prefit=True, conformity_score="lac"
    ).conformalize(one_feature, codes)
    _, members = sets.predict_set(one_feature)
    probability = logistic.predict_proba(one_feature)
    limit = conformal_quantile(1 - probability[np.arange(n), codes], 90)
    # Ours hold the likeliest class even where LAC leaves a set empty.
    ours = in_set(probability, np.array([limit, limit]))
    empty = ~members[:, :, 0].any(axis=1)
    assert (ours[~empty] == members[~empty, :, 0]).all()
    assert 0 < ours.sum(axis=1).mean() - 1 < 1
