"""Other processes: what they are called, and whether they still run."""

import os
import shlex
import sys
from pathlib import Path

from stellarwh.runtime.plain_text import one_line

_LONGEST = 80


def own_command() -> str:
    """Return the command line of this process, as a user would know it."""
    program = Path(sys.argv[0] or "python").name
    if program == "__main__.py":
        program = Path(sys.argv[0]).parent.name
    return _shown([program, *sys.argv[1:]])


def command_of(process: int) -> str | None:
    """Return the command line of a process of this machine, where it can be known."""
    try:
        found = Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return None
    parts = found.decode(errors="replace").split("\0")[:-1]
    return _shown([Path(parts[0]).name, *parts[1:]]) if parts and parts[0] else None


def is_running(process: int) -> bool:
    """Return whether there is a process of that number on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # Somebody else's, or a number that no process has.
        return True
    return True


def _shown(parts: list[str]) -> str:
    text = one_line(shlex.join(parts))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
