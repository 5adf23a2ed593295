"""Who writes works on a copy: others read on, and find it once it is whole."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import duckdb
import pytest

from stellarwh.errors import InUseError, WarehouseError
from stellarwh.runtime import file_copy as filecopy
from stellarwh.warehouse.database import open_warehouse, publish
from stellarwh.warehouse.files import waiting, working_copy
from stellarwh.warehouse.files.waiting import waiting_up_to

# Opens the warehouse to write, and goes on once a line is read: "end", or whatever.
WRITER = """
import sys
from pathlib import Path
from stellarwh.warehouse.database import open_warehouse
with open_warehouse(Path(sys.argv[1])) as connection:
    connection.execute("create or replace table raw.kept as select 2 as x")
    print("in", flush=True)
    if sys.stdin.readline() != "end\\n":
        raise SystemExit(1)
"""
# Opens the file to write as any program may.
FOREIGN = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("set checkpoint_threshold = '1TB'")
connection.execute("create or replace table raw.kept as select 3 as x")
print("in", flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("writing") / "stellar.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create table raw.kept as select 1 as x")
    return path


@pytest.fixture
def warehouse(template, tmp_path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return Path(shutil.copy(template, folder))


@contextmanager
def running(code: str, *arguments: object) -> Iterator[subprocess.Popen]:
    """Run some code in a process of its own, from where it says that it is in."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def kept(path: Path) -> int:
    with open_warehouse(path, read_only=True) as connection:
        return connection.execute("from raw.kept").fetchall()[0][0]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def shell(duckdb_shell: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [duckdb_shell, "-csv", *arguments], capture_output=True, text=True, check=False
    )


def test_others_read_the_last_state_until_the_new_one_is_whole(warehouse, duckdb_shell):
    read = ("-readonly", str(warehouse), "-c", "from raw.kept")
    with running(WRITER, warehouse) as writer:
        assert kept(warehouse) == 1
        assert shell(duckdb_shell, *read).stdout.split() == ["x", "1"]
        with open_warehouse(warehouse, read_only=True) as reader:
            writer.communicate("end\n")
            assert writer.returncode == 0
            # Who reads goes on with what there was.
            assert reader.execute("from raw.kept").fetchall() == [(1,)]
    assert shell(duckdb_shell, *read).stdout.split() == ["x", "2"]
    assert kept(warehouse) == 2
    assert names(warehouse.parent) == ["stellar.duckdb"]


def test_no_other_program_writes_meanwhile(warehouse, duckdb_shell):
    write = (str(warehouse), "-c", "create table raw.lost as select 1")
    with running(WRITER, warehouse) as writer:
        refused = shell(duckdb_shell, *write)
        assert "lock" in refused.stderr
        assert f"PID {writer.pid}" in refused.stderr
        writer.communicate("end\n")
    assert shell(duckdb_shell, *write).returncode == 0
    assert kept(warehouse) == 2


def test_a_second_writer_is_told_who_writes(warehouse):
    with running(WRITER, warehouse) as writer:
        with pytest.raises(InUseError) as error, open_warehouse(warehouse):
            pass
        said = str(error.value)
        assert said.startswith(f"{warehouse} is in use by '")
        assert f"(process {writer.pid})" in said
        assert "--wait SECONDS" in said
        assert said.count("\n") == 0
        writer.communicate("end\n")
    assert kept(warehouse) == 2


def test_another_program_that_writes_is_named_with_its_command(warehouse):
    with running(FOREIGN, warehouse) as other:
        for read_only in (True, False):
            with pytest.raises(InUseError) as error:  # noqa: SIM117
                with open_warehouse(warehouse, read_only=read_only):
                    pass
            said = str(error.value)
            assert f"(process {other.pid})" in said
            if Path("/proc/self/cmdline").exists():
                assert "import sys, duckdb" in said
            assert names(warehouse.parent) == ["stellar.duckdb", "stellar.duckdb.wal"]


@pytest.mark.usefixtures("on_terminal")
@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("code", [WRITER, FOREIGN])
def test_who_waits_gets_in_when_the_other_ends(
    warehouse, monkeypatch, capfd, code, read_only
):
    with running(code, warehouse) as other:
        monkeypatch.setattr(waiting.time, "sleep", lambda _: other.communicate("end\n"))
        with (
            waiting_up_to(60),
            open_warehouse(warehouse, read_only=read_only) as connection,
        ):
            found = connection.execute("from raw.kept").fetchall()
        said = capfd.readouterr().err
        if code == WRITER and read_only:
            assert (found, said) == ([(1,)], "")
        else:
            assert found == [(2 if code == WRITER else 3,)]
            assert said.startswith("Waiting up to 60 s: ")
            assert f"process {other.pid}" in said
            assert said.count("\n") == 1


def test_who_has_waited_long_enough_is_refused(warehouse, monkeypatch):
    paused = []
    clock = iter(range(100))
    monkeypatch.setattr(waiting.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(waiting.time, "sleep", paused.append)
    with running(WRITER, warehouse) as writer:
        with (
            waiting_up_to(3),
            pytest.raises(InUseError, match=rf"process {writer.pid}\)"),
            open_warehouse(warehouse),
        ):
            pass
        writer.communicate("end\n")
    assert paused == [0.1, 0.1]


def test_nobody_waits_for_their_own_process(warehouse, monkeypatch):
    monkeypatch.setattr(waiting.time, "sleep", lambda _: pytest.fail("it waited"))
    with (
        open_warehouse(warehouse),
        waiting_up_to(3),
        pytest.raises(InUseError) as error,
        open_warehouse(warehouse),
    ):
        pass
    assert str(error.value) == (
        f"{warehouse} is in use: this process has it open to be written already; "
        "close that handle first."
    )


def test_what_a_killed_writer_left_goes_with_the_next_one(warehouse):
    with running(WRITER, warehouse) as writer:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert names(warehouse.parent) == [".stellar.duckdb.writing", "stellar.duckdb"]
    assert kept(warehouse) == 1
    with open_warehouse(warehouse) as connection:
        assert connection.execute("from raw.kept").fetchall() == [(1,)]
    assert names(warehouse.parent) == ["stellar.duckdb"]


def test_what_a_killed_other_program_stored_is_kept(warehouse):
    with running(FOREIGN, warehouse) as other:
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert names(warehouse.parent) == ["stellar.duckdb", "stellar.duckdb.wal"]
    with open_warehouse(warehouse) as connection:
        assert connection.execute("from raw.kept").fetchall() == [(3,)]
        connection.execute("create table raw.more as select 1 as x")
    assert names(warehouse.parent) == ["stellar.duckdb"]
    assert kept(warehouse) == 3


def test_a_log_without_its_warehouse_is_refused(warehouse_path):
    log = warehouse_path.with_name(warehouse_path.name + ".wal")
    log.write_bytes(b"changes")
    with pytest.raises(WarehouseError, match="is gone"), open_warehouse(warehouse_path):
        pass
    assert names(log.parent) == [log.name]


def write(path: Path, number: int, then: Callable[[], object] = lambda: None) -> None:
    with open_warehouse(path) as connection:
        connection.execute(f"create or replace table raw.kept as select {number} as x")
        then()


CHANGES = {
    "replace": lambda path: path.with_name("other").replace(path),
    "append": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "remove": lambda path: path.unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_another_put_there_meanwhile_is_not_replaced(warehouse, change):
    shutil.copy(warehouse, warehouse.with_name("other"))
    with pytest.raises(WarehouseError, match="by another process meanwhile"):
        write(warehouse, 2, then=lambda: CHANGES[change](warehouse))
    found = names(warehouse.parent)
    assert ("stellar.duckdb" in found) == (change != "remove")
    assert ".stellar.duckdb.writing" not in found


def test_a_lock_that_was_lost_is_noticed(warehouse):
    """Closing the file anywhere in a process ends all locks that it has on it."""
    with ExitStack() as stack:

        def lose_it() -> None:
            warehouse.read_bytes()
            stack.enter_context(running(FOREIGN, warehouse))

        with pytest.raises(WarehouseError, match="by another process meanwhile"):
            write(warehouse, 2, then=lose_it)
        assert names(warehouse.parent) == ["stellar.duckdb", "stellar.duckdb.wal"]
    assert kept(warehouse) == 3


def publish_and_fail(path: Path, numbers: Sequence[int]) -> None:
    before = kept(path) if path.exists() else None
    with open_warehouse(path) as connection:
        for number in numbers:
            connection.execute(
                f"create or replace table raw.kept as select {number} as x"
            )
            assert (kept(path) if path.exists() else None) == before
            publish(connection)
            assert kept(path) == number
            before = number
        connection.execute("drop table raw.kept")
        raise RuntimeError


@pytest.mark.parametrize("is_new", [False, True])
def test_a_state_that_was_published_outlives_a_later_failure(warehouse, is_new):
    path = warehouse.with_name("new.duckdb") if is_new else warehouse
    with pytest.raises(RuntimeError):
        publish_and_fail(path, [5, 6])
    assert kept(path) == 6
    assert names(path.parent) == [path.name, "stellar.duckdb"][: 1 + is_new]


def test_folders_that_were_made_go_with_a_first_command_that_fails(tmp_path):
    with pytest.raises(RuntimeError), open_warehouse(tmp_path / "a/b/c.duckdb"):
        raise RuntimeError
    assert names(tmp_path) == []


def test_where_nothing_was_written_the_file_stays(warehouse):
    before = warehouse.stat()
    with open_warehouse(warehouse) as connection:
        publish(connection)
    after = warehouse.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_link_to_a_warehouse_stays_one_and_names_the_database(warehouse, tmp_path):
    (tmp_path / "other").mkdir()
    link = tmp_path / "other/linked.duckdb"
    link.symlink_to(warehouse)
    warehouse.chmod(0o640)
    with open_warehouse(link) as connection:
        connection.execute("create or replace table linked.raw.kept as select 8 as x")
    assert link.is_symlink()
    assert kept(warehouse) == kept(link) == 8
    assert warehouse.stat().st_mode & 0o777 == 0o640
    assert names(link.parent) == ["linked.duckdb"]
    assert names(warehouse.parent) == ["stellar.duckdb"]


def in_place(warehouse: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Write to a warehouse that cannot be replaced, and return what was said."""
    number = warehouse.stat().st_ino
    with open_warehouse(warehouse) as connection:
        connection.execute("create or replace table raw.kept as select 9 as x")
        publish(connection)
    assert warehouse.stat().st_ino == number
    assert kept(warehouse) == 9
    said = capfd.readouterr().err
    assert said.startswith(f"{warehouse} is written in place (")
    assert said.count("\n") == 1
    return said


@pytest.mark.usefixtures("on_terminal")
def test_without_room_for_a_copy_the_file_itself_is_written(
    warehouse, monkeypatch, capfd
):
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(filecopy.fcntl, "ioctl", refuse)
    monkeypatch.setattr(filecopy, "_check_room", refuse)
    assert "No space left on device" in in_place(warehouse, capfd)
    assert names(warehouse.parent) == ["stellar.duckdb"]


@pytest.mark.usefixtures("on_terminal")
def test_a_file_with_two_names_keeps_both(warehouse, capfd):
    other = warehouse.with_name("other.duckdb")
    other.hardlink_to(warehouse)
    assert "hard links" in in_place(warehouse, capfd)
    assert kept(other) == 9


@pytest.mark.usefixtures("on_terminal")
def test_where_nothing_can_be_made_beside_it_the_file_itself_is_written(
    warehouse, monkeypatch, capfd
):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(working_copy, "WritingFolder", refuse)
    assert "Permission denied" in in_place(warehouse, capfd)


def test_a_copy_is_the_same_without_help_of_the_system(tmp_path, monkeypatch):
    """Content, holes and mode are kept; macOS has no `os.copy_file_range`."""
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.write(os.urandom(3_000_000))
        file.truncate(50 << 20)
        file.seek(40 << 20)
        file.write(b"end")
    source.chmod(0o604)
    for name in ("with", "without"):
        filecopy.copy_file(source, tmp_path / name)
        assert (tmp_path / name).read_bytes() == source.read_bytes()
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o604
        assert (tmp_path / name).stat().st_blocks <= source.stat().st_blocks + 8
        monkeypatch.delattr(os, "copy_file_range", raising=False)


def test_messages_name_the_file_that_the_user_named(warehouse):
    with pytest.raises(WarehouseError) as error, open_warehouse(warehouse) as opened:
        raise WarehouseError(working_copy_message(opened))
    assert str(error.value) == f"it is {warehouse}"


def working_copy_message(connection: duckdb.DuckDBPyConnection) -> str:
    from stellarwh.warehouse.messages import first_line  # noqa: PLC0415

    asked = "select path from duckdb_databases() where path is not null"
    ((path,),) = connection.execute(asked).fetchall()
    assert ".writing" in path
    return first_line(f"IO Error: it is {path}")


SPILLS = """
import sys
from pathlib import Path
from stellarwh.warehouse.database import open_warehouse
with open_warehouse(Path(sys.argv[1]), read_only=True) as connection:
    connection.execute("set memory_limit = '60MB'")
    connection.execute("set threads = 1")
    cursor = connection.execute("from range(9_000_000) order by hash(range)")
    print("in", flush=True)
    sys.stdin.readline()
"""


def test_rows_that_a_reader_spilled_do_not_stay(warehouse):
    """Two readers share no folder; what a killed one left goes with the next."""
    with running(SPILLS, warehouse) as one, running(SPILLS, warehouse) as two:
        assert len(names(warehouse.parent)) == 3
        one.communicate("end\n")
        assert len(names(warehouse.parent)) == 2
        two.send_signal(signal.SIGKILL)
        two.wait()
    assert names(warehouse.parent)[0].endswith(f".{two.pid}.tmp")
    assert kept(warehouse) == 1
    assert names(warehouse.parent) == ["stellar.duckdb"]
