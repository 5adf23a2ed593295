"""Interrupts, closed and unread output: one line, a whole warehouse, no half file."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from stellarwh.build import build_views
from stellarwh.database import open_warehouse
from tests.learning.views import make_view, toy

# Sends itself the signal when a function is called for the first time, or a module is
# about to be loaded: the same moment in every run.
CHILD = """
import importlib, os, signal, sys
place, times, *arguments = sys.argv[1:]
def interrupt():
    for _ in range(int(times)):
        os.kill(os.getpid(), signal.SIGINT)
class AtImport:
    def find_spec(self, name, *_):
        if name == place:
            sys.meta_path.remove(self)
            interrupt()
def at_call(module, name):
    called = getattr(importlib.import_module(module), name)
    def put(function):
        for there in list(sys.modules.values()):
            if getattr(there, name, None) in (called, first):
                setattr(there, name, function)
    def first(*given, **named):
        put(called)
        interrupt()
        return called(*given, **named)
    put(first)
if ":" in place:
    at_call(*place.split(":"))
else:
    sys.meta_path.insert(0, AtImport())
from stellarwh.cli import main
sys.argv = ["stellarwh", "--warehouse", "stellar.duckdb", *arguments]
main()
"""
MOMENTS = {
    "typer": ("status",),
    "duckdb": ("status",),
    "stellarwh.build:_write_comments": ("build", "--anew"),
    "stellarwh.check:_require_rows": ("check",),
    "stellarwh.query:_shown": ("query", "from raw.mine"),
    "stellarwh.ingest.load:load_rows": (
        "ingest", "mine", "mine.csv", "--no-position", "--replace",
    ),
    "stellarwh.ingest.load:count_nulls": (
        "ingest", "mine", "mine.csv", "--no-position", "--replace",
    ),
    "stellarwh.fitswriter:write_fits": ("export", "raw.mine", "out.fits"),
    "stellarwh.report.site:_render": ("report", "--out", "there"),
    "stellarwh.simulate.run:_write": (
        "simulate", "--stars", "200", "--out", "there",
    ),
    "stellarwh.match.pairs:_matched": (
        "match", "raw.mine", "raw.mine", "--left-id", "a", "--right-id", "a",
        "--out", "out.csv",
    ),
    # In a thread of a pool, while others wait their turn.
    "sklearn.linear_model:Ridge": ("train", "toy", "--estimator", "ridge"),
    "stellarwh.learning.workers:_prepare": ("train", "toy", "--estimator", "ridge"),
    "stellarwh.download.fetch:download_file": ("download", "galah", "--out", "there"),
}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("interrupted")
    with open_warehouse(folder / "stellar.duckdb") as connection:
        connection.execute(
            "create table raw.mine as select range as a, range / 10.0 as ra, "
            "1.0 as dec, 2000.0 as epoch from range(50)"
        )
        make_view(connection, "toy", toy(300))
        build_views(connection)
    (folder / "mine.csv").write_text("a,b\n" + "1,2\n" * 50)
    (folder / "there").mkdir()
    return folder


@pytest.fixture
def folder(template, tmp_path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "here"))


def contents(folder: Path) -> dict[str, object]:
    """Return the files there are, and every row of the warehouse."""
    with open_warehouse(folder / "stellar.duckdb", read_only=True) as connection:
        tables = connection.execute(
            "select format('{}.{}', schema_name, table_name) from duckdb_tables() "
            "where database_name = current_database() order by all"
        ).fetchall()
        rows = {
            name: connection.execute(
                f"select count(*), sum(hash(t)) from {name} as t"
            ).fetchone()
            for (name,) in tables
        }
    return {"files": sorted(p.name for p in folder.rglob("*")), **rows}


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_is_one_line_and_changes_nothing(template, folder, moment):
    times = "2" if "build" in moment else "1"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, moment, times, *MOMENTS[moment]],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith(("Stopped.\n", "Warning: Stopped. "))
    assert done.stderr.count("\n") == 1
    assert contents(folder) == contents(template)


def start(folder: Path, *arguments: str, **streams: object) -> subprocess.Popen:
    line = [sys.executable, "-m", "stellarwh", *arguments]
    return subprocess.Popen(line, cwd=folder, start_new_session=True, **streams)


ENDLESS = ("query", "from range(1000000000000)", "--format", "csv")


@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_a_running_query_is_interrupted_though_nobody_reads(folder, send):
    with start(
        folder, "--warehouse", "stellar.duckdb", *ENDLESS,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stdout.readline() == b"range\n"
            send(process.pid, signal.SIGINT)
            # The pipe is full, and is not read until the end.
            assert process.wait(timeout=60) == 130
            assert process.stderr.read() == b"Stopped.\n"
        finally:
            process.kill()


LOST = {
    # As where DuckDB, which hears of signals itself, makes an error of its own of one.
    "swallowed": """
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        time.sleep(60)
    """,
    "swallowed by a query": """
        with suppress(KeyboardInterrupt, duckdb.InterruptException):
            query()
        query()
    """,
    "undone though DuckDB made an error of it": """
        try:
            try:
                with suppress(KeyboardInterrupt):
                    os.kill(os.getpid(), signal.SIGINT)
                    time.sleep(60)
                raise duckdb.InterruptException("as if of a query")
            except duckdb.Error:
                raise SqlError("The query does not fit.") from None
        finally:
            time.sleep(0.5)
            open("undone", "w").close()
    """,
    "work of a thread that nobody waits for": """
        threading.Thread(target=time.sleep, args=(60,)).start()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    """,
    "undone in its time": """
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        except KeyboardInterrupt:
            time.sleep(0.5)
            open("undone", "w").close()
            raise
    """,
}
WORKS = """
import os, signal, threading, time
from contextlib import suppress
import duckdb
from stellarwh.cli import app, main
from stellarwh.database import open_scratch
from stellarwh.errors import SqlError
def query():
    with open_scratch() as connection:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        connection.execute(
            "select max(hash(a.range + b.range)) from range(1000000000) a, range(999) b"
        ).fetchall()
@app.command()
def works():
{}
main()
"""


@pytest.mark.parametrize("how", LOST)
def test_an_interrupt_is_not_lost_on_its_way(tmp_path, how):
    code = WORKS.format(textwrap.indent(textwrap.dedent(LOST[how]), "    "))
    done = subprocess.run(
        [sys.executable, "-c", code, "works"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Stopped.\n")
    assert (tmp_path / "undone").exists() == how.startswith("undone")


@pytest.mark.parametrize(
    "arguments", [ENDLESS, ("query", "from raw.mine"), ("status",), ("query", "--help")]
)
def test_a_reader_that_has_enough_is_no_error(folder, arguments):
    with start(
        folder, "--warehouse", "stellar.duckdb", *arguments,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            process.stdout.close()
            process.wait(timeout=60)
            assert process.stderr.read() == b""
        finally:
            process.kill()
    assert process.returncode == (1 if "--help" in arguments else 141)


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", line.replace("SW", f"{sys.executable} -m stellarwh")],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"STELLARWH_WAREHOUSE": "stellar.duckdb"},
    )


@pytest.mark.parametrize("to", [">&-", "> /dev/full"])
@pytest.mark.parametrize("command", ["query 'from raw.mine'", "status"])
def test_output_that_cannot_be_written_is_an_error(template, folder, command, to):
    if "full" in to and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    done = shell(folder, f"SW {command} {to}")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


def test_closed_streams_are_no_danger_to_the_warehouse(template, folder):
    shell(folder, "SW build --anew >&- 2>&- <&-")
    header = (folder / "stellar.duckdb").read_bytes()[8:12]
    assert header == b"DUCK"
    assert contents(folder)["raw.mine"] == contents(template)["raw.mine"]


def test_text_that_the_terminal_cannot_show_is_spelled_out(folder):
    done = shell(folder, "PYTHONIOENCODING=ascii SW query \"select 'Å' as x\"")
    assert done.returncode == 0
    assert "\\xc5" in done.stdout
