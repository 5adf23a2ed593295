"""What a prediction gave."""

from dataclasses import dataclass

import duckdb

from stellarwh.learning.runs.trained import latest_row
from stellarwh.learning.tasks.task import read_task
from stellarwh.warehouse.seals import origins


@dataclass(frozen=True)
class Prediction:
    """What was predicted for one task.

    Attributes
    ----------
    task : str
        Its feature view.
    rows : int
        Rows of ``ml.predictions``: one for each star and target.
    trained_by : str
        Whose run it was, in words.
    """

    task: str
    rows: int
    trained_by: str


def who_trained(connection: duckdb.DuckDBPyConnection, task: str) -> str:
    """Return in words whose run the latest of a task is."""
    run_id = latest_row(connection, read_task(connection, task))[0]
    return "by a run " + origins(connection, run_id)[run_id].words
