"""The threads that fit and predict."""

import json
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import xgboost
from threadpoolctl import threadpool_limits

from stellarwh.runtime.limits import available_cores, threads_within_limit


@cache
def finds_gpu() -> bool:
    """Return whether XGBoost runs on a GPU here when it is told to.

    It falls back to the CPU by itself, with a warning; where it ran, a fitted booster
    tells.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        matrix = xgboost.QuantileDMatrix(np.eye(2), label=np.arange(2))
        booster = xgboost.train({"device": "cuda"}, matrix, num_boost_round=1)
    used = json.loads(booster.save_config())["learner"]["generic_param"]["device"]
    return str(used).startswith("cuda")


class Stopped(Exception):  # noqa: N818 - no error
    """What a fit ends with once nobody waits for it."""


class _Thread(threading.local):
    """What a worker's thread knows of its pool."""

    stop: threading.Event | None = None


_thread = _Thread()


def end_if_stopped() -> None:
    """End the work of a pool's thread if the pool has been given up.

    Raises
    ------
    Stopped
        If so; never outside of a pool.
    """
    if _thread.stop is not None and _thread.stop.is_set():
        raise Stopped


class EndIfStopped(xgboost.callback.TrainingCallback):  # type: ignore[misc]
    """Let XGBoost end between two trees."""

    def before_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Go on, or raise `Stopped`."""
        end_if_stopped()
        return False


@contextmanager
def workers(device: str = "cpu") -> Iterator[ThreadPoolExecutor]:
    """Yield a pool with one thread per core; one fit at a time on an accelerator.

    Libraries take one thread in each, so that sums keep their order and the same
    inputs give the same bits on any machine. After an interrupt or an error the block
    is left at once: what has not begun never does, what runs ends by itself, where it
    asks `end_if_stopped`.
    """
    count = 1 if device == "cuda" else threads_within_limit(available_cores())
    stop = threading.Event()
    with threadpool_limits(limits=1), xgboost.config_context(verbosity=0):
        pool = ThreadPoolExecutor(count, initializer=_prepare, initargs=(stop,))
        try:
            yield pool
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()


def _prepare(stop: threading.Event) -> None:
    """Set what OpenMP and XGBoost keep by thread."""
    _thread.stop = stop
    # Without this, scikit-learn's own loops would take all cores in every worker.
    threadpool_limits(limits=1)
    xgboost.set_config(verbosity=0)
