"""Whether held-out stars near each other on the sky err alike.

Plates, nights, dust and pointings make neighbours err together. Within a cell that does
not flatter a metric, as the cell is held out whole, but it means that its stars count
for fewer than they are. Across the border of a cell it does flatter: the neighbour in
the next cell was trained on.
"""

import numpy as np

from stellarwh.learning.evaluation.metrics import Metric
from stellarwh.learning.tasks.rows import Floats, Integers
from stellarwh.learning.tasks.stratum import ALL_STARS

# Standard deviations at which a residual counts as one at the limit.
_LIMIT = 4.0
# Fewer pairs than this tell a correlation no better than to 0.1.
_FEWEST_PAIRS = 100


def correlation_metrics(residuals: Floats, cells: Integers) -> list[Metric]:
    """Return the correlation of residuals within cells and between neighbouring cells.

    ``cell_correlation`` is that of two stars of one cell, ``border_correlation`` that
    of two stars of different cells among the four of which the nested scheme makes one
    of the order below. ``n`` counts the pairs; a correlation of nothing scatters by
    ``n ** -0.5`` about zero.

    Parameters
    ----------
    residuals : ndarray of shape (n,)
        Label minus out-of-fold prediction.
    cells : ndarray of shape (n,)
        HEALPix cell, nested scheme, any order.
    """
    middle = np.median(residuals)
    scale = 1.4826 * np.median(np.abs(residuals - middle))
    if not scale > 0:
        return []
    score = np.clip((residuals - middle) / scale, -_LIMIT, _LIMIT)
    score = (score - score.mean()) / score.std()
    within, pairs = _products(score, cells)
    wider, pairs_wider = _products(score, cells >> 2)
    found = []
    for name, total, n in (
        ("cell_correlation", within, pairs),
        ("border_correlation", wider - within, pairs_wider - pairs),
    ):
        if n >= _FEWEST_PAIRS:
            found.append(Metric(name, "blocked", ALL_STARS, int(n), total / n))
    return found


def _products(score: Floats, groups: Integers) -> tuple[float, int]:
    """Return the sum of products of all pairs of a group, and how many there are."""
    _, group = np.unique(groups, return_inverse=True)
    count = np.bincount(group)
    total = np.bincount(group, weights=score)
    squares = np.bincount(group, weights=score**2)
    return float(np.sum(total**2 - squares)) / 2.0, int(
        np.sum(count * (count - 1))
    ) // 2
