"""Within ``ulimit -v`` a command works, or ends with one line and leaves nothing."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stellarwh.runtime import litter
from stellarwh.warehouse.database import open_warehouse

# Ends the process in the midst of a build, in a way of libraries without memory.
CHILD = """
import os, sys
from pathlib import Path
from stellarwh.cli import main
import stellarwh.warehouse.build
def end(*_, **__):
    os.write(2, b"memory allocation of 64 bytes failed\\n" * 100)
    {how}
stellarwh.warehouse.build.build_views = end
sys.argv = ["stellarwh", "--warehouse", "stellar.duckdb", "build"]
main()
"""
ENDS = {
    "abort": "os.abort()",
    "exit": "os._exit(1)",
    "ld.so": "os._exit(127)",
    "thread": 'raise RuntimeError("can\'t start new thread")',
    "error": "raise MemoryError",
    "import": "raise ImportError('x.so: failed to map segment from shared object')",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("limited") / "stellar.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create table raw.kept as select 1 as x")
    return path


@pytest.fixture
def warehouse(template, tmp_path) -> Path:
    return Path(shutil.copy(template, tmp_path))


def limited(
    folder: Path, megabytes: int, *line: str
) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    return subprocess.run(
        [sys.executable, *line],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("how", ENDS)
def test_a_library_that_gives_up_is_told_in_one_line(warehouse, how):
    before = warehouse.read_bytes()
    done = limited(warehouse.parent, 3000, "-c", CHILD.format(how=ENDS[how]))
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Memory is limited to 3.1 GB here (ulimit -v)")
    assert done.stderr.count("\n") == 1
    assert warehouse.read_bytes() == before
    assert list(warehouse.parent.iterdir()) == [warehouse]


def test_what_is_watched_ends_with_who_watches(warehouse):
    """A kill of the process that the user sees leaves no other one at work."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a process of the end of its parent")
    how = "print(os.getpid(), flush=True); import time; time.sleep(100)"
    process = subprocess.Popen(
        ["sh", "-c", f'ulimit -v 3000000; exec {sys.executable} -c "$0"',
         CHILD.format(how=how)],
        cwd=warehouse.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    child = int(process.stdout.readline())
    assert child != process.pid
    process.kill()
    # Its end is that of the child, too, which has the same streams.
    assert process.communicate(timeout=60) == ("", "Stopped.\n")
    assert list(warehouse.parent.iterdir()) == [warehouse]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_watches_passes_signals_on(warehouse, number):
    how = f"os.kill(os.getppid(), {int(number)}); import time; time.sleep(100)"
    done = limited(warehouse.parent, 3000, "-c", CHILD.format(how=how))
    assert (done.returncode, done.stderr) == (128 + number, "Stopped.\n")
    assert list(warehouse.parent.iterdir()) == [warehouse]


def test_another_error_is_told_as_without_a_limit(warehouse):
    how = "from stellarwh.errors import SqlError; raise SqlError('This is why.')"
    done = limited(warehouse.parent, 3000, "-c", CHILD.format(how=how))
    assert (done.returncode, done.stderr) == (1, "Error: This is why.\n")


@pytest.mark.parametrize("megabytes", [200, 1000, 3000])
def test_a_command_works_or_says_that_memory_is_too_small(warehouse, megabytes):
    arguments = ("--warehouse", "stellar.duckdb", "query", "from raw.kept")
    line = ("-m", "stellarwh", *arguments, "--format", "csv")
    done = limited(warehouse.parent, megabytes, *line)
    if megabytes == 200:
        assert done.returncode == 1
        assert done.stderr.startswith("Error: Memory is limited to 0.2 GB here")
        assert done.stderr.count("\n") == 1
    else:
        assert (done.returncode, done.stdout, done.stderr) == (0, "x\n1\n", "")


def test_the_shell_speaks_and_ends_for_itself(warehouse, duckdb_shell):
    program = f"{sys.executable} -m stellarwh --warehouse stellar.duckdb shell"
    done = subprocess.run(
        ["sh", "-c", f"ulimit -v 4000000; echo 'from nothing;' | {program}"],
        cwd=warehouse.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Table with name nothing does not exist" in done.stderr
    assert "Memory" not in done.stderr
    assert done.returncode == 1


def test_what_is_left_is_removed_unless_another_has_it(tmp_path):
    read, write = os.pipe()
    litter.tell(write)
    try:
        paths = [tmp_path / name for name in ("file", "gone", "folder")]
        for path in paths:
            litter.remember(path)
        litter.forget(paths[1])
        for name in ("empty", "empty/within", "full"):
            litter.remember_empty(tmp_path / name)
    finally:
        litter.tell(-1)
        os.close(write)
    told = os.read(read, 10_000)
    os.close(read)
    assert litter.told_status(told) is None
    for path in paths[:2]:
        path.touch()
    for path in (paths[2], tmp_path / "full"):
        path.mkdir()
        (path / "x").touch()
    (tmp_path / "empty/within").mkdir(parents=True)
    litter.remove_left(told)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "full", paths[1]]

    # What it told it would have seen to itself, had it lived.
    paths[0].touch()
    (tmp_path / "empty/within").mkdir(parents=True)
    litter.remove_own()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "full", paths[1]]

    with open_warehouse(tmp_path / "new.duckdb"):
        folder = tmp_path / ".new.duckdb.writing"
        assert folder.is_dir()
        litter.remove_left(f"+{folder}\0".encode())
        assert folder.is_dir()
