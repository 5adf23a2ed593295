"""Which feature is the same quantity as a target: declared, or found."""

import re
from collections.abc import Mapping

import duckdb
import numpy as np
from scipy.stats import rankdata

from stellarwh.errors import TaskError, did_you_mean
from stellarwh.learning.estimators.baseline import Plan
from stellarwh.learning.tasks.names import plain_name
from stellarwh.learning.tasks.rows import Floats, LabelledRows
from stellarwh.learning.tasks.scaling import Scaling
from stellarwh.learning.tasks.task import Task

# Rank correlation from which a feature may be the same quantity.
LEAST_CORRELATION = 0.6
# Share of the labelled stars that must have it, and their least number.
_LEAST_SHARE = 0.2
_FEWEST = 50
_MOST_ROWS = 20_000
# What subtracting it must leave of the width of the label, at most.
_NARROWER = 0.9
# By how much the ranges of both may differ: the noisier survey's is the wider.
_MOST_RATIO = 1.7


def declared_same(connection: duckdb.DuckDBPyConnection, task: Task) -> dict[str, str]:
    """Return by target the feature that the view declares to be the same quantity.

    It stands in the comment of the view, which for a file under ``sql/`` is its header:
    ``same: teff = galah_teff, logg = galah_logg``. ``none`` in place of a feature says
    that there is none.

    Raises
    ------
    TaskError
        If it names no target of a number, or no feature.
    """
    rows = connection.execute(
        "select comment from duckdb_views() where schema_name = 'features' "
        "and view_name = ? and database_name = current_database() union all "
        "select comment from duckdb_tables() where schema_name = 'features' "
        "and table_name = ? and database_name = current_database()",
        [task.name, task.name],
    ).fetchall()
    comment = "\n".join(str(text) for (text,) in rows if text)
    numbers = [target.name for target in task.targets if target.kind == "number"]
    found = {}
    for line in re.findall(r"\bsame:\s*([^\n;]+)", comment):
        for part in line.split(","):
            target, _, feature = (piece.strip() for piece in part.partition("="))
            if target not in numbers:
                raise TaskError(
                    f"features.{task.name} declares 'same: {part.strip()}', but it has "
                    f"no label_{target} that is a number. "
                    f"{did_you_mean(target, numbers)}"
                )
            if feature not in (*task.features, "none"):
                raise TaskError(
                    f"features.{task.name} declares 'same: {part.strip()}', but it has "
                    f"no feature '{feature}'. {did_you_mean(feature, task.features)}"
                )
            found[target] = feature
    return found


def plans(
    rows: LabelledRows, task: Task, scaling: Scaling, declared: Mapping[str, str]
) -> dict[str, Plan]:
    """Return by target what its baseline may rest on.

    Where nothing is declared, a feature is the same quantity if its rank correlation
    with the label is at least `LEAST_CORRELATION` and subtracting it makes the label
    narrower: of such, the one that leaves least.

    Parameters
    ----------
    rows : LabelledRows
        The labelled rows of the task.
    task : Task
        The task.
    scaling : Scaling
        What estimators see.
    declared : mapping of str to str
        From `declared_same`.
    """
    same: dict[str, str] = {}
    for target in task.targets:
        if target.kind != "number":
            continue
        name = declared.get(target.name)
        if name is None:
            name = _found(rows, target.name)
        elif name != "none":
            name = plain_name(name)
        # What is declared may be NULL where there is one survey only.
        there = name in rows.features.columns
        if name and there and _known(rows, target.name, name) >= _FEWEST:
            same[target.name] = name
    names = rows.features.columns
    terms = tuple(f"f{names.index(n)}" for n in dict.fromkeys(same.values()))
    found = {}
    for target_name, name in same.items():
        i = names.index(name)
        found[target_name] = Plan(
            f"f{i}", name, scaling.offset[i], scaling.width[i], terms
        )
    return found


def _found(rows: LabelledRows, target: str) -> str | None:
    """Return the feature that comes nearest to the label, if one comes near."""
    labels = rows.labels[target]
    labelled = labels.is_not_null().to_numpy().nonzero()[0]
    labelled = labelled[:: -(-len(labelled) // _MOST_ROWS)]
    label = labels.to_numpy()[labelled]
    alone = np.abs(label - np.median(label))
    best, least = None, float(np.mean(alone))
    for name in rows.features.columns:
        values = rows.features[name].to_numpy()[labelled].astype(np.float64)
        known = np.isfinite(values)
        if known.sum() < max(_FEWEST, _LEAST_SHARE * len(label)):
            continue
        if _correlation(values[known], label[known]) < LEAST_CORRELATION:
            continue
        if (
            not 1 / _MOST_RATIO
            < _range(label[known]) / _range(values[known])
            < (_MOST_RATIO)
        ):
            continue
        difference = label[known] - values[known]
        # A star without the feature has nothing better than the median label.
        left = alone.copy()
        left[known] = np.abs(difference - np.median(difference))
        narrower = left[known].mean() < _NARROWER * alone[known].mean()
        if narrower and left.mean() < least:
            best, least = name, float(left.mean())
    return best


def _known(rows: LabelledRows, target: str, name: str) -> int:
    """Return how many stars have both the label and the feature."""
    there = rows.labels[target].is_not_null() & rows.features[name].is_not_null()
    return int(there.sum())


def _range(values: Floats) -> float:
    """Return what lies between the 10th and 90th percentile, never zero."""
    low, high = np.quantile(values, [0.1, 0.9])
    return float(high - low) or float(np.ptp(values)) or 1.0


def _correlation(a: Floats, b: Floats) -> float:
    """Return Spearman's rank correlation; zero where one of both does not vary."""
    if not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
