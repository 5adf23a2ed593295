"""Commands of the learning layer and the report."""

import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, progress, say, warn
from stellarwh.learning import MOST_SEED

if TYPE_CHECKING:
    from stellarwh.api.predictions import Prediction
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
    seed: Annotated[
        int, typer.Option(min=0, max=MOST_SEED, help="Same seed, same numbers.")
    ] = 0,
    folds: Annotated[int, typer.Option(min=2, help="Sky-blocked folds.")] = 5,
    device: Annotated[Device, typer.Option()] = Device.CPU,
    tune: Annotated[
        int, typer.Option(min=0, max=200, help="Other settings to try, per target.")
    ] = 0,
) -> None:
    """Train, evaluate on blocked sky and store one run per task."""
    with (
        progress("train"),
        Warehouse(
            warehouse_of(context), write=True, create=False, once=True
        ) as warehouse,
    ):
        warehouse.train(
            *(tasks or ()),
            estimator=estimator.value,
            seed=seed,
            folds=folds,
            device=device.value,
            tune=tune,
            each=report_training,
        )


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
    with (
        progress("predict"),
        Warehouse(
            warehouse_of(context), write=True, create=False, once=True
        ) as warehouse,
    ):
        warehouse.predict(*(tasks or ()), trust_runs=trust_runs, each=report_prediction)


def report_prediction(result: "Prediction") -> None:
    """Print how much a run predicted, and whose it was."""
    say(f"{result.task}: {result.rows:,} predictions, {result.trained_by}.")


@app.command()
def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder of the pages.")] = Path("reports"),
    open_page: Annotated[
        bool, typer.Option("--open", help="Open the report in a browser.")
    ] = False,
) -> None:
    """Write reports/index.html and its pages."""
    with (
        progress("report", unit="pages"),
        Warehouse(warehouse_of(context), write=False) as warehouse,
    ):
        index = warehouse.report(out)
    say(str(index))
    if open_page and not webbrowser.open(index.resolve().as_uri()):
        note(f"No browser could be started; open {index} yourself.")
