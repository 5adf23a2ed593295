"""Commands that make simulated catalogues and run the chain on them."""

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.catalogues import report_ingest
from stellarwh.cli.console import note, progress, say
from stellarwh.cli.learning import for_each_task, report_training, trained_on
from stellarwh.cli.warehouse import built_on, report_checks
from stellarwh.errors import WarehouseError
from stellarwh.runtime.progress import Progress

Stars = Annotated[int, typer.Option(min=100, help="Stars that are observed.")]
Ideal = Annotated[
    bool,
    typer.Option(
        "--ideal",
        help="No trends, plate offsets or outliers; APOGEE's errors stated in full.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same files.")]


@app.command()
def simulate(
    stars: Stars = 40_000,
    seed: Seed = 42,
    survey: Annotated[
        str | None,
        typer.Option(
            help="Write apogee, galah or lamost alone, with so many stars of its own; "
            "at one seed the files of separate calls are of one sky."
        ),
    ] = None,
    full_width: Annotated[
        bool, typer.Option("--full-width", help="All 234 columns of APOGEE's allStar.")
    ] = False,
    ideal: Ideal = False,
    out: Annotated[Path, typer.Option(help="Folder of the files.")] = Path("data"),
) -> None:
    """Write simulated survey files in the layouts of the real releases."""
    from stellarwh.simulate import simulate as simulate_surveys

    with progress("simulate", stars, unit="stars") as bar:
        files = simulate_surveys(
            out,
            stars=stars,
            seed=seed,
            survey=survey.strip().lower() if survey is not None else None,
            full_width=full_width,
            ideal=ideal,
            progress=bar.advance,
        )
    for name, path in files.items():
        say(f"{name}: {path}")


@app.command()
def demo(
    context: typer.Context,
    stars: Stars = 40_000,
    seed: Seed = 42,
    ideal: Ideal = False,
    data: Annotated[Path, typer.Option(help="Folder of the simulated files.")] = Path(
        "data/simulated"
    ),
    reports: Annotated[Path, typer.Option(help="Folder of the report.")] = Path(
        "reports"
    ),
) -> None:
    """Run the whole chain on simulated surveys and print where to look."""
    from stellarwh.ingest import ingest_survey
    from stellarwh.learning import predict, train
    from stellarwh.report import write_report
    from stellarwh.simulate import simulate as simulate_surveys
    from stellarwh.warehouse.build import build_views
    from stellarwh.warehouse.check import run_checks
    from stellarwh.warehouse.database import open_warehouse, publish

    started = time.perf_counter()
    path = warehouse_of(context)
    _refuse_real_data(path)
    note(f"Simulating {stars:,} stars …")
    with progress("simulate", stars, unit="stars") as bar:
        files = simulate_surveys(
            data, stars=stars, seed=seed, ideal=ideal, progress=bar.advance
        )
    with open_warehouse(path, builds=True) as connection:
        for survey in ("apogee", "galah", "lamost"):
            with _ingesting(survey, files[survey]) as bar:
                result = ingest_survey(
                    connection,
                    survey,
                    files[survey],
                    replace=True,
                    advance=bar.advance,
                )
            report_ingest(result)
        with progress("build") as bar:
            built = build_views(connection, progress=built_on(bar))
            publish(connection)
        say(f"Built {built.views + built.tables} objects in {built.seconds:.1f} s.")
        with progress("check"):
            checked = run_checks(connection)
        report_checks(checked)

        def train_one(task: str) -> None:
            with progress(f"train {task}") as bar:
                result = train(connection, task, seed=0, progress=trained_on(bar, task))
            report_training(result)

        def predict_one(task: str) -> None:
            with progress(f"predict {task}", unit="stars") as bar:
                rows = predict(connection, task, progress=bar.reach)
            say(f"{task}: {rows:,} predictions.")

        for_each_task(connection, None, train_one)
        for_each_task(connection, None, predict_one)
        publish(connection)
        note("Writing the report …")
        with progress("report", unit="pages") as bar:
            index = write_report(connection, reports, progress=bar)
    minutes, seconds = divmod(time.perf_counter() - started, 60)
    say(f"Done in {minutes:.0f} min {seconds:.0f} s. The data are SIMULATED.")
    say(f"Report:    {index}")
    say(f"Warehouse: {path}")


def _ingesting(survey: str, file: Path) -> AbstractContextManager[Progress]:
    return progress(f"ingest {survey}", file.stat().st_size, in_bytes=True)


def _refuse_real_data(path: Path) -> None:
    """Stop before the demo replaces catalogues that are not simulated."""
    from stellarwh.warehouse.database import open_warehouse

    if not path.exists():
        return
    with open_warehouse(path, read_only=True, computes=False) as connection:
        real = connection.execute(
            "select distinct survey from meta.ingests where not is_simulated"
        ).fetchall()
    if real:
        names = ", ".join(sorted(row[0] for row in real))
        raise WarehouseError(
            f"{path} holds real data ({names}); give the demo a warehouse of its own, "
            "e.g. 'stellarwh --warehouse warehouse/demo.duckdb demo'."
        )
