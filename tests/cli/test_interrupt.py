"""Interrupts, closed and unread output: one line, a whole warehouse, no half file."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from tests.learning.views import make_view, toy

# Sends itself the signal when a function is called for the first time, or a module is
# about to be loaded: the same moment in every run.
CHILD = """
import importlib, os, signal, sys
place, times, number, *arguments = sys.argv[1:]
def interrupt():
    for _ in range(int(times)):
        os.kill(os.getpid(), int(number))
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
    "stellarwh.warehouse.build:_write_comments": ("build", "--anew"),
    "stellarwh.warehouse.check:_require_rows": ("check",),
    "stellarwh.warehouse.query.query:_shown": ("query", "from raw.mine"),
    "stellarwh.ingest.load:load_rows": (
        "ingest", "mine", "mine.csv", "--no-position", "--replace",
    ),
    "stellarwh.ingest.load:count_nulls": (
        "ingest", "mine", "mine.csv", "--no-position", "--replace",
    ),
    "stellarwh.catalogues.fits.write:write_fits": ("export", "raw.mine", "out.fits"),
    "stellarwh.report.site:render": ("report", "--out", "there"),
    "stellarwh.simulate.run:_write": (
        "simulate", "--stars", "200", "--out", "there",
    ),
    "stellarwh.match.pairs:_matched": (
        "match", "raw.mine", "raw.mine", "--left-id", "a", "--right-id", "a",
        "--out", "out.csv",
    ),
    # In a thread of a pool, while others wait their turn.
    "sklearn.linear_model:Ridge": ("train", "toy", "--estimator", "ridge"),
    "stellarwh.learning.estimators.workers:_prepare": (
        *("train", "toy", "--estimator", "ridge"),
    ),
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


def run_to(
    folder: Path, moment: str, *line: str, number: int = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    times = "2" if "build" in moment else "1"
    return subprocess.run(
        [sys.executable, "-c", CHILD, moment, times, str(int(number)), *line],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_is_one_line_and_changes_nothing(template, folder, moment):
    done = run_to(folder, moment, *MOMENTS[moment])
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith(("Stopped.\n", "Stopped. "))
    assert done.stderr.count("\n") == 1
    assert contents(folder) == contents(template)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "moment",
    [
        "stellarwh.warehouse.build:_write_comments",
        "stellarwh.ingest.load:load_rows",
        "stellarwh.report.site:render",
        "stellarwh.catalogues.fits.write:write_fits",
        "stellarwh.learning.estimators.workers:_prepare",
    ],
)
def test_a_command_that_is_ended_cleans_up_at_once(template, folder, moment, number):
    done = run_to(folder, moment, *MOMENTS[moment], number=number)
    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr == "Stopped.\n"
    assert contents(folder) == contents(template)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("moment", "line"),
    [
        (
            "stellarwh.simulate.run:_draw",
            ("simulate", "--stars", "200", "--out", "new/er"),
        ),
        ("stellarwh.report.site:render", ("report", "--out", "new/er")),
        (
            "stellarwh.catalogues.fits.write:write_fits",
            ("export", "raw.mine", "new/er/o.fits"),
        ),
        (
            "stellarwh.download.fetch:Partial",
            ("download", "galah", "--out", "new/er"),
        ),
    ],
)
def test_folders_that_were_made_in_vain_go(folder, moment, line, number):
    done = run_to(folder, moment, *line, number=number)
    assert done.returncode == 128 + number
    assert done.stderr.startswith(("Stopped.\n", "Stopped. "))
    assert not (folder / "new").exists()


def test_a_signal_that_is_ignored_stays_so(template, folder):
    """As under `nohup`."""
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + CHILD
    moment = "stellarwh.warehouse.build:_write_comments"
    done = subprocess.run(
        [sys.executable, "-c", code, moment, "1", str(int(signal.SIGHUP)), "build"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("Built ")


def test_what_is_undone_is_undone_whole_though_pressed_again(template, folder):
    code = """
        import os, shutil, signal, time
        from stellarwh.runtime import litter
        from stellarwh.warehouse.files import writing_folder
        clear = writing_folder.WritingFolder._clear
        def again(self):
            if any(self.path.glob("*.duckdb")):
                time.sleep(1.2)
                os.kill(os.getpid(), signal.SIGINT)
            clear(self)
        writing_folder.WritingFolder._clear = again
    """
    moment = "stellarwh.warehouse.build:_write_comments"
    done = subprocess.run(
        [
            sys.executable, "-c", textwrap.dedent(code) + CHILD, moment, "1",
            str(int(signal.SIGINT)), "build",
        ],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "Stopped.\n")
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
from stellarwh.warehouse.database import open_scratch
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
