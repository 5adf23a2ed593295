"""The command line: ``stellarwh [--warehouse PATH] COMMAND``."""

import typer

from stellarwh.cli import catalogues, learning, simulation, warehouse
from stellarwh.cli.app import app
from stellarwh.errors import StellarwhError

__all__ = ["app", "catalogues", "learning", "main", "simulation", "warehouse"]


def main() -> None:
    """Run the command line; every expected error is one line and status 1."""
    try:
        app()
    except StellarwhError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise SystemExit(1) from None
