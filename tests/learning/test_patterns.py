"""Strata by which groups of features a star has."""

import numpy as np
import polars as pl
import pytest
from views import make_view

from stellarwh.learning import train
from stellarwh.learning.tasks.stratum import Stratum
from stellarwh.learning.uncertainty.patterns import (
    feature_patterns,
    pattern_codes,
    pattern_keys,
)

N = 300
INDEX = np.arange(N)


def column(there: np.ndarray, seed: int = 0) -> list[float | None]:
    values = np.random.default_rng(seed).normal(0, 1, N)
    return [float(v) if has else None for v, has in zip(values, there, strict=True)]


def test_features_missing_together_make_strata_named_after_the_first():
    colours, spectrum = INDEX % 3 != 0, INDEX % 2 == 0
    features = pl.DataFrame(
        {
            "always": column(INDEX >= 0),
            "j_h": column(colours),
            "teff": column(spectrum),
            "j_ks": column(colours),
            # one bad value of a source that saw the star
            "logg": column(spectrum & (INDEX != 4)),
            "alone": column(INDEX % 5 != 0),
        }
    )
    found = {
        of_it.name: int(inside.sum())
        for of_it, inside in feature_patterns(features).items()
    }
    # of 300 stars 200 have colours and every second one a spectrum
    assert found == {
        "has j_h, teff": 100, "has j_h": 100, "has teff": 50, "has no j_h, teff": 50,
    }  # fmt: skip
    assert feature_patterns(features)[Stratum("has teff", "features")].tolist() == [
        not c and s for c, s in zip(colours, spectrum, strict=True)
    ]


def test_features_that_are_always_there_make_no_strata():
    features = pl.DataFrame({"a": column(INDEX >= 0), "b": column(INDEX >= 0)})
    assert feature_patterns(features) == {}


@pytest.mark.parametrize(
    ("have", "counts"), [(6, False), (7, True), (293, True), (294, False)]
)
def test_a_group_is_there_for_more_than_two_and_less_than_98_per_cent(have, counts):
    features = pl.DataFrame({name: column(INDEX - have < 0) for name in "ab"})
    assert pattern_keys(features) == (["a"] if counts else [])


@pytest.mark.parametrize(("single", "together"), [(9, True), (10, False)])
def test_features_are_missing_together_in_97_per_cent_of_the_stars(single, together):
    half = INDEX % 2 == 0
    features = pl.DataFrame(
        {"a": column(half), "b": column(half ^ (INDEX - single < 0))}
    )
    assert pattern_keys(features) == (["a"] if together else [])


def test_the_four_largest_groups_count_in_the_order_of_the_features():
    # Five groups that are there by another digit each, of 2, 3, 4, 5 and 6 features.
    features = pl.DataFrame(
        {
            f"{digit}{i}": column(INDEX // 3**digit % 3 == 0)
            for digit in range(5)
            for i in range(2 + digit)
        }
    )
    assert pattern_keys(features) == ["10", "20", "30", "40"]


def test_a_code_has_a_bit_for_each_feature_that_is_there():
    features = pl.DataFrame(
        {"a": [1.0, None, 1.0, None], "b": [1.0, 1.0, None, None], "c": [None] * 4}
    )
    assert pattern_codes(features, ["a", "b"]).tolist() == [3, 2, 1, 0]
    assert pattern_codes(features, ["c", "a"]).tolist() == [2, 0, 2, 0]
    assert pattern_codes(features, []).tolist() == [0] * 4


def test_training_stores_figures_by_what_a_star_has(connection):
    there = INDEX % 2 == 0
    label = np.random.default_rng(1).normal(0, 1, N)
    copied = [float(y) if has else None for y, has in zip(label, there, strict=True)]
    columns = {
        "star_id": INDEX, "healpix_group": INDEX % 30, "always": column(INDEX >= 0),
        "good": copied, "better": copied, "label_y": label,
    }  # fmt: skip
    make_view(connection, "mine", columns)
    run_id = train(connection, "mine").run_id
    found = dict(
        connection.execute(
            "select stratum, value from ml.metrics "
            "where run_id = ? and metric = 'mae' and folds = 'blocked'",
            [run_id],
        ).fetchall()
    )
    assert set(found) == {"all", "has good", "has no good"}
    assert found["has good"] < 0.5 * found["has no good"]
