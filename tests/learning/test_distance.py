"""How far a star lies from the training stars, and what that says of its prediction."""

import numpy as np
import polars as pl
import pytest
from views import make_view

from stellarwh.learning import predict, train
from stellarwh.learning.uncertainty.distance import TrainingDistance, training_distance


def two_clumps(n: int, seed: int) -> pl.DataFrame:
    """Return dwarfs and giants as points of two features with a gap between them."""
    rng = np.random.default_rng(seed)
    side = np.where(rng.random(n) < 0.5, -3.0, 3.0)
    return pl.DataFrame(
        {"a": side + rng.normal(0, 0.3, n), "b": side + rng.normal(0, 0.3, n)}
    )


def test_nearly_all_stars_of_the_same_kind_are_within_one():
    known = training_distance(two_clumps(5000, 0), 0)
    found = known.of(two_clumps(5000, 1))
    assert 0.99 < np.mean(found <= 1) < 1.0


def test_a_star_between_the_clumps_is_far_though_each_feature_is_usual():
    known = training_distance(two_clumps(5000, 0), 0)
    lonely = pl.DataFrame({"a": [3.0, 0.0], "b": [-3.0, 0.0]})
    assert (known.of(lonely) > 2).all()


def test_distance_is_that_of_a_hand_calculation():
    # Scaled: asinh(2 / 1) and asinh(0); centre at zero, root of half the square, over
    # the radius of 3.
    known = TrainingDistance(["a", "b"], [1.0, 5.0], [1.0, 2.0], [[0.0, 0.0]], [3.0])
    found = known.of(pl.DataFrame({"a": [3.0], "b": [5.0]}))
    assert found == pytest.approx([np.arcsinh(2) / np.sqrt(2) / 3])


def test_a_missing_feature_does_not_count():
    known = TrainingDistance(["a", "b"], [1.0, 5.0], [1.0, 2.0], [[0.0, 9.0]], [3.0])
    features = pl.DataFrame(
        {"a": [3.0, None], "b": [None, None]}, schema={"a": pl.Float64, "b": pl.Float64}
    )
    found = known.of(features)
    assert found[0] == pytest.approx(np.arcsinh(2) / 3)
    assert np.isnan(found[1])


def test_order_of_the_columns_does_not_matter():
    known = training_distance(two_clumps(500, 0), 0)
    new = two_clumps(50, 1)
    assert (known.of(new) == known.of(new.select("b", "a"))).all()


def test_predictions_carry_it_and_the_domain_ends_at_one(connection):
    labelled, others = two_clumps(900, 2), two_clumps(300, 3)
    gap = pl.DataFrame({"a": np.full(20, 3.0), "b": np.full(20, -3.0)})
    features = pl.concat([labelled, others, gap])
    n = len(features)
    label = pl.Series(features["a"] + features["b"]).to_numpy().copy()
    label[900:] = np.nan
    columns = {
        "star_id": np.arange(n), "a": features["a"], "b": features["b"],
        "label_y": pl.Series(label).fill_nan(None), "healpix_group": np.arange(n) % 30,
    }  # fmt: skip
    make_view(connection, "mine", columns)
    train(connection, "mine", folds=3)
    predict(connection, "mine")
    rows = pl.DataFrame(
        connection.sql("from ml.predictions order by star_id").to_arrow_table()
    )
    lonely = rows["star_id"].to_numpy() >= 1200
    distance = rows["training_distance"].to_numpy()
    inside = rows["in_domain"].to_numpy()
    assert (distance[lonely] > 1).all()
    assert not inside[distance > 1].any()
    assert inside[~lonely].mean() > 0.95


def test_a_star_has_its_distance_among_whatever_stars():
    rng = np.random.default_rng(3)
    stars = pl.DataFrame(rng.normal(0, 1, (5000, 29)))
    known = training_distance(stars, 0)
    whole = known.of(stars)
    for count in (1, 7, 2049, 4111):
        some = rng.permutation(len(stars))[:count]
        np.testing.assert_array_equal(known.of(stars[some]), whole[some])
