"""Closing a warehouse: in which thread, in the midst of what, and what fails."""

import threading

import duckdb
import pytest

import stellarwh


@pytest.fixture
def path(tmp_path):
    return tmp_path / "stellar.duckdb"


@pytest.fixture
def working(path):
    """Return a warehouse in which another thread is at work until it is let go."""
    wh = stellarwh.open(path, write=True)
    begun, go, done = threading.Event(), threading.Event(), []

    def work():
        with wh._working("build"):
            begun.set()
            go.wait()
            wh.connection.execute("create table raw.mine as select 1 as a")
            wh.connection.execute("insert into raw.mine select 2")
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    yield wh, go, done
    go.set()
    thread.join()
    wh.close()


def rows_of(path):
    with stellarwh.open(path) as wh:
        return wh.connection.execute("select a from raw.mine order by a").fetchall()


@pytest.mark.parametrize("end", ["close", "__exit__"])
def test_closing_waits_for_the_work_of_another_thread(working, path, end):
    wh, go, done = working
    arguments = (None, None, None) if end == "__exit__" else ()
    closing = threading.Thread(target=getattr(wh, end), args=arguments)
    closing.start()
    closing.join(0.2)
    assert closing.is_alive()
    assert not wh.is_closed
    go.set()
    closing.join()
    assert done == [True]
    assert wh.is_closed
    assert rows_of(path) == [(1,), (2,)]


def test_who_waited_for_a_warehouse_that_was_closed_is_told(path):
    wh = stellarwh.open(path, write=True)
    found = []

    def ask():
        try:
            wh.status()
        except stellarwh.StellarwhError as error:
            found.append(str(error))

    with wh.lock:
        asking = threading.Thread(target=ask)
        asking.start()
        asking.join(0.1)
        wh.close()
    asking.join()
    assert "is closed" in found[0]


def test_it_is_not_closed_from_within_its_own_work(path):
    wh = stellarwh.open(path, write=True)
    # As a callback of `progress=` or `each=` does.
    with wh._working():
        with pytest.raises(stellarwh.StellarwhError, match="is at work"):
            wh.close()
        assert wh.connection.execute("select 1").fetchall() == [(1,)]
    wh.close()
    assert wh.is_closed


def test_an_open_transaction_is_to_be_ended_first(path):
    wh = stellarwh.open(path, write=True)
    wh.connection.execute("begin")
    wh.connection.execute("create table raw.mine as select 1 as a")
    for call in (wh.build, wh.publish, wh.close):
        with pytest.raises(stellarwh.StellarwhError, match="transaction is open"):
            call()
    assert not wh.is_closed
    wh.connection.commit()
    wh.close()
    assert rows_of(path) == [(1,)]


def test_a_block_that_leaves_a_transaction_open_stores_nothing(path):
    wh = stellarwh.open(path, write=True)
    wh.connection.execute("begin")
    wh.connection.execute("create table raw.mine as select 1 as a")
    with pytest.raises(stellarwh.StellarwhError, match="transaction is open"):
        wh.__exit__(None, None, None)
    assert wh.is_closed
    with stellarwh.open(path, write=True):
        pass  # the lock is free


def test_a_transaction_in_the_way_of_reading_is_named(path):
    with stellarwh.open(path, write=True) as wh:
        wh.connection.execute("begin")
        with pytest.raises(duckdb.TransactionException):
            wh.connection.execute("begin")
        with pytest.raises(stellarwh.StellarwhError, match="transaction is open"):
            wh.status()
        wh.connection.rollback()
        assert wh.status()


@pytest.mark.parametrize("what", ["checkpoint", "finish"])
def test_whatever_fails_while_it_closes_frees_the_lock(path, monkeypatch, what):
    def fail(*_):
        raise duckdb.TransactionException("no such luck")

    wh = stellarwh.open(path, write=True)
    if what == "checkpoint":
        monkeypatch.setattr("stellarwh.warehouse.database.checkpoint", fail)
    else:
        monkeypatch.setattr(
            "stellarwh.warehouse.files.working_copy.WorkingCopy.finish", fail
        )
    with pytest.raises(stellarwh.StellarwhError, match="no such luck"):
        wh.close()
    monkeypatch.undo()
    wh.close()
    with stellarwh.open(path, write=True) as again:
        assert again.status()
