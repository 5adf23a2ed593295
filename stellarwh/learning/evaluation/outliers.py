"""What stands out in the labelled rows: told and stored, never dropped."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from stellarwh.learning.estimators.selection import (
    MOST_ROWS,
    groups_of,
    rank_correlations,
)
from stellarwh.learning.evaluation.results import NumberResult
from stellarwh.learning.tasks.names import shown_name
from stellarwh.learning.tasks.rows import Floats, Integers, LabelledRows
from stellarwh.learning.tasks.task import LABEL, STAR
from stellarwh.learning.uncertainty.conformal import normal_quantile

# Standard deviations of its own side beyond which a value is flagged.
LIMIT = 8.0
# Rank correlation from which two features say the same.
COLLINEAR = 0.95
# Predicted standard deviations from its held-out prediction beyond which a label is.
DISAGREES = 4.0
_PREDICTED = " - predicted"
_TINY = 1e-300
_SCHEMA = {
    STAR: pl.Int64,
    "feature": pl.String,
    "value": pl.Float64,
    "lower_limit": pl.Float64,
    "upper_limit": pl.Float64,
    "robust_z": pl.Float64,
}


def find_outliers(rows: LabelledRows) -> pl.DataFrame:
    """Return rows of ``ml.outliers`` without the run.

    A value is far out if it lies more than `LIMIT` widths from the median, where the
    width below is the distance of the 16th percentile and the width above that of the
    84th (one standard deviation for normal values): a skewed feature, an extinction
    say, is judged by its own two sides. A column of which so many rows are one value
    that both widths are zero is not judged.
    """
    columns = {name: rows.features[name] for name in rows.features.columns}
    for name, labels in rows.labels.items():
        if labels.dtype == pl.Float64:
            columns[f"{LABEL}{name}"] = labels
    found = [pl.DataFrame(schema=_SCHEMA)]
    for name, series in columns.items():
        present = series.is_not_null().to_numpy()
        values = series.drop_nulls().to_numpy()
        low, middle, high = np.quantile(values, [0.1587, 0.5, 0.8413])
        below, above = middle - low, high - middle
        if not below + above:
            continue
        below, above = below or above, above or below
        z = (values - middle) / np.where(values < middle, below, above)
        far = np.abs(z) > LIMIT
        found.append(
            pl.DataFrame(
                {
                    STAR: rows.stars[present][far],
                    "feature": np.full(far.sum(), shown_name(name)),
                    "value": values[far],
                    "lower_limit": np.full(far.sum(), middle - LIMIT * below),
                    "upper_limit": np.full(far.sum(), middle + LIMIT * above),
                    "robust_z": z[far],
                },
                schema=_SCHEMA,
            )
        )
    return pl.concat(found)


def find_disagreements(
    stars: Integers, results: Iterable[NumberResult]
) -> pl.DataFrame:
    """Return rows of ``ml.outliers`` for labels that their own star speaks against.

    A label may lie among those of others and still not be its star's: one is listed
    that differs from what the star's features give, learned without it, by more than
    `DISAGREES` standard deviations, of the prediction and of the label's own error
    together. The feature is called ``label_… - predicted``, the value is the
    difference. Either may be wrong: the label, or a feature.

    Parameters
    ----------
    stars : ndarray of shape (n,)
        Labelled stars of the task.
    results : iterable of NumberResult
        Its numeric targets, fitted.
    """
    found = [pl.DataFrame(schema=_SCHEMA)]
    for result in results:
        rows = result.rows
        residual = rows.label - result.value
        believed = result.error_factor.used * rows.errors
        deviation = np.hypot(_deviation(result.intervals.half_widths), believed)
        limit = DISAGREES * deviation
        far = np.abs(residual) > limit
        found.append(
            pl.DataFrame(
                {
                    STAR: stars[rows.rows][far],
                    "feature": np.full(
                        far.sum(), f"{LABEL}{rows.target.name}{_PREDICTED}"
                    ),
                    "value": residual[far],
                    "lower_limit": -limit[far],
                    "upper_limit": limit[far],
                    "robust_z": residual[far] / np.maximum(deviation[far], _TINY),
                },
                schema=_SCHEMA,
            )
        )
    return pl.concat(found)


def _deviation(half_widths: Mapping[int, Floats]) -> Floats:
    """Return the standard deviation that the wider of the intervals speaks of.

    Where most residuals are next to nothing and many are not, the narrow one would
    make outliers of a third of the stars.
    """
    widths = [half / normal_quantile(level) for level, half in half_widths.items()]
    result: Floats = np.max(widths, axis=0)
    return result


def collinear_groups(features: pl.DataFrame) -> list[dict[str, Any]]:
    """Return groups of features that rise and fall together.

    Two features belong together if their rank correlation is at least `COLLINEAR` in
    size; groups are what such pairs connect. The first 20,000 rows are used. Trees and
    ridge regression predict no worse for them, but the importance of one feature is
    shared among its group.

    Returns
    -------
    list of dict
        ``features`` and the least ``correlation`` that connects them.
    """
    names = features.columns
    size = rank_correlations(features.head(MOST_ROWS).to_numpy())
    near = size >= COLLINEAR
    found = []
    for members in groups_of(near):
        inside = np.ix_(members, members)
        least = float(size[inside][near[inside]].min())
        together = [shown_name(names[i]) for i in members]
        found.append({"features": together, "correlation": round(least, 4)})
    return found


def told(outliers: pl.DataFrame, groups: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return what stands out, one line each."""
    lines = []
    disagrees = outliers["feature"].str.ends_with(_PREDICTED)
    far, against = outliers.filter(~disagrees), outliers.filter(disagrees)
    if len(far):
        stars, columns = far[STAR].n_unique(), far["feature"].n_unique()
        lines.append(
            f"outliers: {len(far):,} values of {stars:,} stars in {columns} "
            "columns lie far out; kept, and listed in ml.outliers"
        )
    if len(against):
        lines.append(
            f"labels: those of {against[STAR].n_unique():,} stars are more than "
            f"{DISAGREES:g} standard deviations from what was predicted without them; "
            "kept, and listed in ml.outliers"
        )
    if groups:
        together = "; ".join(", ".join(group["features"]) for group in groups)
        lines.append(
            f"collinear features (|rank correlation| ≥ {COLLINEAR}): {together}"
        )
    return tuple(lines)
