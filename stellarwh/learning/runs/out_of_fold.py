"""What training said of its own stars, each from a fit that had not seen it."""

import duckdb
import numpy as np
import polars as pl

from stellarwh.errors import TaskError
from stellarwh.learning.runs.apart import RunApart
from stellarwh.learning.runs.applying import StoredRun
from stellarwh.learning.tasks.changes import changed_words
from stellarwh.learning.tasks.fingerprints import fingerprint
from stellarwh.learning.tasks.meaning import means_the_same
from stellarwh.learning.tasks.rows import Booleans, Integers, labelled_rows, read_frame
from stellarwh.learning.tasks.task import STAR, Task
from stellarwh.learning.uncertainty.conformal import LEVELS
from stellarwh.runtime.listening import warn

_VALUES = [
    "value",
    *(f"{end}_{level}" for level in LEVELS for end in ("lower", "upper")),
]
_COLUMNS = {"number": _VALUES, "class": ["class", "probability", "prediction_set"]}


def is_another_view(
    connection: duckdb.DuckDBPyConnection, task: Task, run: StoredRun | RunApart
) -> bool:
    """Return whether the view of a task is no longer what a run learned from."""
    _, view_sql = _learned_from(connection, run)
    return not means_the_same(connection, task.view_sql, view_sql)


def learned_from_these(
    connection: duckdb.DuckDBPyConnection,
    task: Task,
    run: StoredRun | RunApart,
    labelled: pl.DataFrame,
) -> bool:
    """Return whether a run learned from just these labelled rows; warn if not.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the run is stored.
    task : Task
        The task of the run.
    run : StoredRun or RunApart
        The run.
    labelled : polars.DataFrame
        All rows that have a label, ordered by star.

    Raises
    ------
    TaskError
        If they are others, and the view is another one, too.
    """
    before, view_sql = _learned_from(connection, run)
    try:
        current = fingerprint(labelled_rows(labelled, task))
    except TaskError:
        current = ""
    if current == before:
        return True
    if is_another_view(connection, task, run):
        raise TaskError(
            f"features.{task.name} is another view than run {run.run_id} learned from "
            f"and gives other values: {changed_words(view_sql, task.view_sql)}. Train "
            "the task again."
        )
    warn(
        f"The labelled rows of features.{task.name} have changed since run "
        f"{run.run_id}; the stars it was trained on are predicted like all others. "
        "Train again for out-of-fold values."
    )
    return False


def _learned_from(
    connection: duckdb.DuckDBPyConnection, run: StoredRun | RunApart
) -> tuple[str, str]:
    ((rows, view_sql),) = connection.execute(
        "select data_fingerprint, view_sql from ml.runs where run_id = ?", [run.run_id]
    ).fetchall()
    return rows, view_sql


class OutOfFold:
    """The held-out predictions of a run, by target.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Where the run is stored.
    run : StoredRun or RunApart
        The run.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, run: StoredRun | RunApart
    ) -> None:
        self._of_target = {}
        for target, kind in run.kinds.items():
            columns = ", ".join([STAR, *_COLUMNS[kind]])
            self._of_target[target] = read_frame(
                connection,
                f"select {columns} from ml.out_of_fold "  # noqa: S608 - constant names
                "where run_id = ? and target = ? order by star_id",
                [run.run_id, target],
            )

    def of(self, stars: pl.Series) -> dict[str, tuple[Booleans, pl.DataFrame]]:
        """Return per target which of the stars were held out, and what they got."""
        found = {}
        for target, values in self._of_target.items():
            there, position = _find(stars, values[STAR])
            found[target] = there, values[position].drop(STAR)
        return found


def none_out_of_fold(
    run: StoredRun | RunApart, stars: pl.Series
) -> dict[str, tuple[Booleans, pl.DataFrame]]:
    """Return what `OutOfFold.of` says of stars of which none was held out."""
    none = np.zeros(len(stars), dtype=np.bool_)
    return dict.fromkeys(run.kinds, (none, pl.DataFrame()))


def _find(stars: pl.Series, ordered: pl.Series) -> tuple[Booleans, Integers]:
    """Return which stars are among the ordered ones, and where those are."""
    if ordered.is_empty():
        return np.zeros(len(stars), dtype=np.bool_), np.empty(0, dtype=np.int64)
    sought, within = stars.to_numpy(), ordered.to_numpy()
    position = np.minimum(np.searchsorted(within, sought), len(within) - 1)
    found = within[position] == sought
    return found, position[found]
