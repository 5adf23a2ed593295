"""Bytes from the thread that makes them to the client, no more of them than it takes.

Nothing is sent before there is more than a little, or all: a query that fails at its
beginning is answered with a status of HTTP that says so.
"""

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator

from stellarwh.serve.problems import Stopped
from stellarwh.serve.runs import Run

__all__ = ["Stream"]

_LEAST = 64 << 10
_MOST = 1 << 20
_AHEAD = 4  # pieces that are made before the client takes them
_LOOKED_AT = 0.1


class Stream(io.RawIOBase):
    """A file that one thread writes and the event loop reads.

    Parameters
    ----------
    run : Run
        What it is written for; when it is ended, so is this.
    stalled_seconds : float
        How long the client may take nothing.
    """

    def __init__(self, run: Run, stalled_seconds: float) -> None:
        self._run = run
        self._stalled_seconds = stalled_seconds
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._gathered = bytearray()
        self._has_sent = False
        self._first: bytes | None = None

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def write(self, data: object) -> int:
        """Take bytes; wait while the client is behind."""
        view = memoryview(data).cast("B")  # type: ignore[arg-type]
        self._gathered += view
        if len(self._gathered) >= _LEAST:
            self._send()
        return len(view)

    def discard(self) -> bool:
        """Take back all bytes, if none were sent; return whether that was so."""
        if self._has_sent:
            return False
        self._gathered.clear()
        return True

    def end(self, error: BaseException | None = None) -> None:
        """Say that all is written, or why it is not."""
        if error is None:
            try:
                self._send()
            except Stopped as stopped:
                error = stopped
        self._put(error)

    def _send(self) -> None:
        self._has_sent = True
        whole = memoryview(bytes(self._gathered))
        self._gathered.clear()
        for start in range(0, len(whole), _MOST):
            self._wait()
            self._put(bytes(whole[start : start + _MOST]))

    def _wait(self) -> None:
        if self._room.acquire(blocking=False):
            self._run.check_wanted()
            return
        with self._run.waiting():
            began = time.monotonic()
            while not self._room.acquire(timeout=_LOOKED_AT):
                self._run.check_wanted()
                if time.monotonic() - began > self._stalled_seconds:
                    raise Stopped("The client took nothing for too long.")

    def _put(self, piece: bytes | BaseException | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)
        except RuntimeError:  # the service has ended
            raise Stopped("The service ends.") from None

    async def begin(self) -> None:
        """Wait for the first bytes.

        Raises
        ------
        BaseException
            What ended the query before there were any.
        """
        piece = await self._pieces.get()
        if isinstance(piece, BaseException):
            raise piece
        self._first = piece

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield all bytes; raise what ended the query in the midst of them."""
        piece: bytes | BaseException | None = self._first
        while piece is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
            self._room.release()
            piece = await self._pieces.get()
