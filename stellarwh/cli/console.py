"""What the user sees while work goes on.

Results go to standard output, everything about the work itself to standard error,
so that output can be piped. A terminal gets progress bars, anything else plain lines;
what is done within two seconds needs neither.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stellarwh.cli import bars
from stellarwh.runtime.listening import Listener
from stellarwh.runtime.plain_text import printable
from stellarwh.runtime.progress import UNTOLD, Progress

# Set by --quiet, too.
QUIET = "STELLARWH_QUIET"


def say(text: str) -> None:
    """Print a line of result on standard output."""
    with bars.aside():
        sys.stdout.write(f"{printable(text)}\n")
        sys.stdout.flush()


def note(text: str) -> None:
    """Print a line about the work on standard error."""
    with bars.aside():
        sys.stderr.write(f"{printable(text)}\n")
        sys.stderr.flush()


def warn(text: str) -> None:
    """Print a warning on standard error."""
    line = printable(f"Warning: {text}")
    if bars.is_terminal(sys.stderr) and not os.environ.get("NO_COLOR"):
        line = f"\x1b[33m{line}\x1b[0m"
    with bars.aside():
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


@contextmanager
def progress(
    description: str,
    total: float | None = None,
    *,
    unit: str = "",
    in_bytes: bool = False,
) -> Iterator[Progress]:
    """Show how far the work of the block is, if it lasts; see `Listener.progress`.

    On a terminal a bar with rate and time left, which is gone when the block ends;
    elsewhere a plain line now and then. Within a block that shows one already, that
    one says what this one would.
    """
    if os.environ.get(QUIET, "") not in ("", "0"):
        yield UNTOLD
        return
    with bars.shown(description, total, "bytes" if in_bytes else unit) as bar:
        yield bar


class Terminal(Listener):
    """Shows on standard error what a work says of itself."""

    note = staticmethod(note)
    warn = staticmethod(warn)
    progress = staticmethod(progress)
