"""How the process meets signals, and standard streams that are closed or full."""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, NoReturn

from stellarwh.runtime.interrupts import interrupt_queries, is_handled, is_held
from stellarwh.runtime.litter import end, remove_own

# `timeout` and some terminals send a signal twice; a person who presses again means it.
_AGAIN = 1.0
# What a shell says of a process that a signal ended: this, and the signal's number.
_BY_SIGNAL = 128
_UNREAD = _BY_SIGNAL + signal.SIGPIPE
# What ends a command, and how it is handled where nobody said otherwise: `nohup` and
# shells that start something in the background have some of them ignored.
_ENDING = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
    signal.SIGHUP: signal.SIG_DFL,
}

# With what status a command ends.
EXIT_STATUSES = {
    0: "All went well.",
    1: "An error, told in one line on standard error; of check, a test that fails.",
    2: "Wrong usage: an option or a value that there is not.",
    _UNREAD: "Nobody read on: the pipe that took the output was closed.",
    **{
        _BY_SIGNAL + number: f"Stopped by {signal.Signals(number).name}; all that was "
        "not finished is undone."
        for number in _ENDING
    },
}

# How often a query is asked to end while Python has not heard that it should.
_ASKED_EVERY = 0.05


class Interrupted(Exception):  # noqa: N818 - no error
    """An interrupt on its way to the end of the command, with what is told of it."""


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
        self._pressed = self._heard = -_AGAIN
        self._before: dict[int, Any] = {}
        self._number = int(signal.SIGINT)
        self._unraisable = sys.unraisablehook
        self._told = self._told_before = -1
        self._asks = self._leaves = False
        self.is_interrupted = False

    def __enter__(self) -> "Process":
        """Listen to interrupts, and see to it that there are standard streams."""
        open_streams()
        for number, untouched in _ENDING.items():
            if signal.getsignal(number) == untouched:
                self._before[number] = signal.signal(number, self._interrupt)
        if self._before:
            sys.unraisablehook = self._tell_unraisable
            self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hear no further interrupt, or leave signals as they were found."""
        self._leaves = True
        if self._ends:
            remove_own()
            code = error.code if isinstance(error, SystemExit) else error and 1
            end(code if isinstance(code, int) else int(code is not None))
        if self._before and self._ends:
            # All is said and done; Python tidies up for some more milliseconds.
            for number in self._before:
                signal.signal(number, signal.SIG_IGN)
            if self.is_interrupted:
                if kind is not None and not issubclass(kind, SystemExit):
                    # It was heard once more on the way here, and nothing is said yet.
                    with suppress(OSError, ValueError):
                        sys.stderr.write("Stopped.\n")
                _end_at_once(self._stopped)
        elif self._before:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(self._told_before)
            os.close(self._told)  # the thread reads its end
            sys.unraisablehook = self._unraisable

    @property
    def _stopped(self) -> int:
        """The status of a command that was stopped."""
        return _BY_SIGNAL + self._number

    def _listen(self) -> None:
        """Let a thread hear of signals, too, at once and whatever Python waits for."""
        hears, told = os.pipe()
        os.set_blocking(told, False)
        self._told_before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        self._told = told
        threading.Thread(target=self._see_to_it, args=(hears,), daemon=True).start()

    def _see_to_it(self, hears: int) -> None:
        """End running queries at an interrupt, and see that it is not lost on its way.

        DuckDB may turn it into an error of its own, and what catches such errors goes
        on.
        """
        main = threading.main_thread().ident or 0
        while os.read(hears, 64):
            at = time.monotonic()
            while self._heard < at - _AGAIN and not self._leaves:
                interrupt_queries()
                time.sleep(_ASKED_EVERY)
            while not self._leaves:
                time.sleep(_ASKED_EVERY)
                if not is_handled(sys._current_exceptions().get(main)):
                    interrupt_queries()
                    self._asks = True
                    # Wakes it, too, from whatever it waits for.
                    signal.pthread_kill(main, self._number)
        os.close(hears)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._heard = time.monotonic()
        if self._leaves:
            return  # all is undone, and one line is being said of it
        if not self.is_interrupted:
            self._number = number
        if is_held():
            return  # the thread that listens asks again
        if self._asks:
            self._asks = False
            if is_handled(sys.exc_info()):
                return
        elif self._heard - self._pressed < _AGAIN:
            return
        else:
            self._pressed = self._heard
        self.is_interrupted = True
        # DuckDB itself hears of signals now and then; what its other threads do would
        # go on.
        interrupt_queries()
        raise KeyboardInterrupt

    def _tell_unraisable(self, unraisable: "sys.UnraisableHookArgs") -> None:
        """Say nothing of an interrupt that hit what cannot raise.

        The thread that listens asks again, as of any that is lost on its way.
        """
        if unraisable.exc_type is not KeyboardInterrupt and not self.is_interrupted:
            self._unraisable(unraisable)

    def leave(self, status: object) -> NoReturn:
        """End with a status, once all that was said has been written.

        Parameters
        ----------
        status : object
            As `sys.exit` takes it.
        """
        self._leaves = True
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            self.leave_unread()
        except OSError as error:
            _discard(sys.stdout)
            if not status:
                self.fail(f"Error: Nothing could be written: {error.strerror}.")
        if self.is_interrupted:
            self.fail("Stopped.")
        raise SystemExit(status) from None

    def leave_unread(self) -> NoReturn:
        """End where nobody reads what is written."""
        self._leaves = True
        _discard(sys.stdout)
        _discard(sys.stderr)
        raise SystemExit(_UNREAD) from None

    def fail(self, text: str) -> NoReturn:
        """Say why the command failed and end."""
        self._leaves = True
        if self.is_interrupted:
            # Whoever reads may have stopped reading, too.
            _discard(sys.stdout)
        try:
            sys.stdout.flush()
        except OSError:
            _discard(sys.stdout)
        try:
            import typer

            from stellarwh.runtime.plain_text import printable

            typer.secho(printable(text), fg="red", err=True)
        except OSError:
            _discard(sys.stderr)
        except (MemoryError, ImportError):
            sys.stderr.write(f"{text}\n")
        raise SystemExit(self._stopped if self.is_interrupted else 1) from None


def _end_at_once(status: int) -> NoReturn:
    """End the process: all is undone, and Python would wait for other threads.

    What they work at lies in memory alone, and nobody wants it.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def open_streams() -> None:
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
