"""How far a star lies from the stars that were trained on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from sklearn.cluster import KMeans

from stellarwh.learning.tasks.rows import Floats

# Clusters that stand for the training stars, and stars that each must have.
_CLUSTERS = 64
_FEWEST_OF_A_CLUSTER = 20
_MOST_ROWS = 20_000
# Stars whose distances are computed at once, and decimals that are kept of those.
_BLOCK = 2_048
_DECIMALS = 6
# Share of the training stars that lie within a distance of one.
_WITHIN = 0.999
# A cluster's own radius is that of this share of its stars, never less than this part
# of the typical one.
_OF_CLUSTER = 0.95
_LEAST_RADIUS = 0.5


@dataclass(frozen=True)
class TrainingDistance:
    """Distance to the nearest cluster of training stars, in units of its radius.

    Features are brought to one scale: arcsinh((x - median) / width), the width being
    half of what lies between the 16th and 84th percentile. The distance is the root
    mean square difference over the features that a star has, divided by the radius of
    the cluster; the radii are such that 99.9 % of the training stars lie within one.

    Attributes
    ----------
    features : list of str
        The D features.
    median, width : list of float
        Per feature.
    centres : list of list of float
        K centres on the common scale, of shape (K, D).
    radii : list of float
        Per cluster.
    """

    features: list[str]
    median: list[float]
    width: list[float]
    centres: list[list[float]]
    radii: list[float]

    def of(self, features: pl.DataFrame) -> Floats:
        """Return the distance of each star; NaN for one that has no feature at all.

        Parameters
        ----------
        features : polars.DataFrame
            n rows of features.

        Returns
        -------
        ndarray of shape (n,)
        """
        values = features.select(self.features).to_numpy()
        median, width = np.array(self.median), np.array(self.width)
        centres, radii = np.array(self.centres), np.array(self.radii)
        found = np.empty(len(values))
        for first in range(0, len(values), _BLOCK):
            block = slice(first, first + _BLOCK)
            scaled = np.arcsinh((values[block] - median) / width)
            found[block] = _squared(scaled, centres, radii).min(axis=1)
        # Products of matrices round one way or the other by the place that a row has
        # in them: what is left of a distance is the same among whatever stars.
        return np.asarray(np.round(np.sqrt(found), _DECIMALS), dtype=np.float64)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain facts."""
        return dict(vars(self))


def training_distance(features: pl.DataFrame, seed: int) -> TrainingDistance:
    """Learn the distance from the features of the training stars.

    Parameters
    ----------
    features : polars.DataFrame
        n rows; a random 20,000 of them are used.
    seed : int
        Seed of the choice and of the clusters (k-means).
    """
    generator = np.random.default_rng([seed, 5])
    chosen = np.sort(generator.permutation(len(features))[:_MOST_ROWS])
    low, median, high = (
        np.array(features.select(pl.all().quantile(q, "linear")).row(0))
        for q in (0.1587, 0.5, 0.8413)
    )
    width = (high - low) / 2
    # A feature of which two thirds are one value has its standard deviation instead.
    deviation = np.array(features.select(pl.all().std(ddof=0)).row(0))
    width = np.where(width > 0, width, np.where(deviation > 0, deviation, 1.0))
    values = features[chosen].to_numpy()
    scaled = np.arcsinh((values - median) / width).astype(np.float32)
    filled = np.nan_to_num(scaled)
    distinct = len(np.unique(filled, axis=0))
    clusters = int(np.clip(len(scaled) // _FEWEST_OF_A_CLUSTER, 1, _CLUSTERS))
    clusters = min(clusters, distinct)
    means = KMeans(clusters, n_init=1, max_iter=30, random_state=seed)
    centres = means.fit(filled).cluster_centers_.astype(np.float32)
    squared = _squared(scaled, centres, np.ones(clusters))
    nearest = squared.argmin(axis=1)
    distance = np.sqrt(squared[np.arange(len(squared)), nearest])
    # Where all stars are alike, any other is far: the least radius is not zero.
    typical = max(float(np.nanquantile(distance, _OF_CLUSTER)), 1e-6)
    radii = np.full(clusters, typical)
    for k in range(clusters):
        own = distance[nearest == k]
        if len(own) >= _FEWEST_OF_A_CLUSTER:
            radii[k] = max(np.nanquantile(own, _OF_CLUSTER), _LEAST_RADIUS * typical)
    relative = np.sqrt(_squared(scaled, centres, radii).min(axis=1))
    radii = radii * (float(np.nanquantile(relative, _WITHIN)) or 1.0)
    return TrainingDistance(
        features.columns,
        median.tolist(),
        width.tolist(),
        centres.astype(np.float64).tolist(),
        radii.tolist(),
    )


def _squared(scaled: Any, centres: Any, radii: Any) -> Any:
    """Return mean squared differences of (n, D) stars to (K, D) centres, by radius.

    Over the features that a star has; the result is of shape (n, K), NaN where none.
    (x - c)² is x² - 2 x c + c²: all three are one product of matrices, in which a
    missing feature is zero.
    """
    n, columns = scaled.shape
    terms = np.zeros((n, 2 * columns + 1), dtype=scaled.dtype)
    present, there = terms[:, :columns], terms[:, columns:-1]
    known = np.isfinite(scaled)
    there[...] = known
    np.copyto(present, scaled, where=known)
    terms[:, -1] = np.einsum("ij,ij->i", present, present)
    ones = np.ones((1, len(centres)))
    weights = np.vstack([-2 * centres.T, centres.T**2, ones]) / radii**2
    count = known.sum(axis=1, dtype=scaled.dtype)[:, None]
    count[count == 0] = np.nan
    squared = terms @ weights.astype(scaled.dtype)
    np.maximum(squared, 0, out=squared)
    squared /= count
    return squared
