"""Whether stored decision trees can be walked: libraries follow any index they find."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from stellarwh.learning.tasks.rows import Booleans, Integers

# Levels: the deepest that any estimator here may grow has 24, and some libraries walk
# them by recursion.
_DEEPEST = 200


@dataclass(frozen=True)
class Trees:
    """Nodes of T trees, one tree after the other, N in all.

    Attributes
    ----------
    sizes : ndarray of shape (T,)
        Nodes of each tree.
    is_leaf : ndarray of shape (N,)
        Whether a node is a leaf.
    left, right : ndarray of shape (N,)
        The children of each node that is none, counted from the tree's first node.
    feature : ndarray of shape (N,)
        Which feature such a node asks for.
    """

    sizes: Integers
    is_leaf: Booleans
    left: Integers
    right: Integers
    feature: Integers

    def check(self, features: int) -> None:
        """Check that every node is reached once from its tree's first node.

        Parameters
        ----------
        features : int
            How many features there are.

        Raises
        ------
        ValueError
            If a tree is empty, a child or feature is not there, a node is reached
            twice or never, or a tree is deeper than any that is grown here.
        """
        if (self.sizes < 1).any() or self.sizes.sum() != len(self.is_leaf):
            raise ValueError("a tree has no nodes, or others than it says")
        size = np.repeat(self.sizes, self.sizes)
        inner = ~self.is_leaf
        for child in (self.left, self.right):
            if not _within(child[inner], 1, size[inner]):
                raise ValueError("a node has a child that is not there")
        if not _within(self.feature[inner], 0, features):
            raise ValueError("a node asks for a feature that is not there")
        self._walk()

    def _walk(self) -> None:
        first = np.cumsum(self.sizes) - self.sizes
        start = np.repeat(first, self.sizes)
        reached = np.zeros(len(self.is_leaf), dtype=np.int64)
        level = first
        for _ in range(_DEEPEST):
            np.add.at(reached, level, 1)
            if (reached[level] > 1).any():
                raise ValueError("a node is reached twice")
            parents = level[~self.is_leaf[level]]
            if not len(parents):
                break
            children = (self.left[parents], self.right[parents])
            level = np.concatenate([c + start[parents] for c in children])
        else:
            raise ValueError(f"a tree is deeper than {_DEEPEST} levels")
        if not reached.all():
            raise ValueError("a node is never reached")


def _within(values: Integers, low: int, below: Any) -> bool:
    return bool(((values >= low) & (values < below)).all())
