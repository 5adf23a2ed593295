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


def scaled_by_hand(features: pl.DataFrame) -> tuple[np.ndarray, list, list]:
    """Return the stars on the common scale, medians and widths."""
    values = features.to_numpy()
    low, median, high = np.nanquantile(values, [0.1587, 0.5, 0.8413], axis=0)
    width = (high - low) / 2
    return np.arcsinh((values - median) / width), median.tolist(), width.tolist()


def rms(stars: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the differences of stars to centres over the features that there are."""
    return np.sqrt(np.nanmean((stars[:, None] - centres[None]) ** 2, axis=2))


def test_fewer_than_forty_stars_have_one_cluster_about_their_mean():
    rng = np.random.default_rng(0)
    features = pl.DataFrame({"a": rng.normal(5, 2, 39), "b": rng.exponential(3, 39)})
    known = training_distance(features, 0)
    scaled, median, width = scaled_by_hand(features)
    assert known.median == pytest.approx(median)
    assert known.width == pytest.approx(width)
    assert np.array(known.centres) == pytest.approx(scaled.mean(axis=0)[None], abs=1e-6)
    # One radius: that within which 99.9 % of the stars lie.
    distance = rms(scaled, scaled.mean(axis=0)[None])[:, 0]
    assert known.radii == pytest.approx([np.quantile(distance, 0.999)], rel=1e-5)


def test_forty_stars_have_two_clusters_and_very_many_have_64():
    assert len(training_distance(two_clumps(40, 0), 0).radii) == 2
    assert len(training_distance(two_clumps(64 * 20 - 1, 0), 0).radii) == 63
    assert len(training_distance(two_clumps(65 * 20, 0), 0).radii) == 64


def test_a_radius_is_that_of_95_per_cent_and_half_the_usual_one_at_least():
    # Many places where all stars are alike, and a wide clump.
    rng = np.random.default_rng(1)
    tight = rng.uniform(-1, 1, (6, 2)).repeat(40, axis=0)
    points = np.vstack([tight, rng.normal(6, 1.5, (900, 2))])
    features = pl.DataFrame({"a": points[:, 0], "b": points[:, 1]})
    known = training_distance(features, 0)
    scaled = scaled_by_hand(features)[0]
    distances = rms(scaled, np.array(known.centres))
    own, nearest = distances.min(axis=1), distances.argmin(axis=1)
    typical = np.quantile(own, 0.95)
    radii = np.array(
        [
            max(np.quantile(own[nearest == k], 0.95), typical / 2)
            if (nearest == k).sum() >= 20
            else typical
            for k in range(len(known.radii))
        ]
    )
    relative = (distances / radii).min(axis=1)
    expected = radii * np.quantile(relative, 0.999)
    assert known.radii == pytest.approx(expected.tolist(), rel=1e-3)
    assert min(radii) == typical / 2
    assert {(nearest == k).sum() >= 20 for k in range(len(radii))} == {True, False}
    # What it says of a star is the least of its distances, each in its radius.
    found = (distances / np.array(known.radii)).min(axis=1)
    assert known.of(features) == pytest.approx(found, rel=1e-3, abs=2e-6)


def test_a_feature_that_hardly_varies_has_its_standard_deviation_for_width():
    rare = np.r_[np.full(90, 2.0), np.full(10, 5.0)]
    even = np.linspace(0, 1, 100)
    features = pl.DataFrame({"rare": rare, "none": np.full(100, 7.0), "even": even})
    known = training_distance(features, 0)
    assert known.width == pytest.approx([rare.std(), 1.0, 0.6826 / 2 * 1.0], rel=1e-3)


def test_stars_that_are_all_alike_are_near_and_any_other_is_far():
    alike = pl.DataFrame({"a": np.full(50, 3.0), "b": np.full(50, -1.0)})
    known = training_distance(alike, 0)
    assert (known.of(alike) <= 1).all()
    assert known.of(pl.DataFrame({"a": [3.1], "b": [-1.0]}))[0] > 1000


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
