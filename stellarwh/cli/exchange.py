"""Commands that exchange tables with other programs of this machine."""

from pathlib import Path
from typing import Annotated

import typer

from stellarwh.api.exchange import ingest_received, received
from stellarwh.api.warehouse import Warehouse
from stellarwh.cli.application import app, warehouse_of
from stellarwh.cli.catalogues import report_ingest
from stellarwh.cli.console import progress, say


@app.command()
def send(
    context: typer.Context,
    table: Annotated[
        str, typer.Argument(help="A table or view, e.g. main.stars, or one SELECT.")
    ],
    to: Annotated[
        str | None,
        typer.Option(
            help="What a program calls itself, e.g. topcat; by default all that take "
            "tables."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What the table is called there.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Columns to send: 'ra,*_mag'; to leave out: '-ra,-*_err'."),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", help="How long to wait for an answer of each."),
    ] = 300,
) -> None:
    """Put a table, a view or a SELECT into a running TOPCAT or Aladin, by SAMP."""
    with Warehouse(warehouse_of(context), write=False, runs=table) as warehouse:
        sent = warehouse.send(
            table, to=to, name=name, columns=columns or (), timeout=timeout
        )
    say(f"Sent {sent.name}, {sent.rows:,} rows, to {', '.join(sent.programs)}.")


@app.command()
def receive(
    context: typer.Context,
    survey: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="The catalogue of yours that it becomes."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write it to this file, too: ends in .vot or .fits."),
    ] = None,
    ra: Annotated[
        str | None, typer.Option(help="Its right ascension column (deg).")
    ] = None,
    dec: Annotated[
        str | None, typer.Option(help="Its declination column (deg).")
    ] = None,
    epoch: Annotated[
        float | None, typer.Option(help="Epoch of its positions, a Julian year.")
    ] = None,
    no_position: Annotated[
        bool, typer.Option("--no-position", help="It has no positions, only ids.")
    ] = False,
    columns: Annotated[
        str | None, typer.Option(help="The only columns to keep, besides its position.")
    ] = None,
    declare: Annotated[
        list[str] | None,
        typer.Option(help="What its columns are: 'teff=TEFF_FIT', as ingest takes it."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what raw.NAME held before.")
    ] = False,
    append: Annotated[
        bool, typer.Option("--append", help="Add its rows to those of other files.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="How long to wait; else until it comes."),
    ] = None,
) -> None:
    """Wait for a table that TOPCAT or Aladin sends, and take it as raw.NAME."""
    from stellarwh.ingest import CALLED

    # Others can write until the table is there.
    with received(survey, out, timeout) as table:
        say(f"Received {table.name} from {table.sender}.")
        if out is not None:
            say(f"Wrote it to {out}.")
        if survey is None:
            return
        with (
            progress(f"ingest {survey}", in_bytes=True),
            Warehouse(
                warehouse_of(context), write=True, builds=True, runs=CALLED
            ) as warehouse,
        ):
            result = ingest_received(
                warehouse.connection,
                survey,
                table,
                {
                    "columns": columns or None,
                    "ra": ra,
                    "dec": dec,
                    "epoch": epoch,
                    "no_position": no_position,
                    "declare": declare,
                    "replace": replace,
                    "append": append,
                },
            )
    report_ingest(result)
