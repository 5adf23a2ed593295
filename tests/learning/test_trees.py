"""Trees are walked only where every node is reached once."""

import numpy as np
import pytest

from stellarwh.learning.runs.trees import Trees


def trees(sizes, left, right, feature=None) -> Trees:
    arrays = [np.asarray(a) for a in (left, right, feature or [0] * len(left))]
    return Trees(np.array(sizes), arrays[0] == -1, *arrays)


def chain(levels: int) -> Trees:
    """Return one tree whose every level but the last has one node that goes on."""
    n = 2 * levels - 1
    left, right = np.full(n, -1), np.full(n, -1)
    inner = np.arange(0, n - 1, 2)
    left[inner], right[inner] = inner + 1, inner + 2
    return trees([n], left, right)


def test_children_are_counted_from_the_first_node_of_their_tree():
    # A stump, a single leaf, a stump: 7 nodes.
    left, right = [1, -1, -1, -1, 1, -1, -1], [2, -1, -1, -1, 2, -1, -1]
    trees([3, 1, 3], left, right).check(1)
    # Node 3 is there, but not in the first tree.
    with pytest.raises(ValueError, match="a child that is not there"):
        trees([3, 1, 3], left, [3, *right[1:]]).check(1)


@pytest.mark.parametrize("sizes", [[0, 3], [2], [4], [3, 3]])
def test_a_tree_has_the_nodes_that_it_says(sizes):
    with pytest.raises(ValueError, match="no nodes, or others than it says"):
        trees(sizes, [1, -1, -1], [2, -1, -1]).check(1)


def test_the_first_node_is_nobodys_child():
    with pytest.raises(ValueError, match="a child that is not there"):
        trees([3], [1, 0, -1], [2, 2, -1]).check(1)


@pytest.mark.parametrize(("feature", "fits"), [(0, True), (1, True), (2, False)])
def test_a_node_asks_for_a_feature_that_there_is(feature, fits):
    stump = trees([3], [1, -1, -1], [2, -1, -1], [feature, 7, -7])  # leaves ask none
    if fits:
        stump.check(2)
    else:
        with pytest.raises(ValueError, match="a feature that is not there"):
            stump.check(2)


def test_a_tree_has_two_hundred_levels_at_most():
    chain(200).check(1)
    with pytest.raises(ValueError, match="deeper than 200 levels"):
        chain(201).check(1)


def test_nodes_in_a_ring_are_never_reached():
    # 0 has the leaves 1 and 2; 3 and 4 have each other.
    with pytest.raises(ValueError, match="never reached"):
        trees([5], [1, -1, -1, 4, 3], [2, -1, -1, 4, 3]).check(1)
