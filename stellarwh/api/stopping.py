"""Ctrl-C while the door works: it ends what DuckDB does, and says so as Python does.

Python hears of a signal between two steps of its own, and a query is one step. So a
thread hears of it, too, and ends the query; what the command line does for itself
(`stellarwh.cli.process`) is done here call by call, where nobody else listens.
"""

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

from stellarwh.runtime.interrupts import (
    interrupt_queries,
    is_handled,
    is_held,
    is_of_signal,
    sparing,
)

if TYPE_CHECKING:
    import duckdb

# How often a query is asked to end while Python has not heard that it should.
_ASKED_EVERY = 0.05
_LEAVES = b"\0"


class Stoppable:
    """Work that an interrupt ends with KeyboardInterrupt, and with nothing else.

    Only the main thread of Python is interrupted, and only where signals are handled
    as Python itself does; queries of other threads go on then. Blocks may lie within
    one another: the outermost listens.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection, optional
        What works; where that is another thread it is spared.
    """

    def __init__(self, connection: "duckdb.DuckDBPyConnection | None" = None) -> None:
        self._stack = contextlib.ExitStack()
        self._connection = connection
        self._listens = self._is_heard = self._leaves = False
        self._asking = threading.Lock()
        self._told = self._told_before = -1

    def __enter__(self) -> Self:
        """Listen, if nobody does."""
        if threading.current_thread() is not threading.main_thread():
            if self._connection is not None:
                self._stack.enter_context(sparing(self._connection))
        elif signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            hears, self._told = os.pipe()
            os.set_blocking(self._told, False)
            self._told_before = signal.set_wakeup_fd(
                self._told, warn_on_full_buffer=False
            )
            self._listens = True
            self._thread = threading.Thread(
                target=self._listen, args=(hears,), daemon=True
            )
            self._thread.start()
            signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave signals as they were, and raise what was heard."""
        self._stack.close()
        if self._listens:
            with self._asking:
                self._leaves = True
            with contextlib.suppress(BlockingIOError):
                os.write(self._told, _LEAVES)
            signal.set_wakeup_fd(self._told_before)
            os.close(self._told)
            # Else a script that ends now would leave behind what it refers to.
            self._thread.join()
            # What was heard until now is heard by the one that is there.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if isinstance(error, KeyboardInterrupt):
            return
        if self._is_heard or is_of_signal(error):
            raise KeyboardInterrupt from None

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Raise, unless what is going on must not be left half way."""
        self._is_heard = True
        # The thread asks again, or the end of the block tells.
        if not (self._leaves or is_held() or _is_between(frame)):
            raise KeyboardInterrupt

    def _listen(self, hears: int) -> None:
        """End running queries, and see that an interrupt is not lost on its way."""
        main = threading.main_thread().ident or 0
        while (told := os.read(hears, 64)) and _LEAVES not in told:
            if self._told_before >= 0:
                with contextlib.suppress(OSError):
                    os.write(self._told_before, told)
            while signal.SIGINT in told and not self._leaves:
                if not self._is_heard:
                    interrupt_queries(spare=True)
                elif not is_handled(sys._current_exceptions().get(main)):
                    interrupt_queries(spare=True)
                    with self._asking:
                        if not self._leaves:
                            signal.pthread_kill(main, signal.SIGINT)
                time.sleep(_ASKED_EVERY)
        os.close(hears)


def _is_between(frame: FrameType | None) -> bool:
    """Say whether blocks are being entered or left in this moment."""
    here = (__file__, contextlib.__file__)
    return frame is not None and frame.f_code.co_filename in here
