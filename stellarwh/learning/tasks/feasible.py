"""Whether a task can be learned from what is in the warehouse, before any long work."""

from dataclasses import replace

import duckdb
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.tasks.names import plain_name, shown_name
from stellarwh.learning.tasks.rows import FEWEST_LABELS, is_labelled
from stellarwh.learning.tasks.task import STAR, Task, read_task, unreadable
from stellarwh.quoting import quote_identifier
from stellarwh.warehouse.bounded import in_bounded_memory
from stellarwh.warehouse.freshness import count_raw_rows
from stellarwh.warehouse.spectra_facts import spectra_facts

# Of fewer, all are read at once as soon as a part.
_MANY_STARS = 200_000
# What DuckDB may hold meanwhile; more is put on disk.
_MEMORY_MIB = 1000


def check_task(connection: duckdb.DuckDBPyConnection, task: str) -> None:
    """Check that a task has labels enough, by no more of its rows than that takes.

    Raises
    ------
    TaskError
        If the task is unknown or not one, or has too few labels, in one line.
    """
    known = read_task(connection, task)
    try:
        refused = in_bounded_memory(
            connection, _MEMORY_MIB, lambda: _refused(connection, known)
        )
    except duckdb.Error as error:
        raise unreadable(known.name, error) from None
    if refused:
        raise TaskError(refused)


def _refused(connection: duckdb.DuckDBPyConnection, task: Task) -> str:
    """Return why a task has too few labels; empty if it has enough.

    Where some of the sky has enough, the rest of it is not looked at.
    """
    part = _part_of_the_sky(connection)
    if part and not _lacks(task, _count_labels(connection, task, part)):
        return ""
    counts = _count_labels(connection, task, "true")
    return (
        _lacks(task, counts)
        if any(n for n, _ in counts)
        else no_labels(connection, task)
    )


def _part_of_the_sky(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a condition on ``star_id`` that holds for few of very many stars.

    Star numbers rise with the place on the sky, and stored tables are sorted by them:
    a range is read without the rest. It lies where surveys overlap.
    """
    known = connection.execute(
        "select estimated_size from duckdb_tables() where schema_name = 'main' "
        "and table_name = 'stars' and database_name = current_database()"
    ).fetchall()
    if not known or known[0][0] < _MANY_STARS:
        return ""
    ((ends,),) = connection.execute(
        "select quantile_disc(star_id, [0.48, 0.50]) from main.stars "
        "where n_surveys > 1"
    ).fetchall()
    return f"{STAR} between {int(ends[0])} and {int(ends[1])}" if ends else ""


def _count_labels(
    connection: duckdb.DuckDBPyConnection, task: Task, part: str
) -> list[tuple[int, int]]:
    """Return how many labels of each target there are, and how many different ones."""
    labels = [quote_identifier(target.column) for target in task.targets]
    counts = ", ".join(
        f"count({label}), count(distinct {label}::varchar)" for label in labels
    )
    found = connection.execute(
        f"select {counts} from {task.table} where {part} and ({is_labelled(task)})"  # noqa: S608 - quoted identifiers
    ).fetchall()[0]
    return list(zip(found[::2], found[1::2], strict=True))


def _lacks(task: Task, counts: list[tuple[int, int]]) -> str:
    """Return what a task lacks by these counts, of the first target that does."""
    for target, (present, different) in zip(task.targets, counts, strict=True):
        if present < FEWEST_LABELS:
            return (
                f"{target.column} of features.{task.name} has {present} labels; "
                f"at least {FEWEST_LABELS} are needed to train and to calibrate."
            )
        if different < 2:
            return (
                f"{target.column} of features.{task.name} is the same wherever it is "
                "known; there is nothing to learn."
            )
    return ""


def no_labels(connection: duckdb.DuckDBPyConnection, task: Task) -> str:
    """Return in a sentence that no row of a task is labelled, and what is here."""
    labels = ", ".join(target.column for target in task.targets)
    surveys = ", ".join(sorted(count_raw_rows(connection)))
    return (
        f"features.{task.name} has no labelled rows: no star has both its features and "
        f"a label ({labels}). Surveys here: {surveys or 'none'}; ingest what else its "
        "view reads and run 'stellarwh build'." + _lacks_spectra(connection, task)
    )


def _lacks_spectra(connection: duckdb.DuckDBPyConnection, task: Task) -> str:
    """Return that a view reads indices of spectra where there are none; else empty."""
    reads = connection.execute(
        "select count(*) from duckdb_views() where schema_name = 'features' "
        "and view_name = ? and contains(sql, 'main.star_indices')",
        [task.name],
    ).fetchall()
    if not reads[0][0]:
        return ""
    ((has_any,),) = connection.execute(
        "select count(*) from main.star_indices"
    ).fetchall()
    if has_any:
        return ""
    held = sum(fact.spectra for fact in spectra_facts(connection))
    if held:
        return (
            f" Of the {held:,} spectra here none is of a star of these surveys: ingest "
            "the catalogue that they belong to."
        )
    return " No spectra are here: run 'stellarwh ingest-spectra'."


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
