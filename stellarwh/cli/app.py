"""The typer application and the options that every command shares."""

from pathlib import Path
from typing import Annotated

import typer

from stellarwh import __version__
from stellarwh.database import DEFAULT_WAREHOUSE
from stellarwh.offline import no_network

app = typer.Typer(
    name="stellarwh",
    help="A DuckDB-backed local warehouse for stellar spectroscopic surveys.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"stellarwh {__version__}")
        raise typer.Exit


@app.callback()
def _shared_options(
    context: typer.Context,
    warehouse: Annotated[
        Path,
        typer.Option(envvar="STELLARWH_WAREHOUSE", help="The DuckDB file to work in."),
    ] = DEFAULT_WAREHOUSE,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    context.obj = warehouse
    if context.invoked_subcommand != "download":
        context.with_resource(no_network(everywhere=True))


def warehouse_of(context: typer.Context) -> Path:
    """Return the warehouse file that the user named."""
    path = context.find_root().obj
    assert isinstance(path, Path)
    return path
