"""Strata by what a star has: which groups of features are there and which are NULL."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from stellarwh.learning.tasks.names import shown_name
from stellarwh.learning.tasks.rows import Booleans, Integers
from stellarwh.learning.tasks.stratum import Stratum

# Features that come from one source are missing together, but for single bad values.
_AGREE = 0.97
_OFTEN = 0.02
_FEWEST_FEATURES = 2
_MOST_GROUPS = 4


def feature_patterns(features: pl.DataFrame) -> dict[Stratum, Booleans]:
    """Return which stars have which groups of features.

    A group is at least two features that are missing together, in more than 2 % and
    fewer than 98 % of the stars; the four largest groups count. A stratum is named
    after the first feature of each group that its stars have.

    Parameters
    ----------
    features : polars.DataFrame
        n rows, one column per feature, NULL where missing.

    Returns
    -------
    dict of Stratum to ndarray of shape (n,)
        Membership, for example of ``has j_h_0, galah_teff``; empty if no group
        of features is missing anywhere.
    """
    first = pattern_keys(features)
    if not first:
        return {}
    masks = _masks(features, first)
    patterns, which = np.unique(masks, axis=0, return_inverse=True)
    return {
        Stratum.of_features(_name(first, pattern)): which.ravel() == index
        for index, pattern in enumerate(patterns)
    }


def pattern_keys(features: pl.DataFrame) -> list[str]:
    """Return the first feature of each group of features that are missing together."""
    groups: list[tuple[str, Booleans, list[str]]] = []
    for column in features.columns:
        there = features[column].is_not_null().to_numpy()
        if not _OFTEN < there.mean() < 1 - _OFTEN:
            continue
        for _, mask, members in groups:
            if np.mean(mask == there) >= _AGREE:
                members.append(column)
                break
        else:
            groups.append((column, there, [column]))
    several = [group for group in groups if len(group[2]) >= _FEWEST_FEATURES]
    largest = sorted(several, key=lambda group: -len(group[2]))[:_MOST_GROUPS]
    names = {group[0] for group in largest}
    return [name for name, _, _ in several if name in names]


def pattern_codes(features: pl.DataFrame, keys: Sequence[str]) -> Integers:
    """Return a number per star that says which of the features ``keys`` it has."""
    if not keys:
        return np.zeros(len(features), dtype=np.int64)
    return np.asarray(_masks(features, keys) @ (1 << np.arange(len(keys))))


def _masks(features: pl.DataFrame, keys: Sequence[str]) -> Booleans:
    return np.column_stack([features[key].is_not_null().to_numpy() for key in keys])


def _name(first: list[str], pattern: Booleans) -> str:
    first = [shown_name(name) for name in first]
    there = [name for name, has in zip(first, pattern, strict=True) if has]
    return f"has {', '.join(there)}" if there else f"has no {', '.join(first)}"
