"""Work on many parts side by side, with little waiting to be taken."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from typing import TypeVar

_WAIT_SECONDS = 0.1
_WAITING_PER_THREAD = 4

Result = TypeVar("Result")
Task = Callable[[], Iterator[Result]]


class _Done:
    """A thread has ended, or failed."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def side_by_side(tasks: Sequence[Task[Result]], threads: int) -> Iterator[Result]:
    """Yield what the tasks yield, in any order; what one raises is raised here.

    Parameters
    ----------
    tasks : sequence of callable
        Each returns an iterator, which runs in one of the threads.
    threads : int
        How many run at a time.
    """
    results: queue.Queue[Result | _Done] = queue.Queue(_WAITING_PER_THREAD * threads)
    stopped = threading.Event()
    left = deque(tasks)

    def put(result: Result | _Done) -> bool:
        while not stopped.is_set():
            try:
                results.put(result, timeout=_WAIT_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def run() -> None:
        error: BaseException | None = None
        try:
            while not stopped.is_set() and left:
                try:
                    task = left.popleft()
                except IndexError:
                    break
                for result in task():
                    if not put(result):
                        return
        except BaseException as found:
            # Every failure must reach the thread that waits for results.
            error = found
        put(_Done(error))

    # In a copy of this context: what is out of reach here is so there, too.
    running = [
        threading.Thread(target=copy_context().run, args=(run,), daemon=True)
        for _ in range(min(threads, len(tasks)))
    ]
    try:
        for thread in running:
            thread.start()
        at_work = len(running)
        while at_work:
            result = results.get()
            if not isinstance(result, _Done):
                yield result
                continue
            at_work -= 1
            if result.error is not None:
                raise result.error
    finally:
        stopped.set()
        for thread in running:
            if thread.ident is not None:
                thread.join()
