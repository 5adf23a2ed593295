"""Whether a task can be learned from what is in the warehouse, before any long work."""

from dataclasses import replace

import duckdb
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.freshness import count_raw_rows
from stellarwh.learning.names import plain_name, shown_name
from stellarwh.learning.rows import FEWEST_LABELS, is_labelled
from stellarwh.learning.task import Task, read_task, unreadable
from stellarwh.quoting import quote_identifier


def check_task(connection: duckdb.DuckDBPyConnection, task: str) -> None:
    """Check that a task has labels enough, without reading its rows.

    Raises
    ------
    TaskError
        If the task is unknown or not one, or has too few labels, in one line.
    """
    known = read_task(connection, task)
    labels = [quote_identifier(target.column) for target in known.targets]
    counts = ", ".join(
        f"count({label}), count(distinct {label}::varchar)" for label in labels
    )
    try:
        found = connection.execute(
            f"select count(*) filter (where {is_labelled(known)}), {counts} "  # noqa: S608 - quoted identifiers
            f"from {known.table}"
        ).fetchall()[0]
    except duckdb.Error as error:
        raise unreadable(known.name, error) from None
    if not found[0]:
        raise TaskError(no_labels(connection, known))
    for target, present, different in zip(
        known.targets, found[1::2], found[2::2], strict=True
    ):
        if present < FEWEST_LABELS:
            raise TaskError(
                f"{target.column} of features.{known.name} has {present} labels; "
                f"at least {FEWEST_LABELS} are needed to train and to calibrate."
            )
        if different < 2:
            raise TaskError(
                f"{target.column} of features.{known.name} is the same wherever it is "
                "known; there is nothing to learn."
            )


def no_labels(connection: duckdb.DuckDBPyConnection, task: Task) -> str:
    """Return in a sentence that no row of a task is labelled, and what is here."""
    labels = ", ".join(target.column for target in task.targets)
    surveys = ", ".join(sorted(count_raw_rows(connection)))
    return (
        f"features.{task.name} has no labelled rows: no star has both its features and "
        f"a label ({labels}). Surveys here: {surveys or 'none'}; ingest what else its "
        "view reads and run 'stellarwh build'."
    )


def without_empty_features(
    labelled: pl.DataFrame, task: Task
) -> tuple[Task, dict[str, str]]:
    """Leave out features of a task that no labelled row has.

    Parameters
    ----------
    labelled : polars.DataFrame
        Its rows that have a label.
    task : Task
        The task.

    Returns
    -------
    Task
        With the features that some labelled row has.
    dict of str to str
        Name and type of those left out.

    Raises
    ------
    TaskError
        If no feature is left.
    """
    if labelled.is_empty():
        return task, {}
    rows = len(labelled)
    present = {
        name: rows - labelled[plain_name(name)].null_count() for name in task.features
    }
    types = dict(zip(task.features, task.feature_types, strict=True))
    left_out = {name: types[name] for name, n in present.items() if not n}
    if len(left_out) == len(types):
        raise TaskError(
            f"Every feature of features.{task.name} is NULL in every labelled row; "
            "there is nothing to learn from."
        )
    kept = tuple(name for name in task.features if name not in left_out)
    return (
        replace(task, features=kept, feature_types=tuple(types[n] for n in kept)),
        left_out,
    )


def left_out_words(task: Task, left_out: dict[str, str]) -> str:
    """Return a warning that names the features that were left out."""
    names = ", ".join(shown_name(name) for name in left_out)
    return (
        f"features.{task.name}: left out, as they are NULL in every labelled row: "
        f"{names}."
    )
