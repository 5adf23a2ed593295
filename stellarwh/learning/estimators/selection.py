"""Features that say the same: told, and dropped where a fit cannot use them."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from stellarwh.learning.tasks.rows import Booleans, Floats

MOST_ROWS = 20_000
_FEWEST_PAIRS = 30
_STRAIGHT = 3.0


class CollinearSelector(SelectorMixin, BaseEstimator):  # type: ignore[misc]
    """Keep the first of all features that rise and fall together.

    Only what is as good as identical is dropped, the indicators of values that are
    missing together above all: two temperatures of one star differ by their errors, and
    are better than one.

    Parameters
    ----------
    threshold : float
        Size of the rank correlation from which two features count as one.

    Attributes
    ----------
    support_ : ndarray of shape (n_features,)
        Which features are kept.
    groups_ : list of list of int
        Features that count as one, the kept one first.
    """

    def __init__(self, threshold: float = 0.999) -> None:
        self.threshold = threshold

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803 - scikit-learn's names
        """Find the groups.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features without missing values; the first 20,000 rows are used.
        y : object
            Not used.
        """
        values = validate_data(self, X, ensure_min_samples=2)[:MOST_ROWS]
        size = rank_correlations(values)
        self.groups_ = [group.tolist() for group in groups_of(size >= self.threshold)]
        self.support_ = np.ones(values.shape[1], dtype=np.bool_)
        for _, *others in self.groups_:
            self.support_[others] = False
        return self

    def _get_support_mask(self) -> Booleans:
        check_is_fitted(self)
        return self.support_


def bend(values: Floats) -> Floats:
    """Return the values, straight to three widths from zero and logarithmic beyond.

    What is linear stays so where nearly all stars are; a parallax of 400 sigma does not
    rule the quadratic terms.

    Parameters
    ----------
    values : ndarray
        Features in widths from their median.
    """
    size = np.abs(values)
    far = _STRAIGHT * (1.0 + np.log(np.maximum(size, _STRAIGHT) / _STRAIGHT))
    return np.asarray(np.where(size <= _STRAIGHT, values, np.copysign(far, values)))


def rank_correlations(values: Floats) -> Floats:
    """Return the size of the rank correlation of each two features.

    Parameters
    ----------
    values : ndarray of shape (n, D)
        NaN where missing; a pair rests on the rows that have both, with the ranks that
        they have among all.

    Returns
    -------
    ndarray of shape (D, D)
        Zero on the diagonal, where a feature does not vary, and where fewer than 30
        rows have both.
    """
    present = np.isfinite(values)
    ranks = np.full(values.shape, np.nan)
    columns = values.shape[1]
    for i in range(columns):
        ranks[present[:, i], i] = rankdata(values[present[:, i], i])
    size = np.zeros((columns, columns))
    if present.all():
        varies = np.ptp(ranks, axis=0) > 0 if len(ranks) else np.zeros(columns, bool)
        if varies.sum() > 1 and len(ranks) > 1:
            found = np.abs(np.corrcoef(ranks[:, varies], rowvar=False))
            size[np.ix_(varies, varies)] = found
        np.fill_diagonal(size, 0.0)
        return size
    for i in range(columns):
        for j in range(i):
            both = present[:, i] & present[:, j]
            size[i, j] = size[j, i] = _correlation(ranks[both, i], ranks[both, j])
    return size


def _correlation(a: Floats, b: Floats) -> float:
    """Return the size of the correlation; zero where one of both does not vary."""
    if len(a) < _FEWEST_PAIRS or not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(abs(np.corrcoef(a, b)[0, 1]))


def groups_of(near: Booleans) -> list[npt.NDArray[np.int64]]:
    """Return groups of two or more that pairs connect, each in rising order.

    Parameters
    ----------
    near : ndarray of shape (D, D)
        Whether two belong together.
    """
    count, group = connected_components(near, directed=False)
    members = (np.flatnonzero(group == k) for k in range(count))
    return [own for own in members if len(own) > 1]
