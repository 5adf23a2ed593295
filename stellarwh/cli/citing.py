"""The command that tells what the files of a warehouse ask to be cited."""

from pathlib import Path
from typing import Annotated

import typer

from stellarwh.api.arguments import path_of
from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.console import say
from stellarwh.errors import UsageError


@app.command()
def cite(
    context: typer.Context,
    bibtex: Annotated[
        bool, typer.Option("--bibtex", help="The entries for BibTeX alone.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it there, not to the terminal."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that exists.")
    ] = False,
) -> None:
    """Print what the files in the warehouse ask to be cited, with BibTeX."""
    path = warehouse_of(context)
    # No macro is needed, so a warehouse that was never built answers, too.
    with Warehouse(path, write=False, computes=False) as warehouse:
        told = warehouse.cite()
    if out is None:
        for line in (told.bibtex if bibtex else str(told)).splitlines():
            say(line)
        return
    out = path_of(out)
    if out.exists() and out.samefile(path):
        raise UsageError(f"{out} is the warehouse; name another file.")
    told.write(out, bibtex=bibtex, overwrite=overwrite)
    say(f"Wrote {len(told.references)} references to {out}.")
