"""What the stars of a fold get of all others: where it is decided who learns of whom.

Whatever is said of a star that has a label, a value, a spread, a probability or the
factor of an interval, comes from a fit that saw neither the star nor its sky cell. All
such fits are made here, so that there is one place to get it right, and to test it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from stellarwh.learning.tasks.rows import Booleans, Integers

_Fitted = TypeVar("_Fitted")
_Held = TypeVar("_Held")
# Fits something to some of the stars, those of all other folds.
Fit = Callable[[Booleans], _Fitted]
# Applies it to some of the stars, those of the fold.
Apply = Callable[[_Fitted, Booleans], _Held]


def held_out(fold: Integers, fit: Fit[_Fitted], apply: Apply[_Fitted, Any]) -> Any:
    """Return what all stars get, each of a fit without its fold.

    Parameters
    ----------
    fold : ndarray of shape (n,)
        Fold of each star.
    fit : callable
        ``fit(others)`` returns what is fitted to the stars of which ``others``, of
        shape (n,), is true.
    apply : callable
        ``apply(fitted, inside)`` returns an array of shape (m, …) for the m stars of
        which ``inside``, of shape (n,), is true.

    Returns
    -------
    ndarray of shape (n, …)

    Examples
    --------
    >>> values = np.array([1.0, 3.0, 10.0, 30.0])
    >>> def mean(others):
    ...     return values[others].mean()
    >>> def repeated(fitted, inside):
    ...     return np.full(inside.sum(), fitted)
    >>> held_out(np.array([0, 0, 1, 1]), mean, repeated)
    array([20., 20.,  2.,  2.])
    """
    return apply_to_each(fold, without_each(fold, fit), apply)


def hold_out(
    fold: Integers, k: int, fit: Fit[_Fitted], apply: Apply[_Fitted, _Held]
) -> _Held:
    """Return what the stars of one fold get, as `held_out` has it for all of them."""
    inside = fold == k
    return apply(fit(~inside), inside)


def without_each(fold: Integers, fit: Fit[_Fitted]) -> dict[int, _Fitted]:
    """Return by fold what is fitted to the stars of all others."""
    return {k: hold_out(fold, k, fit, lambda fitted, _: fitted) for k in folds_of(fold)}


def apply_to_each(
    fold: Integers, fitted: Mapping[int, _Fitted], apply: Apply[_Fitted, Any]
) -> Any:
    """Return what all stars get of what `without_each` fitted."""
    return gather(fold, {k: apply(own, fold == k) for k, own in fitted.items()})


def gather(fold: Integers, found: Mapping[int, Any]) -> Any:
    """Put together what the stars of each fold got.

    Parameters
    ----------
    fold : ndarray of shape (n,)
        Fold of each star.
    found : mapping of int to ndarray of shape (m, …)
        By fold, one row for each of its stars; at least one fold.

    Returns
    -------
    ndarray of shape (n, …)
        NaN where the fold is not among them.
    """
    first = np.asarray(next(iter(found.values())))
    shape = (len(fold), *first.shape[1:])
    whole = set(found) >= set(folds_of(fold))
    all_of_them = np.empty(shape, first.dtype) if whole else np.full(shape, np.nan)
    for k, own in found.items():
        all_of_them[fold == k] = own
    return all_of_them


def folds_of(fold: Integers) -> list[int]:
    """Return the folds there are, in rising order."""
    return [int(k) for k in np.unique(fold)]
