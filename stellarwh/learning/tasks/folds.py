"""Folds: which stars are held out together."""

import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.rows import Integers


def blocked_folds(
    cells: Integers, classes: Integers, folds: int, seed: int
) -> Integers:
    """Give every sky cell to one fold, so that sizes and classes come out even.

    The largest cells go first, each to the fold in which it adds least to the sum of
    squared class shares.

    Parameters
    ----------
    cells : ndarray of shape (n,)
        Sky cell of each star.
    classes : ndarray of shape (n,) or (n, n_targets)
        Class code from 0 of each star, or the fifth of the labels that it is in, by
        target; -1 where it has no label.
    folds : int
        Number of folds, at least 2.
    seed : int
        Orders cells of equal size.

    Returns
    -------
    ndarray of shape (n,)
        Fold from 0 of each star.

    Raises
    ------
    TaskError
        If there are fewer cells than folds.
    """
    unique, cell_of = np.unique(cells, return_inverse=True)
    if folds < 2:
        raise TaskError(f"{folds} folds were asked for; at least 2 are needed.")
    if len(unique) < folds:
        raise TaskError(
            f"The labelled stars lie in {len(unique)} sky cells, fewer than {folds} "
            f"folds; {_fewer_folds(len(unique))}."
        )
    by_target = classes.reshape(len(cells), -1)
    blocks = []
    for own in by_target.T:
        block = np.zeros((len(unique), int(own.max()) + 1))
        np.add.at(block, (cell_of[own >= 0], own[own >= 0]), 1)
        blocks.append(block)
    # The total counts as one more class, so that fold sizes are balanced too.
    sizes = np.bincount(cell_of)[:, None]
    counts = np.hstack([*blocks, sizes]).astype(np.float64)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    shuffled = np.random.default_rng(seed).permutation(len(unique))
    order = shuffled[np.argsort(-counts[shuffled, -1], kind="stable")]
    fold_of_cell = np.empty(len(unique), dtype=np.int64)
    held = np.zeros((folds, counts.shape[1]))
    for cell in order:
        fold = int(np.argmin(held @ shares[cell]))
        fold_of_cell[cell] = fold
        held[fold] += shares[cell]
    return np.asarray(fold_of_cell[cell_of])


def _fewer_folds(cells: int) -> str:
    if cells < 2:
        return "blocked evaluation needs stars in at least two cells"
    return f"ask for at most --folds {cells}"


def random_folds(classes: Integers, folds: int, seed: int) -> Integers:
    """Give single stars to folds at random, classes spread evenly.

    Parameters
    ----------
    classes : ndarray of shape (n,) or (n, n_targets)
        As for `blocked_folds`.
    folds, seed : int
        Number of folds; seed of the order.
    """
    if classes.ndim > 1:
        classes = np.unique(classes, axis=0, return_inverse=True)[1].ravel()
    shuffled = np.random.default_rng([seed, 1]).permutation(len(classes))
    order = shuffled[np.argsort(classes[shuffled], kind="stable")]
    fold = np.empty(len(classes), dtype=np.int64)
    fold[order] = np.arange(len(classes)) % folds
    return fold


def class_codes(labels: pl.Series, classes: list[str]) -> Integers:
    """Return the position of each label in ``classes``."""
    codes = labels.cast(pl.Enum(classes)).to_physical().cast(pl.Int64)
    return np.asarray(codes.to_numpy())
