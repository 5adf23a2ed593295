"""Work runs on as many threads as there are cores, each library on one in each."""

from concurrent.futures import CancelledError
from threading import Event

import numpy as np
import pytest
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_info, threadpool_limits

from stellarwh.learning.estimators.workers import (
    EndIfStopped,
    Stopped,
    end_if_stopped,
    finds_gpu,
    workers,
)


@pytest.fixture
def three_cores(monkeypatch):
    for name in ("available_cores", "threads_within_limit"):
        monkeypatch.setattr(
            f"stellarwh.learning.estimators.workers.{name}", lambda *_: 3
        )


def threads_of_libraries() -> set[int]:
    return {library["num_threads"] for library in threadpool_info()}


def state() -> tuple[set[int], int]:
    """Return threads of libraries and how much XGBoost says, as they are here."""
    return threads_of_libraries(), xgboost.get_config()["verbosity"]


@pytest.mark.usefixtures("three_cores")
@pytest.mark.parametrize(("device", "most"), [("cpu", 3), ("cuda", 1)])
def test_so_many_run_at_once(device, most):
    with workers(device) as pool:
        assert pool._max_workers == most


@pytest.mark.usefixtures("three_cores")
def test_libraries_take_one_thread_and_are_silent_here_and_in_each_worker():
    assert HistGradientBoostingRegressor  # which brings OpenMP
    with threadpool_limits(limits=2), xgboost.config_context(verbosity=2):
        before = state()
        with workers() as pool:
            assert state() == ({1}, 0)
            assert pool.submit(state).result(60) == ({1}, 0)
        assert state() == before
        assert before == ({2}, 2)


def test_work_ends_where_nobody_waits_for_it_and_nowhere_else(monkeypatch):
    end_if_stopped()  # not in a pool
    with workers() as pool:
        pool.submit(end_if_stopped).result(60)
    monkeypatch.setattr(
        "stellarwh.learning.estimators.workers.threads_within_limit", lambda _: 1
    )
    began, given_up, late = Event(), Event(), Event()

    def work() -> None:
        began.set()
        assert given_up.wait(60)
        end_if_stopped()

    held = []

    def give_up() -> None:
        with workers() as pool:
            held.extend([pool.submit(work), pool.submit(late.set)])
            assert began.wait(60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    given_up.set()
    with pytest.raises(Stopped):
        held[0].result(60)
    with pytest.raises(CancelledError):  # what has not begun never does
        held[1].result(60)
    assert not late.is_set()


def test_all_trees_are_made_where_nobody_ends_them():
    matrix = xgboost.QuantileDMatrix(np.eye(3), label=np.arange(3))
    booster = xgboost.train({}, matrix, 4, callbacks=[EndIfStopped()])
    assert booster.num_boosted_rounds() == 4


def test_a_gpu_is_found_where_the_fit_says_so(monkeypatch):
    assert not finds_gpu.__wrapped__() or xgboost.build_info()["USE_CUDA"]

    class OnGpu:
        def save_config(self) -> str:
            return '{"learner": {"generic_param": {"device": "cuda:0"}}}'

    monkeypatch.setattr(xgboost, "train", lambda *_, **__: OnGpu())
    assert finds_gpu.__wrapped__()
