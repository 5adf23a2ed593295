"""The command line: ``stellarwh COMMAND [--warehouse PATH]``."""

import sys
from typing import TYPE_CHECKING, Any

from stellarwh.cli.process import Interrupted, Process, Unread, open_streams
from stellarwh.cli.watched import watch
from stellarwh.errors import StellarwhError
from stellarwh.runtime.limits import is_of_memory, told_of_memory

if TYPE_CHECKING:
    from stellarwh.cli.commands import app

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    """Load the commands only when they are asked for: `main` listens before."""
    if name == "app":
        from stellarwh.cli.commands import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main() -> None:
    """Run the command line; every expected error is one line and status 1.

    An interrupt (ctrl-C) is one line and status 130, wherever it came. Where nobody
    reads on, the command ends without a word and with status 141, as others do.
    """
    started = getattr(sys.modules["__main__"], "main", None) is main
    if started:
        open_streams()
        watch()
    with Process(ends=started) as process:
        try:
            from stellarwh.cli.commands import app

            app()
            process.leave(0)
        except SystemExit as left:
            process.leave(left.code)
        except (Unread, BrokenPipeError):
            process.leave_unread()
        except BaseException as error:
            if not process.is_interrupted and (told := _of_room(error)):
                process.fail(f"Error: {told}")
            if not process.is_interrupted and is_of_memory(error):
                process.fail(f"Error: {told_of_memory()}")
            if not isinstance(error, Exception | KeyboardInterrupt):
                raise
            text = _stopped(error) if process.is_interrupted else _one_line(error)
            if text is None:
                raise
            process.fail(text)


def _stopped(error: BaseException) -> str:
    """Return what the user is told of an interrupt."""
    return (str(error) if isinstance(error, Interrupted) else "") or "Stopped."


def _of_room(error: BaseException) -> str | None:
    """Return what the user is told of a full disk; None where none is full."""
    from stellarwh.warehouse.room import is_of_room, told_of_room

    return told_of_room(error) if is_of_room(error) else None


def _one_line(error: BaseException) -> str | None:
    """Return what the user is told of an error; None for one that is a bug."""
    import duckdb

    from stellarwh.warehouse.messages import first_line

    if isinstance(error, StellarwhError):
        return f"Error: {error}"
    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException | OSError):
        # The disk or the memory ended in the middle of something; nothing is half done.
        return f"Error: The machine refused: {first_line(str(error))}"
    if isinstance(error, duckdb.PermissionException):
        return f"Error: {first_line(str(error))}."
    if isinstance(error, duckdb.Error):
        return (
            f"Error: DuckDB refuses: {first_line(str(error)).rstrip('.')}. If a view "
            "of your own asks for that, mend or drop it; else run 'stellarwh build' "
            "and try again."
        )
    return None
