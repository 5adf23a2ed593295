"""Commands of the learning layer and the report."""

import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from stellarwh.cli.app import app, warehouse_of
from stellarwh.console import note, say
from stellarwh.database import open_warehouse
from stellarwh.errors import TaskError

if TYPE_CHECKING:
    from stellarwh.learning import TrainResult


class Estimator(StrEnum):
    """What learns."""

    XGBOOST = "xgboost"
    RANDOM_FOREST = "random-forest"
    RIDGE = "ridge"


class Device(StrEnum):
    """Where it learns."""

    CPU = "cpu"
    CUDA = "cuda"


Tasks = Annotated[
    list[str] | None, typer.Argument(help="Views of the schema features; all if none.")
]


@app.command()
def train(
    context: typer.Context,
    tasks: Tasks = None,
    estimator: Annotated[Estimator, typer.Option()] = Estimator.XGBOOST,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")] = 0,
    folds: Annotated[int, typer.Option(min=2, help="Sky-blocked folds.")] = 5,
    device: Annotated[Device, typer.Option()] = Device.CPU,
) -> None:
    """Train, evaluate on blocked sky and store one run per task."""
    from stellarwh.learning import train as train_task

    with open_warehouse(warehouse_of(context)) as connection:
        for task in chosen_tasks(connection, tasks):
            result = train_task(
                connection,
                task,
                estimator=estimator.value,
                seed=seed,
                folds=folds,
                device=device.value,
            )
            report_training(result)


def chosen_tasks(
    connection: duckdb.DuckDBPyConnection, tasks: list[str] | None
) -> list[str]:
    """Return the tasks asked for, or all there are."""
    from stellarwh.learning import task_names

    chosen = tasks or task_names(connection)
    if not chosen:
        raise TaskError("There is no feature view; run 'stellarwh build' first.")
    return chosen


def report_training(result: "TrainResult") -> None:
    """Print the headline figures of a run."""
    say(
        f"{result.task}: {result.rows:,} labelled stars, {result.estimator}, "
        f"{result.seconds:.1f} s, run {result.run_id}"
    )
    for summary in result.summaries:
        say(f"  {summary}")


@app.command()
def predict(context: typer.Context, tasks: Tasks = None) -> None:
    """Write predictions with intervals for every star that has the features."""
    from stellarwh.learning import predict as predict_task

    with open_warehouse(warehouse_of(context)) as connection:
        for task in chosen_tasks(connection, tasks):
            rows = predict_task(connection, task)
            say(f"{task}: {rows:,} predictions.")


@app.command()
def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the pages.")] = Path("reports"),
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the report in a browser.")
    ] = False,
) -> None:
    """Write reports/index.html and its pages."""
    from stellarwh.report import write_report

    with open_warehouse(warehouse_of(context), read_only=True) as connection:
        index = write_report(connection, out)
    say(str(index))
    if open_page and not webbrowser.open(index.resolve().as_uri()):
        note(f"No browser could be started; open {index} yourself.")
