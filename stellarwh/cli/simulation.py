"""Commands that make simulated catalogues and run the chain on them."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from stellarwh.api.chain import run_demo, simulate_sky
from stellarwh.cli.application import WrongOptions, app, warehouse_of
from stellarwh.cli.catalogues import report_ingest
from stellarwh.cli.console import say
from stellarwh.cli.learning import report_training
from stellarwh.cli.scales import report_calibration
from stellarwh.cli.spectra import report_spectra
from stellarwh.cli.warehouse import report_checks

Stars = Annotated[
    int, typer.Option(min=100, max=100_000_000, help="Stars that are observed.")
]


class Sky(StrEnum):
    """What is wrong with the values of the surveys."""

    IDEAL = "ideal"
    DEFAULT = "default"
    HARD = "hard"


SkyOption = Annotated[
    Sky | None,
    typer.Option(
        "--sky",
        case_sensitive=False,
        help="What is wrong with the surveys: default (small trends, plate offsets, "
        "outliers, errors stated too small), ideal (none of these, but for LAMOST's "
        "errors), or hard (trends as large as the literature finds, too).",
    ),
]
Ideal = Annotated[bool, typer.Option("--ideal", help="The same as --sky ideal.")]
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
    sky: SkyOption = None,
    ideal: Ideal = False,
    spectra: Annotated[
        int,
        typer.Option(
            min=0,
            help="Write spectra of so many of LAMOST's stars, too: first of those that "
            "APOGEE has as well. Their lines follow published stars.",
        ),
    ] = 0,
    gaia: Annotated[
        bool,
        typer.Option(
            "--gaia", help="Write what an extract of Gaia DR3 has of all stars, too."
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the files.")] = Path("data"),
) -> None:
    """Write simulated survey files in the layouts of the real releases."""
    files = simulate_sky(
        out,
        stars=stars,
        seed=seed,
        survey=survey.strip().lower() if survey is not None else None,
        full_width=full_width,
        sky=_one_sky(sky, ideal),
        spectra=spectra,
        gaia=gaia,
    )
    for name, path in files.items():
        if name == "spectra":
            written = sum(1 for _ in path.iterdir())
            few = ", of all its stars" if written < spectra else ""
            say(f"{name}: {path} ({written:,} of LAMOST{few})")
        else:
            say(f"{name}: {path}")


@app.command()
def demo(
    context: typer.Context,
    stars: Stars = 40_000,
    seed: Seed = 42,
    sky: SkyOption = None,
    ideal: Ideal = False,
    spectra: Annotated[
        int,
        typer.Option(min=0, help="Spectra of so many of LAMOST's stars, too."),
    ] = 1_000,
    data: Annotated[Path, typer.Option(help="Folder of the simulated files.")] = Path(
        "data/simulated"
    ),
    reports: Annotated[Path, typer.Option(help="Folder of the report.")] = Path(
        "reports"
    ),
) -> None:
    """Run the whole chain on simulated surveys and print where to look."""
    started = time.perf_counter()
    path = warehouse_of(context)
    index = run_demo(
        path,
        stars=stars,
        seed=seed,
        sky=_one_sky(sky, ideal),
        spectra=spectra,
        data=data,
        reports=reports,
        each=_report_step,
    )
    minutes, seconds = divmod(time.perf_counter() - started, 60)
    say(f"Done in {minutes:.0f} min {seconds:.0f} s. The data are SIMULATED.")
    say(f"Report:    {index}")
    say(f"Warehouse: {path}")


def _one_sky(sky: Sky | None, ideal: bool) -> str:
    """Return the sky that is asked for, by either of its options."""
    if ideal and sky not in (None, Sky.IDEAL):
        message = f"--sky {sky} and --ideal are two skies; give one of them."
        raise WrongOptions(message)
    return Sky.IDEAL if ideal else sky or Sky.DEFAULT


def _report_step(result: object) -> None:
    """Print what a step of the chain gave."""
    from stellarwh.api.predictions import Prediction
    from stellarwh.ingest import IngestResult
    from stellarwh.learning import TrainResult
    from stellarwh.scales import Calibration
    from stellarwh.spectra.ingest import SpectraResult
    from stellarwh.warehouse.build import BuildResult

    if isinstance(result, IngestResult):
        report_ingest(result)
    elif isinstance(result, BuildResult):
        made = result.views + result.tables
        say(f"Built {made} objects in {result.seconds:.1f} s.")
    elif isinstance(result, SpectraResult):
        report_spectra(result)
    elif isinstance(result, Calibration):
        report_calibration(result)
    elif isinstance(result, TrainResult):
        report_training(result)
    elif isinstance(result, Prediction):
        say(f"{result.task}: {result.rows:,} predictions.")
    elif isinstance(result, list):
        report_checks(result)
