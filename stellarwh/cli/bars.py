"""Progress on standard error: one line that is painted again and again, or plain lines.

A thread paints, so that whoever works only counts.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TextIO

from stellarwh.cli.lines import Count, bar_line, plain_line
from stellarwh.runtime.progress import Progress

# What ends within these seconds is not worth a line.
_PATIENCE = 2.0
_PAINTED_EVERY = 0.1
# Seconds between plain lines, where they tell of another stage and where not; of what
# lasts long a line each time it has lasted another tenth.
_TOLD_EVERY = 5.0
_TOLD_AGAIN = 30.0
_TENTH = 0.1

_showing: "Bar | None" = None


def is_terminal(stream: TextIO) -> bool:
    """Say whether a stream is a terminal that can go back in its line."""
    try:
        return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    except ValueError:  # closed
        return False


@contextmanager
def shown(text: str, total: float | None, unit: str) -> Iterator[Progress]:
    """Show progress on standard error while the block runs."""
    global _showing
    if _showing is not None:
        with _showing.within(text, total, unit):
            yield _showing
        return
    bar = _showing = Bar(sys.stderr, Count(text, total, unit))
    try:
        yield bar
    finally:
        _showing = None
        bar.close()


def aside() -> Any:
    """Take the bar away while the block prints something that stays."""
    bar = _showing
    return bar.aside() if bar is not None else nullcontext()


class Bar(Progress):
    """Progress that a user sees.

    Parameters
    ----------
    stream : text file
        Where to.
    count : Count
        What is being done, and how much of it.
    """

    def __init__(self, stream: TextIO, count: Count) -> None:
        self._stream = stream
        self._is_terminal = is_terminal(stream)
        self._count = count
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._is_painted = False
        self._told: tuple[str, float] | None = None
        self._painter = threading.Thread(target=self._paint, daemon=True)
        self._painter.start()

    def stage(self, text: str, total: float | None = None) -> None:
        """Say what is being done from now on."""
        with self._lock:
            self._count.stage(text, total)

    def expect(self, total: float | None) -> None:
        """Set the amount of work, where it is known only once the work began."""
        with self._lock:
            self._count.total = total

    def advance(self, amount: float = 1) -> None:
        """Add ``amount`` to the work done."""
        with self._lock:
            self._count.done += amount

    def reach(self, done: float, total: float | None, text: str | None = None) -> None:
        """Say how much of how much is done, and of what."""
        with self._lock:
            self._count.done, self._count.total = done, total
            self._count.text = self._count.text if text is None else text

    @contextmanager
    def within(self, text: str, total: float | None, unit: str) -> Iterator[None]:
        """Count something else while the block runs."""
        with self._lock:
            before, self._count = self._count, Count(text, total, unit)
        try:
            yield
        finally:
            with self._lock:
                self._count = before

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to somebody else while the block runs."""
        with self._lock:
            self._clear()
            yield

    def close(self) -> None:
        """Show nothing any more."""
        self._ended.set()
        with self._lock:
            self._clear()

    def _paint(self) -> None:
        wait = _PATIENCE
        # What cannot be written is nobody's loss.
        with suppress(OSError, ValueError):
            while not self._ended.wait(wait):
                with self._lock:
                    if self._ended.is_set():
                        return
                    (self._paint_bar if self._is_terminal else self._tell)()
                wait = _PAINTED_EVERY

    def _paint_bar(self) -> None:
        line = bar_line(self._count, self._width(), self._stream.encoding)
        # The cursor waits at the start: a ^C that the terminal writes is cleared, too.
        self._stream.write(f"\r\x1b[K{line}\r")
        self._stream.flush()
        self._is_painted = True

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _clear(self) -> None:
        if self._is_painted:
            self._is_painted = False
            with suppress(OSError, ValueError):
                self._stream.write("\r\x1b[K")
                self._stream.flush()

    def _tell(self) -> None:
        now = time.monotonic()
        if self._told is not None:
            text, at = self._told
            pause = _TOLD_AGAIN if text == self._count.text else _TOLD_EVERY
            if now - at < max(pause, _TENTH * (now - self._began)):
                return
        self._told = self._count.text, now
        self._stream.write(f"{plain_line(self._count)}\n")
        self._stream.flush()
