"""Folds hold out whole sky cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold

from stellarwh.errors import TaskError
from stellarwh.learning.estimators.targets import fifths
from stellarwh.learning.tasks.folds import blocked_folds, random_folds


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(60, 400),
    n_cells=st.integers(8, 60),
    folds=st.integers(2, 8),
    n_classes=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_no_cell_is_ever_in_two_folds_and_no_fold_is_empty(
    n, n_cells, folds, n_classes, seed
):
    rng = np.random.default_rng(seed)
    cells = np.concatenate([np.arange(n_cells), rng.integers(0, n_cells, n)])
    classes = rng.integers(0, n_classes, len(cells))
    fold = blocked_folds(cells, classes, folds, seed)
    for cell in range(n_cells):
        assert len(set(fold[cells == cell])) == 1
    assert set(fold) == set(range(folds))


def test_folds_are_as_even_as_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    cells = rng.zipf(1.4, 5000) % 200
    ours = np.bincount(blocked_folds(cells, np.zeros_like(cells), 5, 0))
    theirs = [len(test) for _, test in GroupKFold(5).split(cells, groups=cells)]
    assert ours.max() - ours.min() <= max(theirs) - min(theirs) + 5


def test_a_rare_class_is_spread_over_the_folds():
    rng = np.random.default_rng(1)
    cells = rng.integers(0, 100, 3000)
    classes = (rng.random(3000) < 0.03).astype(np.int64)
    fold = blocked_folds(cells, classes, 5, 0)
    rare = np.bincount(fold[classes == 1], minlength=5)
    assert rare.max() - rare.min() <= 3


def test_fifths_of_the_labels_are_spread_over_the_folds():
    # Metal-poor cells and metal-rich ones, as at high and low latitude.
    rng = np.random.default_rng(6)
    cells = rng.integers(0, 60, 6000)
    fe_h = -1.2 + 0.02 * cells + rng.normal(0, 0.1, 6000)
    codes = fifths(fe_h)
    assert np.bincount(codes).tolist() == [1200] * 5

    def unevenness(strata: np.ndarray) -> float:
        """Return the scatter about the 240 of each fifth that a fold should have."""
        found = []
        for seed in range(10):
            fold = blocked_folds(cells, strata, 5, seed)
            counts = np.zeros((5, 5))
            np.add.at(counts, (fold, codes), 1)
            found.append(counts.std())
        return float(np.mean(found))

    assert unevenness(codes) < 0.6 * unevenness(np.zeros_like(codes))


@pytest.mark.parametrize(("ones", "twos"), [(50, 50), (70, 30), (10, 90)])
def test_labels_of_few_values_have_fifths_too(ones, twos):
    found = fifths(np.repeat([1.0, 2.0], [ones, twos]))
    # Equal labels are in one fifth, larger ones in a later one.
    (low,), (high,) = set(found[:ones]), set(found[ones:])
    assert 0 <= low < high == 4


def test_seed_orders_the_folds_and_repeats_them():
    cells = np.arange(50)
    zeros = np.zeros(50, dtype=np.int64)
    first = blocked_folds(cells, zeros, 5, 0)
    assert np.array_equal(first, blocked_folds(cells, zeros, 5, 0))
    assert not np.array_equal(first, blocked_folds(cells, zeros, 5, 1))


def test_fewer_cells_than_folds_says_how_many_there_are():
    with pytest.raises(TaskError, match=r"3 sky cells, fewer than 5 folds.*--folds 3"):
        blocked_folds(np.array([1, 2, 3] * 9), np.zeros(27, dtype=np.int64), 5, 0)


def test_two_cells_allow_two_folds_and_one_none():
    cells, zeros = np.array([1, 2] * 9), np.zeros(18, dtype=np.int64)
    assert set(blocked_folds(cells, zeros, 2, 0)) == {0, 1}
    with pytest.raises(TaskError, match=r"2 sky cells.*at most --folds 2\."):
        blocked_folds(cells, zeros, 3, 0)
    with pytest.raises(TaskError, match="needs stars in at least two cells"):
        blocked_folds(np.ones(18, dtype=np.int64), zeros, 2, 0)
    with pytest.raises(TaskError, match="1 folds were asked for; at least 2"):
        blocked_folds(cells, zeros, 1, 0)


def test_random_folds_are_even_in_every_class():
    classes = np.array([0] * 50 + [1] * 11 + [2] * 5)
    fold = random_folds(classes, 5, 0)
    assert sorted(np.bincount(fold[classes == 0])) == [10] * 5
    assert sorted(np.bincount(fold[classes == 2])) == [1] * 5
    assert np.array_equal(fold, random_folds(classes, 5, 0))


def test_random_folds_are_even_in_every_pair_of_classes():
    rng = np.random.default_rng(0)
    classes = np.column_stack([rng.integers(0, 2, 400), rng.integers(-1, 2, 400)])
    fold = random_folds(classes, 4, 0)
    assert fold.shape == (400,)
    for pair in np.unique(classes, axis=0):
        counts = np.bincount(fold[(classes == pair).all(axis=1)], minlength=4)
        assert counts.max() - counts.min() <= 1
