"""What a prediction gave."""

from dataclasses import dataclass

import duckdb

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
    ((run_id,),) = connection.execute(
        "select run_id from ml.runs where task = ? "
        "order by created_at desc, run_id desc limit 1",
        [task.removeprefix("features.")],
    ).fetchall()
    return "by a run " + origins(connection, run_id)[run_id].words
