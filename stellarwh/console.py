"""What the user sees while work goes on.

Results go to standard output, everything about the work itself to standard error,
so that output can be piped. A terminal gets progress bars, a pipe plain lines.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from stellarwh.plaintext import printable


class _Console(Console):
    """A console that leaves it to the command what to do where nobody reads."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


_error_console = _Console(stderr=True, highlight=False)
_console = _Console(highlight=False)


def say(text: str) -> None:
    """Print a line of result on standard output."""
    _console.print(printable(text), markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a line about the work on standard error."""
    _error_console.print(printable(text), markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print a warning on standard error."""
    _error_console.print(
        printable(f"Warning: {text}"), markup=False, soft_wrap=True, style="yellow"
    )


class ProgressBar:
    """Counts work done; silent where standard error is not a terminal."""

    def __init__(self, progress: Progress | None, task: TaskID | None) -> None:
        self._progress = progress
        self._task = task

    def advance(self, amount: float) -> None:
        """Add ``amount`` to the work done."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, amount)

    def expect(self, total: float | None) -> None:
        """Set the amount of work, where it is known only once the work began."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)


@contextmanager
def progress(
    description: str, total: float | None, *, in_bytes: bool = False
) -> Iterator[ProgressBar]:
    """Show a progress bar with rate and time left while the block runs.

    Parameters
    ----------
    description : str
        What is being done, for example ``"ingest apogee"``.
    total : float or None
        Amount of work in the unit that `ProgressBar.advance` counts; None if unknown.
    in_bytes : bool, default False
        The unit is bytes: show how many of how many, and how many per second.
    """
    if not _error_console.is_terminal:
        yield ProgressBar(None, None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *(
            (DownloadColumn(), TransferSpeedColumn())
            if in_bytes
            else (TaskProgressColumn(show_speed=True),)
        ),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_error_console, transient=True) as bar:
        yield ProgressBar(bar, bar.add_task(description, total=total))
