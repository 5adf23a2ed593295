"""The command that takes spectra in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import note, progress, say, warn

if TYPE_CHECKING:
    from stellarwh.spectra.ingest import SpectraResult

# Refusals that are printed.
_SHOWN = 5
_SOURCES = {
    "rest": "at rest as published",
    "catalogue": "by velocities of the catalogue",
    "header": "by those of the headers",
    "cross-correlation": "by those measured here",
    None: "without a velocity, so without indices",
}


@app.command("ingest-spectra")
def ingest_spectra(
    context: typer.Context,
    survey: Annotated[str, typer.Argument(help="lamost, galah, apogee or sdss.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES...",
            help="Files of spectra, folders of them, or patterns in quotes: "
            "'dr7/**/*.fits.gz'. Those that are held already are not read again.",
        ),
    ],
    definitions: Annotated[
        Path | None,
        typer.Option(
            help="Measure indices of your own, too: a CSV with the columns of "
            "sql/index_definitions.csv.",
            metavar="FILE",
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Read files anew that are held, in place of what is held of them.",
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many processes read and measure, of about 60 MB each; by "
            "default two, where files are many.",
        ),
    ] = None,
) -> None:
    """Read spectra as published, and measure the indices of their lines and bands."""
    with progress(f"ingest-spectra {survey}", unit="files"):
        from stellarwh.api.warehouse import Warehouse
        from stellarwh.spectra.ingest import CALLED

        with Warehouse(
            warehouse_of(context), write=True, builds=True, runs=CALLED, once=True
        ) as warehouse:
            result = warehouse.ingest_spectra(
                survey.strip().lower(),
                *files,
                definitions=definitions,
                replace=replace,
                jobs=jobs,
            )
    report_spectra(result)
    if result.all_refused:
        raise typer.Exit(1)


def report_spectra(result: "SpectraResult") -> None:
    """Print what became of files of spectra."""
    if result.n_others:
        note(
            f"{result.n_others:,} files of the folders are not called like FITS files, "
            "and were not read."
        )
    for _, reason in result.refusals[:_SHOWN]:
        # Names of files may have more than one line.
        warn(f"refused: {reason}".replace("\n", "\\n"))
    if result.refused > _SHOWN:
        note(
            f"{result.refused - _SHOWN:,} more were refused; all stand in raw.spectra, "
            "with the reason: from raw.spectra where refusal is not null"
        )
    told = [f"{result.spectra:,} spectra"]
    if result.spectra:
        told[0] += f", {result.indices} indices each"
    if result.measured_anew:
        told.append(f"further indices of {result.measured_anew:,} that were held")
    if result.held:
        told.append(f"{result.held:,} files were held, nothing of them changed")
    if result.refused:
        told.append(f"{result.refused:,} refused")
    if result.refused_before:
        told.append(f"{result.refused_before:,} files refused as before")
    say(
        f"raw.spectra: {result.files:,} files read as those of {result.survey}: "
        f"{'; '.join(told)}; in {result.seconds:.1f} s."
    )
    if result.spectra:
        shifted = ", ".join(
            f"{result.by_velocity[source]:,} {words}"
            for source, words in _SOURCES.items()
            if result.by_velocity[source]
        )
        say(f"Shifted to rest: {shifted}.")
    if result.disputed:
        note(
            f"{result.disputed:,} state a velocity that their lines contradict, or two "
            "that are far apart; it was not used, and stands in "
            "raw.spectra.disputed_velocity."
        )
