"""Stars that were held out get what they got then, and no other star does."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from stellarwh.learning.runs.out_of_fold import OutOfFold, _find, none_out_of_fold

RUN = SimpleNamespace(run_id="one", kinds={"y": "number", "kind": "class"})


@pytest.mark.parametrize("n", [0, 1, 2, 40])
def test_stars_are_found_wherever_they_stand(n):
    rng = np.random.default_rng(n)
    ordered = np.sort(rng.choice(100, n, replace=False))
    sought = rng.permutation(np.arange(-5, 105))
    found, position = _find(pl.Series(sought), pl.Series(ordered, dtype=pl.Int64))
    known = ordered.tolist()
    assert found.tolist() == [star in known for star in sought.tolist()]
    expected = [known.index(star) for star in sought.tolist() if star in known]
    assert position.tolist() == expected


@pytest.fixture
def stored(connection):
    """Return a warehouse that holds two stars of one run, and one of another."""
    for run, target, star, value, name in (
        ("one", "y", 7, 1.5, None), ("one", "y", 3, 2.5, None),
        ("one", "kind", 7, None, "K"), ("other", "kind", 3, None, "M"),
    ):  # fmt: skip
        connection.execute(
            "insert into ml.out_of_fold by name select ? as run_id, ? as target, "
            "? as star_id, ? as value, ? as class, 0.75 as probability, 0 as fold",
            [run, target, star, value, name],
        )
    return connection


def test_each_target_has_its_own_stars(stored):
    found = OutOfFold(stored, RUN).of(pl.Series([9, 7, 1, 3]))
    there, values = found["y"]
    assert there.tolist() == [False, True, False, True]
    assert values["value"].to_list() == [1.5, 2.5]
    assert values.columns[:3] == ["value", "lower_68", "upper_68"]
    there, values = found["kind"]
    assert there.tolist() == [False, True, False, False]
    assert values["class"].to_list() == ["K"]
    assert values.columns == ["class", "probability", "prediction_set"]


def test_of_a_target_that_has_none_no_star_is_held_out(stored):
    stored.execute("delete from ml.out_of_fold where target = 'kind'")
    stars = pl.Series([7, 3])
    there, values = OutOfFold(stored, RUN).of(stars)["kind"]
    assert there.tolist() == [False, False]
    assert values.is_empty()
    for there, values in none_out_of_fold(RUN, stars).values():
        assert there.tolist() == [False, False]
        assert values.is_empty()
    assert set(none_out_of_fold(RUN, stars)) == {"y", "kind"}
