"""The command that draws a figure for print."""

from pathlib import Path
from typing import Annotated

import typer

from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import say


@app.command()
def plot(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(
            help="kiel, sky, cmd, chemistry, offsets, residuals or coverage."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The file: .pdf, .svg or .png; by default KIND.pdf."),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option(
            help="A condition in SQL: 'fe_h < -1 and snr > 100'; of residuals and "
            "coverage for the columns of the task's view.",
            metavar="SQL",
        ),
    ] = None,
    survey: Annotated[
        str | None, typer.Option(help="Stars of this survey alone.")
    ] = None,
    mean: Annotated[
        bool,
        typer.Option(
            "--mean",
            help="Colour a plane by the mean of a third quantity, not by the density.",
        ),
    ] = False,
    left: Annotated[str | None, typer.Option(help="Of offsets: a survey.")] = None,
    right: Annotated[
        str | None, typer.Option(help="Of offsets: the one it is compared with.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Of offsets: teff (the default) or fe_h.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="Of residuals and coverage: which task.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="One of its targets; by default all.")
    ] = None,
    width: Annotated[
        str, typer.Option(help="column (88 mm), page (180 mm) or mm.")
    ] = "column",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
) -> None:
    """Draw a figure for a paper: PDF, SVG or PNG."""
    with Warehouse(warehouse_of(context), write=False) as warehouse:
        drawn = warehouse.plot(
            kind.strip().lower(),
            out,
            where=where,
            width=width,
            overwrite=overwrite,
            survey=survey,
            mean=mean,
            left=left,
            right=right,
            against=against,
            task=task,
            target=target,
        )
    say(
        f"{drawn.path}: {drawn.of}; {drawn.width:.0f} × {drawn.height:.0f} mm, "
        f"{drawn.mark}."
    )
