"""The command line: ``stellarwh [--warehouse PATH] COMMAND``."""

import signal
from types import FrameType

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
    """Run the command line; every expected error is one line and status 1.

    An interrupt (ctrl-C) is one line and status 130, wherever it came.
    """
    interrupts: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)
    try:
        app()
    except SystemExit:
        if interrupts:  # what there is to say has been said
            raise SystemExit(130) from None
        raise
    except (Exception, KeyboardInterrupt) as error:
        text = "Stopped." if interrupts else _one_line(error)
        if text is None:
            raise
    else:
        return
    typer.secho(text, fg="red", err=True)
    raise SystemExit(130 if interrupts else 1)


def _one_line(error: BaseException) -> str | None:
    """Return what the user is told of an error; None for one that is a bug."""
    if isinstance(error, StellarwhError):
        return f"Error: {error}"
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | OSError):
        # The disk or the memory ended in the middle of something; nothing is half done.
        return f"Error: The machine refused: {first_line(str(error))}"
    if isinstance(error, duckdb.PermissionException):
        return f"Error: {first_line(str(error))}."
    if isinstance(error, duckdb.Error):
        return (
            "Error: The warehouse is not as this version of stellarwh makes it "
            f"({first_line(str(error))}); run 'stellarwh build' and try again."
        )
    return None
