"""The command that takes catalogue files in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stellarwh.cli.application import app, warehouse_of
from stellarwh.console import progress, say, warn

if TYPE_CHECKING:
    from stellarwh.ingest import IngestResult


@app.command()
def ingest(
    context: typer.Context,
    survey: Annotated[
        str, typer.Argument(help="apogee, galah, lamost, or a name of your own.")
    ],
    file: Annotated[
        Path | None,
        typer.Argument(help="The catalogue file; by default the release's in data/."),
    ] = None,
    all_columns: Annotated[
        bool, typer.Option("--all-columns", help="Keep every column of the file.")
    ] = False,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Further columns to keep (of your own catalogue: the only ones), "
            "e.g. 'GLON,GLAT'; or columns to leave out: '-SPEC,-FLUX*'."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what the survey held before.")
    ] = False,
    ra: Annotated[
        str | None, typer.Option(help="Right ascension column (deg) of your catalogue.")
    ] = None,
    dec: Annotated[
        str | None, typer.Option(help="Declination column (deg) of your catalogue.")
    ] = None,
    epoch: Annotated[
        float | None, typer.Option(help="Epoch of its positions, a Julian year.")
    ] = None,
    no_position: Annotated[
        bool,
        typer.Option(
            "--no-position", help="Your catalogue has no positions, only ids."
        ),
    ] = False,
    release: Annotated[
        str | None,
        typer.Option(help="Which release it is, where its columns fit several: DR7."),
    ] = None,
    hdu: Annotated[
        str | None,
        typer.Option(
            help="Which table of a FITS file with several: its EXTNAME, or its number "
            "(0 is the primary header); of a VOTable its name, or its number from 1. "
            "By default the first that has rows."
        ),
    ] = None,
) -> None:
    """Read a catalogue file into the raw table of its survey."""
    from stellarwh.database import open_warehouse
    from stellarwh.ingest import ingest_survey

    wanted = [c.strip() for c in columns.split(",") if c.strip()] if columns else None
    size = file.stat().st_size if file is not None and file.is_file() else None
    with (
        open_warehouse(warehouse_of(context), builds=True) as connection,
        progress(f"ingest {survey}", size, in_bytes=True) as bar,
    ):
        result = ingest_survey(
            connection,
            survey,
            file,
            columns=wanted,
            all_columns=all_columns,
            replace=replace,
            ra=ra,
            dec=dec,
            epoch=epoch,
            release=release,
            no_position=no_position,
            hdu=hdu,
            advance=bar.advance,
        )
    report_ingest(result)


def report_ingest(result: "IngestResult") -> None:
    """Print what an ingest did."""
    for warning in result.warnings:
        warn(warning)
    if result.unchanged:
        say(
            f"raw.{result.survey} already holds this file "
            f"({result.rows:,} rows); nothing changed."
        )
        return
    say(
        f"raw.{result.survey}: {result.rows:,} rows, {result.columns} columns "
        f"({result.release}) in {result.seconds:.1f} s."
    )
