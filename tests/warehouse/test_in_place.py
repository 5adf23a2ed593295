"""A warehouse that is written itself, for lack of room for a copy, keeps its state."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stellarwh.errors import WarehouseError
from stellarwh.runtime import file_copy as filecopy
from stellarwh.warehouse.database import open_warehouse, publish
from stellarwh.warehouse.files.in_place import WrittenInPlace
from tests.warehouse.test_writing import FOREIGN, kept, names, running

ROWS = "select range as a, hash(range) as b from range(60_000)"


@pytest.fixture
def warehouse(tmp_path, monkeypatch) -> Path:
    """Return a warehouse of which no copy can be made."""
    folder = tmp_path / "here"
    folder.mkdir()
    path = folder / "stellar.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create table raw.kept as select 1 as x")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filecopy.fcntl, "ioctl", refuse)
    monkeypatch.setattr(filecopy, "_check_room", refuse)
    return path


@contextmanager
def files_limited(size: int) -> Iterator[None]:
    """Let no file grow beyond some bytes, as where a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write(path: Path, rows: str, number: int = 2, *, and_fail: bool = False) -> None:
    with open_warehouse(path) as connection:
        connection.execute(f"create table raw.more as {rows}")
        connection.execute(f"create or replace table raw.kept as select {number} as x")
        if and_fail:
            raise RuntimeError


# The log of the transaction does not fit, or only the checkpoint does not.
@pytest.mark.parametrize("times", [1, 40])
def test_where_the_disk_fills_the_old_state_is_there(warehouse, times):
    before = warehouse.read_bytes()
    rows = " union all ".join([ROWS] * times)
    with (
        files_limited(len(before)),
        pytest.raises(Exception, match="File too large"),
    ):
        write(warehouse, rows)
    assert names(warehouse.parent) == ["stellar.duckdb"]
    assert warehouse.stat().st_size == len(before)
    assert kept(warehouse) == 1
    write(warehouse, rows)
    assert names(warehouse.parent) == ["stellar.duckdb"]
    assert kept(warehouse) == 2


def test_a_later_failure_undoes_what_was_committed(warehouse):
    with pytest.raises(RuntimeError):
        write(warehouse, ROWS, and_fail=True)
    assert kept(warehouse) == 1
    assert names(warehouse.parent) == ["stellar.duckdb"]


def test_what_was_published_stays(warehouse):
    def publish_and_fail() -> None:
        with open_warehouse(warehouse) as connection:
            for number in (5, 6):
                connection.execute(
                    f"create or replace table raw.kept as select {number} as x"
                )
                publish(connection)
            connection.execute("create or replace table raw.kept as select 7 as x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        publish_and_fail()
    assert kept(warehouse) == 6
    assert names(warehouse.parent) == ["stellar.duckdb"]


def test_what_a_killed_program_left_in_a_log_is_not_undone(warehouse):
    with running(FOREIGN, warehouse) as other:
        other.kill()
        other.wait()
    assert names(warehouse.parent) == ["stellar.duckdb", "stellar.duckdb.wal"]
    with pytest.raises(RuntimeError):
        write(warehouse, ROWS, and_fail=True)
    assert kept(warehouse) == 3


def test_what_another_program_wrote_or_has_open_is_not_undone(warehouse):
    log = warehouse.with_name("stellar.duckdb.wal")
    own = WrittenInPlace(warehouse)
    own.keep()
    with running(FOREIGN, warehouse) as other:
        own.undo([log])
        assert log.exists()
        other.communicate("end\n")
    size = warehouse.stat().st_size
    log.touch()
    own.undo([log])
    own.leave()
    assert log.exists()
    log.unlink()
    assert warehouse.stat().st_size == size
    assert kept(warehouse) == 3


def test_a_disk_that_is_full_is_told_before_any_work(warehouse, monkeypatch):
    class Full:
        f_bavail, f_frsize = 5, 4096

    monkeypatch.setattr("stellarwh.warehouse.files.in_place.os.statvfs", lambda _: Full)
    with (
        pytest.raises(WarehouseError, match=r"No space left on device \(0\.0 MB are"),
        open_warehouse(warehouse),
    ):
        pass
    assert names(warehouse.parent) == ["stellar.duckdb"]
