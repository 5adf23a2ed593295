"""The labelled rows of a task, read and checked before any long work."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.names import plain_name, shown_name
from stellarwh.learning.tasks.task import GROUP, STAR, Target, Task
from stellarwh.quoting import quote_identifier

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

FEWEST_LABELS = 50
MOST_CLASSES = 100
# The largest number of single precision, in which most estimators count.
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class LabelledRows:
    """Every row of a task that has at least one label, ordered by star.

    Attributes
    ----------
    stars, cells : ndarray of shape (n,)
        ``star_id`` and ``healpix_group``.
    features : polars.DataFrame
        n rows, one Float64 column per feature, NULL where missing.
    labels : dict of str to polars.Series
        Per target, n labels; NULL where the star has none.
    errors : dict of str to ndarray of shape (n,)
        Per numeric target, the label's own error; zero where the view has none.
    """

    stars: Integers
    cells: Integers
    features: pl.DataFrame
    labels: dict[str, pl.Series]
    errors: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.stars)


def read_frame(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()
) -> pl.DataFrame:
    """Return the rows of a query as a polars frame."""
    relation = connection.sql(sql, params=list(values) or None)
    return pl.DataFrame(relation.to_arrow_table())


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, frame: pl.DataFrame, name: str
) -> Iterator[None]:
    """Let SQL see a frame under a name while the block runs."""
    connection.register(name, frame.to_arrow())
    try:
        yield
    finally:
        connection.unregister(name)


def as_features(frame: pl.DataFrame, task: Task) -> pl.DataFrame:
    """Return the feature columns as Float64, checked to be finite or NULL.

    Raises
    ------
    TaskError
        If a feature holds NaN, an infinite value or one beyond `LARGEST`.
    """
    features = frame[[plain_name(name) for name in task.features]]
    _refuse_not_finite(features, task)
    return features


def _refuse_not_finite(frame: pl.DataFrame, task: Task) -> None:
    counts = frame.select((~pl.all().is_finite()).sum()).row(0)
    for column, count in zip(frame.columns, counts, strict=True):
        if count:
            raise TaskError(
                f"Column {shown_name(column)} of features.{task.name} is NaN or "
                f"infinite in {count:,} rows; make it NULL there in the view."
            )
    counts = frame.select((pl.all().abs() > LARGEST).sum()).row(0)
    for column, count in zip(frame.columns, counts, strict=True):
        if count:
            raise TaskError(
                f"Column {shown_name(column)} of features.{task.name} is beyond "
                f"{LARGEST:.2g} in {count:,} rows, more than single precision holds; "
                "take its logarithm or another unit in the view, or make it NULL there."
            )


def labelled_rows(frame: pl.DataFrame, task: Task) -> LabelledRows:
    """Return all rows of a task that have a label, ordered by star, once checked.

    Raises
    ------
    TaskError
        If star ids are missing or doubled, no row is labelled, a target has too few
        labels or one class only, a feature is always NULL, or a value is not finite.
    """
    if frame.is_empty():
        raise TaskError(
            f"features.{task.name} has no labelled rows: no star has both the "
            f"features and a label ({', '.join(t.column for t in task.targets)}). "
            "Ingest what it needs and run 'stellarwh build'."
        )
    _check_ids(frame, task)
    features = as_features(frame, task)
    for column in features.columns:
        if features[column].null_count() == len(features):
            raise TaskError(
                f"Feature {shown_name(column)} of features.{task.name} is NULL in "
                "every labelled row; leave it out of the view."
            )
    labels = {t.name: _labels(frame, t, task) for t in task.targets}
    errors = {t.name: _errors(frame, t, task) for t in task.targets}
    return LabelledRows(
        frame[STAR].to_numpy(), frame[GROUP].to_numpy(), features, labels, errors
    )


def is_labelled(task: Task) -> str:
    """Return the SQL condition that a row has a label."""
    return " or ".join(
        f"{quote_identifier(target.column)} is not null" for target in task.targets
    )


def typed_columns(task: Task) -> dict[str, str]:
    """Return the columns of a task, and SQL for each in the type that is learned from.

    These are ``star_id``, ``healpix_group``, features, labels and their errors.
    """
    kinds = {"number": "double", "class": "varchar"}
    types = (
        {STAR: "bigint", GROUP: "bigint"}
        | dict.fromkeys(task.features, "double")
        | {t.column: kinds[t.kind] for t in task.targets}
        | {t.error_column: "double" for t in task.targets if t.error_column}
    )
    return {name: f"{quote_identifier(name)}::{kind}" for name, kind in types.items()}


def _check_ids(frame: pl.DataFrame, task: Task) -> None:
    for column in (STAR, GROUP):
        missing = frame[column].null_count()
        if missing:
            raise TaskError(
                f"features.{task.name} has {missing:,} labelled rows without {column}; "
                "leave them out of the view."
            )
    doubled = len(frame) - frame[STAR].n_unique()
    if doubled:
        raise TaskError(
            f"features.{task.name} has {doubled:,} rows whose star_id stands in an "
            "earlier row too; make it one row per star."
        )


def _labels(frame: pl.DataFrame, target: Target, task: Task) -> pl.Series:
    labels = frame[target.column]
    present = len(labels) - labels.null_count()
    if present < FEWEST_LABELS:
        raise TaskError(
            f"{target.column} of features.{task.name} has {present} labels; "
            f"at least {FEWEST_LABELS} are needed to train and to calibrate."
        )
    if target.kind == "class":
        classes = labels
        if classes.drop_nulls().n_unique() == 1:
            raise TaskError(
                f"{target.column} of features.{task.name} has one class only "
                f"('{classes.drop_nulls()[0]}'); there is nothing to tell apart."
            )
        if classes.drop_nulls().n_unique() > MOST_CLASSES:
            raise TaskError(
                f"{target.column} of features.{task.name} has "
                f"{classes.drop_nulls().n_unique():,} classes, more than the "
                f"{MOST_CLASSES} that can be told apart; join them in the view."
            )
        return classes
    numbers = labels
    _refuse_not_finite(numbers.to_frame(), task)
    if numbers.drop_nulls().n_unique() == 1:
        raise TaskError(
            f"{target.column} of features.{task.name} is {numbers.drop_nulls()[0]:g} "
            "wherever it is known; there is nothing to learn."
        )
    return numbers


def _errors(frame: pl.DataFrame, target: Target, task: Task) -> Floats:
    """Return the label's errors; unknown ones are taken as the median of the others.

    A negative error is none: published tables write -9999 or -1 where it is unknown.
    """
    if target.error_column is None:
        return np.zeros(len(frame))
    errors = frame[target.error_column]
    _refuse_not_finite(errors.to_frame(), task)
    errors = errors.set(errors < 0, None)
    typical = errors.median()
    fill = float(typical) if isinstance(typical, float) else 0.0
    return errors.fill_null(fill).to_numpy()
