"""The command line: ``stellarwh [--warehouse PATH] COMMAND``."""

import duckdb
import typer

from stellarwh.cli import (
    catalogues,
    download,
    learning,
    matching,
    simulation,
    warehouse,
)
from stellarwh.cli.app import app
from stellarwh.database import first_line
from stellarwh.errors import StellarwhError

__all__ = [
    "app",
    "catalogues",
    "download",
    "learning",
    "main",
    "matching",
    "simulation",
    "warehouse",
]


def main() -> None:
    """Run the command line; every expected error is one line and status 1."""
    try:
        app()
    except StellarwhError as error:
        text = str(error)
    except (duckdb.IOException, duckdb.OutOfMemoryException, OSError) as error:
        # The disk or the memory ended in the middle of something; nothing is half done.
        text = f"The machine refused: {first_line(str(error))}"
    else:
        return
    typer.secho(f"Error: {text}", fg="red", err=True)
    raise SystemExit(1)
