"""Decode the next batches in a thread of their own while DuckDB stores the last."""

import queue
import threading
from collections.abc import Iterator
from contextvars import copy_context
from typing import Self

import pyarrow as pa

_DEPTH = 2
_WAIT_SECONDS = 0.1


class ReadAhead:
    """An iterator over batches that another thread produces.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Runs in the other thread; what it raises is kept in `error`.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self.error: BaseException | None = None
        self._batches = batches
        self._queue: queue.Queue[pa.RecordBatch | None] = queue.Queue(_DEPTH)
        self._stopped = threading.Event()
        # In a copy of this context: what is out of reach here is so there, too.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._work,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield batches; end early, with `error` set, where reading failed."""
        while (batch := self._queue.get()) is not None:
            yield batch
        if self.error is not None:
            raise self.error

    def _work(self) -> None:
        try:
            for batch in self._batches:
                if not self._put(batch):
                    return
        except BaseException as error:
            # Every failure must reach the thread that waits for batches.
            self.error = error
        finally:
            if isinstance(self._batches, Iterator) and hasattr(self._batches, "close"):
                self._batches.close()
            self._put(None)

    def _put(self, batch: pa.RecordBatch | None) -> bool:
        """Hand a batch over; return False once nobody wants it."""
        while not self._stopped.is_set():
            try:
                self._queue.put(batch, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False
