"""The threads that fit and predict."""

import json
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import numpy as np
import xgboost
from threadpoolctl import threadpool_limits


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


@contextmanager
def workers(device: str = "cpu") -> Iterator[ThreadPoolExecutor]:
    """Yield a pool with one thread per core; one fit at a time on an accelerator.

    Libraries take one thread in each, so that sums keep their order and the same
    inputs give the same bits on any machine.
    """
    count = 1 if device == "cuda" else available_cores()
    with threadpool_limits(limits=1), xgboost.config_context(verbosity=0):
        pool = ThreadPoolExecutor(count, initializer=_prepare)
        try:
            yield pool
        finally:
            # After an interrupt or an error nobody waits for what has not begun.
            pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """Set what OpenMP and XGBoost keep by thread."""
    # Without this, scikit-learn's own loops would take all cores in every worker.
    threadpool_limits(limits=1)
    xgboost.set_config(verbosity=0)
