"""A disk that is full: one line, the old state, nothing left; with room, it works."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stellarwh.api.tasks import of_each_task
from stellarwh.errors import TaskError, UnfitError, WarehouseError
from stellarwh.warehouse.build import build_views
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.room import is_of_room, told_of_room
from tests.learning.views import make_view, toy

SIZE = 96 << 20
ROWS = 60_000


@pytest.fixture(scope="module")
def disk(tmp_path_factory) -> Iterator[Path]:
    """Return a folder with a small disk of its own."""
    folder = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here (that takes root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("of full disks")
    with open_warehouse(folder / "stellar.duckdb") as connection:
        connection.execute(
            "create table raw.mine as select range as a, range / 1000.0 as ra, "
            f"1.0 as dec, 2000.0 as epoch, hash(range) as b from range({ROWS})"
        )
        make_view(connection, "toy", toy(300))
        build_views(connection)
    (folder / "mine.csv").write_text(
        "a,b,c\n" + "".join(f"{n},{n / 7},{n**2 / 7}\n" for n in range(4 * ROWS))
    )
    return folder


@pytest.fixture
def folder(disk, template) -> Iterator[Path]:
    """Return a folder on the small disk with a warehouse in it."""
    folder = Path(shutil.copytree(template, disk / "here"))
    (disk / "tmp").mkdir()
    yield folder
    for path in disk.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def leave_free(disk: Path, size: int) -> None:
    found = os.statvfs(disk)
    with (disk / "filling").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - size)


def run(folder: Path, line: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stellarwh", "--warehouse", "stellar.duckdb", *line],
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder.parent / "tmp")},
        capture_output=True,
        text=True,
        errors="replace",  # FITS on standard output
        check=False,
    )


def contents(folder: Path) -> tuple[list[str], object]:
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    with open_warehouse(folder / "stellar.duckdb", read_only=True) as connection:
        tables = connection.execute(
            "select format('{}.{}', schema_name, table_name) from duckdb_tables() "
            "where database_name = current_database() order by all"
        ).fetchall()
        rows = [
            connection.execute(
                f"select count(*), sum(hash(t)) from {t} as t"
            ).fetchone()
            for (t,) in tables
        ]
    return found, (tables, rows)


SORTED = (
    "select max(t) from (select repeat(hash(range)::varchar, 3) as t "
    "from range(1500000) order by t limit 1400000)"
)
# What is written where, and how many bytes there are: too few for a copy, or enough for
# one and too few for the work.
CASES = {
    "nothing": (0, "ingest", "new", "mine.csv", "--no-position"),
    "in place": (2 << 20, "ingest", "new", "mine.csv", "--no-position"),
    "build in place": (1 << 20, "build", "--anew"),
    "train in place": (1100 << 10, "train", "toy", "--estimator", "ridge"),
    "csv": (1 << 20, "export", "raw.mine", "new/er/out.csv"),
    "parquet": (64 << 10, "export", "raw.mine", "new/out.parquet"),
    "fits": (1 << 20, "export", "raw.mine", "new/out.fits"),
    "votable": (1 << 20, "export", "raw.mine", "out.vot"),
    "standard output": (1 << 20, "export", "raw.mine", "-", "--format", "fits"),
    "pairs": (
        64 << 10,
        "match", "raw.mine", "raw.mine", "--left-id", "a", "--right-id", "a",
        "--out", "new/out.csv",
    ),
    "report": (0, "report", "--out", "new/er"),
    "simulate": (1 << 20, "simulate", "--stars", "2000", "--out", "new/er"),
    "folder": (0, "simulate", "--stars", "200", "--out", "new/er"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_full_disk_is_one_line_and_changes_nothing(disk, folder, case):
    free, *line = CASES[case]
    before = contents(folder)
    leave_free(disk, free)
    done = run(folder, tuple(line))
    assert done.returncode == 1
    *noted, said = done.stderr.splitlines()
    assert said.startswith("Error: ")
    assert said.endswith("; make room there and run the command again.")
    assert "No space left on device" in said
    assert all("is written in place" in text for text in noted)
    assert contents(folder) == before
    assert list((disk / "tmp").iterdir()) == []
    (disk / "filling").unlink()
    again = run(folder, tuple(line))
    assert again.returncode == 0


def test_rows_put_aside_without_room_are_told(disk, folder):
    leave_free(disk, 8 << 20)
    code = (
        "import sys; from stellarwh.warehouse.files import warehouse_file; "
        "from stellarwh.cli import main; "
        "warehouse_file.within_limit = lambda: {'memory_limit': '60MB', "
        f"'threads': 1}}; sys.argv = ['stellarwh', '--warehouse', 'stellar.duckdb', "
        f"'query', '''{SORTED}''']; main()"
    )
    before = contents(folder)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("; make room there and run the command again.\n")
    assert contents(folder) == before


def full() -> OSError:
    return OSError(28, "No space left on device", "/disk/file")


def test_a_full_disk_is_not_taken_for_a_fault_of_what_was_asked():
    def ask() -> None:
        try:
            raise full()
        except OSError:
            raise UnfitError("The view does not fit; run 'stellarwh build'.") from None

    with pytest.raises(UnfitError) as unfit:
        ask()
    assert is_of_room(unfit.value)
    assert told_of_room(unfit.value) == (
        "/disk/file cannot be written: No space left on device; make room there and "
        "run the command again."
    )
    error = WarehouseError("x.fits cannot be written: No space left on device")
    assert told_of_room(error).startswith("x.fits cannot be written: No space left on")
    assert not is_of_room(WarehouseError("There is no warehouse."))


def test_a_task_is_not_passed_over_for_a_full_disk(connection):
    make_view(connection, "toy", toy(300))

    def work(_: str) -> None:
        try:
            raise full()
        except OSError:
            raise TaskError("features.toy cannot be read; mend the view.") from None

    with pytest.raises(TaskError, match="cannot be read"):
        of_each_task(connection, (), work)
