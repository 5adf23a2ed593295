"""Training tells of each fit, and ends when nobody waits for it."""

import os
import signal
import threading

import numpy as np
import polars as pl
import pytest
import xgboost
from views import make_view, toy, toy_classes

from stellarwh.learning import train
from stellarwh.learning.estimators.registry import ESTIMATORS, fit_estimator
from stellarwh.learning.estimators.workers import Stopped, workers


@pytest.mark.usefixtures("few_trees")
@pytest.mark.parametrize("tune", [0, 2])
def test_every_fit_is_told_of_once(connection, tune):
    kinds = toy_classes(200)["label_kind"]
    make_view(connection, "mine", toy(200) | {"label_kind": kinds})
    told = []
    train(
        connection,
        "mine",
        folds=3,
        tune=tune,
        progress=lambda *told_of: told.append(told_of),
    )
    (target, what, done, of), *rest = told
    assert (target, what, done, of) == ("", "reading the labelled stars", 0, 0)
    totals = {of for *_, of in rest}
    assert totals == {len(rest)}
    assert [done for _, _, done, _ in rest] == list(range(1, len(rest) + 1))
    fits = {(target, what) for target, what, _, _ in rest}
    assert len(fits) == len(rest)
    assert {
        ("y", "fold 1 of 3"), ("y", "fold 3 of 3"), ("y", "all stars"),
        ("y", "spread, fold 2 of 3"), ("y", "spread, all stars"),
        ("y", "random fold 1"), ("kind", "fold 2 of 3"), ("kind", "all stars"),
        ("", "domain"),
    } <= fits  # fmt: skip
    if tune:
        tried = {f"settings {i} of 3, fold {k}" for i in (1, 2, 3) for k in (1, 2, 3)}
        assert {what for _, what in fits if "settings" in what} == tried


def test_an_interrupt_ends_the_fits_and_stores_nothing(connection, monkeypatch):
    make_view(connection, "mine", toy(200))
    make = ESTIMATORS["xgboost"]
    # So many trees take minutes, not for ever should the interrupt be lost.
    monkeypatch.setitem(
        ESTIMATORS, "xgboost",
        lambda *options: make(*options).set_params(n_estimators=50_000),
    )  # fmt: skip
    before = set(threading.enumerate())

    def interrupt(target, what, done, of):
        if what == "baseline, fold 2 of 3":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(connection, "mine", folds=3, progress=interrupt)
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    assert connection.sql("from ml.runs").fetchall() == []


def test_a_fit_ends_between_two_trees():
    rng = np.random.default_rng(0)
    features = pl.DataFrame({"a": rng.normal(size=300)})
    began = threading.Event()

    class Tells(xgboost.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            began.set()
            return False

    endless = ESTIMATORS["xgboost"]("number", 0, "cpu").set_params(
        n_estimators=10_000_000, callbacks=[Tells()]
    )
    futures = []

    def give_up():
        with workers() as pool:
            futures.append(
                pool.submit(
                    fit_estimator, endless, features, np.ones(300), np.ones(300)
                )
            )
            began.wait(60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        give_up()
    with pytest.raises(Stopped):
        futures[0].result(60)


def test_duckdb_gives_memory_back_while_others_fit(connection):
    make_view(connection, "mine", toy())
    asked = "select current_setting('memory_limit')"
    before = connection.execute(asked).fetchall()
    limits = {}

    def look(target: str, what: str, done: int, of: int) -> None:
        limits[what] = connection.cursor().execute(asked).fetchall()[0][0]

    train(connection, "mine", estimator="ridge", folds=2, progress=look)
    assert limits["all stars"] == "100.0 MiB"
    assert connection.execute(asked).fetchall() == before
