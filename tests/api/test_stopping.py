"""Ctrl-C in a script or notebook: calls of the door end with KeyboardInterrupt."""

import subprocess
import sys
import textwrap
import threading

import duckdb
import pytest

import stellarwh

# Hours, if nobody ends it, and few rows.
LONG = (
    "select count(*) as n, sum(a.range * b.range % 7) as s "
    "from range(10000000) a, range(10000000) b"
)
START = f"""
import os, signal, sys, threading, time
import stellarwh
LONG = {LONG!r}
path = sys.argv[1]

def press(seconds=0.4):
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
"""
END = """
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert signal.set_wakeup_fd(-1) == -1
"""


def told_by(code, *arguments):
    script = START + textwrap.dedent(code) + END
    run = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def test_long_queries_are_stopped_and_the_warehouse_goes_on(built_file):
    code = """
    wh = stellarwh.open(path)
    asked = wh.sql(LONG)
    groups = wh.sql(LONG + " group by a.range, b.range")
    for call in (
        asked.to_arrow,
        asked.to_astropy,
        asked.__repr__,
        lambda: len(groups),
        lambda: list(asked),
        lambda: wh.export(LONG, path + ".csv"),
    ):
        press()
        try:
            call()
            print("went on")
        except KeyboardInterrupt:
            print("stopped")
    print(wh.sql("select 1 as a").to_arrow().to_pylist(), os.path.exists(path + ".csv"))
    """
    told = told_by(code, built_file)
    assert told == ["stopped"] * 6 + ["[{'a': 1}] False"]


def test_what_was_stopped_while_it_wrote_is_not_stored(tmp_path):
    path = tmp_path / "stellar.duckdb"
    with stellarwh.open(path, write=True):
        pass
    code = """
    try:
        with stellarwh.open(path, write=True) as wh:
            with wh._working("build"):
                wh.connection.execute("create table raw.mine as select 1 as a")
                press()
                try:
                    wh.connection.execute(LONG).fetchall()
                except (Exception, KeyboardInterrupt):
                    pass  # as a library may
                print("lost on its way")
    except KeyboardInterrupt:
        print("stopped")
    """
    assert "stopped" in told_by(code, path)[-1]
    with stellarwh.open(path) as wh, pytest.raises(duckdb.CatalogException):
        wh.connection.execute("from raw.mine")


def test_queries_of_other_threads_go_on(tmp_path, built_file):
    code = """
    first, second = stellarwh.open(path), stellarwh.open(path)
    done = []

    def other():
        some = "select sum(a.range * b.range % 7) as s from range(20000) a, range({}) b"
        rows = second.sql(some.format(100000)).to_arrow().to_pylist()
        done.append(len(rows))

    thread = threading.Thread(target=other)
    thread.start()
    press(0.2)
    try:
        first.sql(LONG).to_arrow()
    except KeyboardInterrupt:
        print("stopped", done)
    thread.join()
    print(done)
    """
    told = told_by(code, built_file)
    assert told[0].startswith("stopped")
    assert told[1] == "[1]"


def test_work_in_other_threads_leaves_signals_alone(wh):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(wh.sql("select 1 as a").to_arrow().num_rows)
    )
    thread.start()
    thread.join()
    assert found == [1]
