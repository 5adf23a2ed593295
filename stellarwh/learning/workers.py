"""The threads that fit and predict."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import xgboost
from threadpoolctl import threadpool_limits


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def workers(device: str = "cpu") -> Iterator[ThreadPoolExecutor]:
    """Yield a pool with one thread per core; one fit at a time on an accelerator.

    Libraries take one thread in each, so that sums keep their order and the same
    inputs give the same bits on any machine.
    """
    count = 1 if device == "cuda" else available_cores()
    with (
        threadpool_limits(limits=1),
        xgboost.config_context(verbosity=0),
        # OpenMP keeps its limit by thread: without this, scikit-learn's own loops
        # would take all cores in every worker.
        ThreadPoolExecutor(count, initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        yield pool
