"""Commands of the learning layer and the report."""

import webbrowser
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.api.stored import Stored
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, progress, say, warn
from stellarwh.errors import TaskError
from stellarwh.runtime.limits import is_of_memory
from stellarwh.runtime.progress import Progress
from stellarwh.runtime.room import is_of_room

if TYPE_CHECKING:
    import duckdb

    from stellarwh.learning import TrainResult


class Estimator(StrEnum):
    """What learns."""

    XGBOOST = "xgboost"
    RANDOM_FOREST = "random-forest"
    HISTOGRAM_BOOSTING = "histogram-boosting"
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
    tune: Annotated[
        int, typer.Option(min=0, max=200, help="Other settings to try, per target.")
    ] = 0,
) -> None:
    """Train, evaluate on blocked sky and store one run per task."""
    from stellarwh.learning import check_task
    from stellarwh.warehouse.database import open_warehouse

    path = warehouse_of(context)
    with (
        Stored(path) as stored,
        progress("train"),
        open_warehouse(path, create=False) as connection,
        stored.kept(connection),
    ):

        def train_one(task: str) -> None:
            from stellarwh.learning import train as train_task

            with progress(f"train {task}") as bar:
                result = train_task(
                    connection,
                    task,
                    estimator=estimator.value,
                    seed=seed,
                    folds=folds,
                    device=device.value,
                    tune=tune,
                    progress=trained_on(bar, task),
                )
            stored.add(connection, partial(report_training, result))

        for_each_task(connection, tasks, train_one, partial(check_task, connection))


def trained_on(bar: Progress, task: str) -> Callable[[str, str, int, int], None]:
    """Return what a training can tell of its progress, to be shown on a bar."""

    def tell(target: str, what: str, done: int, of: int) -> None:
        bar.reach(done, of, f"train {task}: {', '.join(filter(None, [target, what]))}")

    return tell


def for_each_task(
    connection: "duckdb.DuckDBPyConnection",
    tasks: list[str] | None,
    work: Callable[[str], None],
    check: Callable[[str], None] = lambda _: None,
) -> None:
    """Do the work for the tasks asked for, or for all there are.

    Of all tasks, those that these catalogues cannot serve are named and passed over,
    each in a line and before any work, as far as the check knows; tasks that were
    asked for must work.

    Raises
    ------
    TaskError
        If a task asked for fails, or if none of all could be served.
    """
    from stellarwh.learning import task_names

    if tasks:
        for task in tasks:
            check(task)
        for task in tasks:
            work(task)
        return
    known = task_names(connection)
    if not known:
        raise TaskError("There is no feature view; run 'stellarwh build' first.")
    possible, refused = _try(known, check)
    for reason in refused:
        warn(reason)
    _, failed = _try(possible, work)
    for reason in failed:
        warn(reason)
    refused += failed
    if len(refused) == len(known):
        why = refused[0] if len(known) == 1 else "the lines above say why."
        raise TaskError(f"None of the {len(known)} tasks is possible: {why}")


def _try(tasks: list[str], work: Callable[[str], None]) -> tuple[list[str], list[str]]:
    """Do some work for each task; return those it was possible for, and why not."""
    done, refused = [], []
    for task in tasks:
        try:
            work(task)
        except TaskError as error:
            if is_of_room(error) or is_of_memory(error):
                raise  # no fault of the task
            refused.append(str(error))
        else:
            done.append(task)
    return done, refused


def report_training(result: "TrainResult") -> None:
    """Print the headline figures of a run."""
    say(
        f"{result.task}: {result.rows:,} labelled stars, {result.estimator}, "
        f"{result.seconds:.1f} s, run {result.run_id}"
    )
    for line in result.warnings:
        warn(line)
    for line in (*result.notes, *result.tuning):
        say(f"  {line}")
    for summary in result.summaries:
        say(f"  {summary}")


@app.command()
def predict(
    context: typer.Context,
    tasks: Tasks = None,
    trust_runs: Annotated[
        bool,
        typer.Option("--trust-runs", help="Apply runs that you did not train, too."),
    ] = False,
) -> None:
    """Write predictions with intervals for every star that has the features."""
    from stellarwh.learning import check_trained
    from stellarwh.warehouse.database import open_warehouse

    path = warehouse_of(context)
    with (
        Stored(path) as stored,
        progress("predict"),
        open_warehouse(path, create=False) as connection,
        stored.kept(connection),
    ):

        def predict_one(task: str) -> None:
            from stellarwh.learning import predict as predict_task

            with progress(f"predict {task}", unit="stars") as bar:
                rows = predict_task(
                    connection, task, trust_runs=trust_runs, progress=bar.reach
                )
            words = f"{task}: {rows:,} predictions, {who_trained(connection, task)}."
            stored.add(connection, partial(say, words))

        for_each_task(
            connection, tasks, predict_one, partial(check_trained, connection)
        )


def who_trained(connection: "duckdb.DuckDBPyConnection", task: str) -> str:
    """Return in words whose run the latest of a task is."""
    from stellarwh.warehouse.seals import origins

    rows = connection.execute(
        "select run_id from ml.runs where task = ? "
        "order by created_at desc, run_id desc limit 1",
        [task.removeprefix("features.")],
    ).fetchall()
    found = origins(connection, rows[0][0])[rows[0][0]]
    return "by a run " + found.words


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
    from stellarwh.warehouse.database import open_warehouse

    with (
        progress("report", unit="pages") as bar,
        open_warehouse(warehouse_of(context), read_only=True) as connection,
    ):
        index = write_report(connection, out, progress=bar)
    say(str(index))
    if open_page and not webbrowser.open(index.resolve().as_uri()):
        note(f"No browser could be started; open {index} yourself.")
