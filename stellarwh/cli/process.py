"""How the process meets signals, and standard streams that are closed or full."""

import os
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any, NoReturn

# `timeout` and some terminals send a signal twice; a person who presses again means it.
_AGAIN = 1.0
# What a shell says of a process that SIGINT or SIGPIPE ended.
_INTERRUPTED = 130
_UNREAD = 141


class Interrupted(Exception):  # noqa: N818 - no error
    """An interrupt on its way to the end of the command."""


class Unread(Exception):  # noqa: N818 - no error
    """Nobody reads on what the command writes."""


class Process:
    """One run of the command line.

    Parameters
    ----------
    ends : bool
        Whether nothing comes after it; else signals are left as they were found.
    """

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends
        self._last = -_AGAIN
        self._before: Any = None
        self._unraisable = sys.unraisablehook
        self.is_interrupted = False

    def __enter__(self) -> "Process":
        """Listen to interrupts, and see to it that there are standard streams."""
        _open_streams()
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._interrupt)
            sys.unraisablehook = self._raise_again
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hear no further interrupt, or leave signals as they were found."""
        if self._before is not None and self._ends:
            # All is said and done; Python tidies up for some more milliseconds.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        elif self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            sys.unraisablehook = self._unraisable

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._last < _AGAIN:
            return
        self._last = now
        self.is_interrupted = True
        raise KeyboardInterrupt

    def _raise_again(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Interrupt once more where the first one hit what cannot raise."""
        if unraisable.exc_type is KeyboardInterrupt:
            self._last = -_AGAIN
            signal.raise_signal(signal.SIGINT)
        elif not self.is_interrupted:
            self._unraisable(unraisable)

    def leave(self, status: object) -> NoReturn:
        """End with a status, once all that was said has been written.

        Parameters
        ----------
        status : object
            As `sys.exit` takes it.
        """
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            self.leave_unread()
        except OSError as error:
            _discard(sys.stdout)
            if not status:
                self.fail(f"Error: Nothing could be written: {error.strerror}.")
        # What there is to say of an interrupt has been said by then.
        raise SystemExit(_INTERRUPTED if self.is_interrupted else status) from None

    def leave_unread(self) -> NoReturn:
        """End where nobody reads what is written."""
        _discard(sys.stdout)
        _discard(sys.stderr)
        raise SystemExit(_UNREAD) from None

    def fail(self, text: str) -> NoReturn:
        """Say why the command failed and end."""
        import typer

        from stellarwh.plaintext import printable

        if self.is_interrupted:
            # Whoever reads may have stopped reading, too.
            _discard(sys.stdout)
        try:
            sys.stdout.flush()
        except OSError:
            _discard(sys.stdout)
        try:
            typer.secho(printable(text), fg="red", err=True)
        except OSError:
            _discard(sys.stderr)
        raise SystemExit(_INTERRUPTED if self.is_interrupted else 1) from None


def _open_streams() -> None:
    """Put something in the place of standard streams that are closed.

    Else the next file that is opened, perhaps the warehouse, would be one of them, and
    whatever a library prints would be written into it.
    """
    for number, name, mode in (
        (0, "stdin", "r"),
        (1, "stdout", "w"),
        (2, "stderr", "w"),
    ):
        try:
            os.fstat(number)
        except OSError:
            # Standard output for reading: who writes to it learns that it is closed.
            flags = os.O_WRONLY if number == 2 else os.O_RDONLY
            os.open(os.devnull, flags)
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's own encoding lacks is spelled out, no error.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _discard(stream: Any) -> None:
    """Send all that is left in a stream nowhere."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
