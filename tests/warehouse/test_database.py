import subprocess
import sys

import duckdb
import pytest

from stellarwh.errors import WarehouseError
from stellarwh.warehouse.database import open_warehouse
from stellarwh.warehouse.messages import first_line
from stellarwh.warehouse.row_groups import row_groups_of


def test_a_missing_warehouse_is_not_made_by_reading(warehouse_path):
    with pytest.raises(WarehouseError, match="no warehouse at"):  # noqa: SIM117
        with open_warehouse(warehouse_path, read_only=True):
            pass
    assert not warehouse_path.exists()


def test_a_first_command_that_fails_leaves_no_file(warehouse_path):
    with pytest.raises(RuntimeError), open_warehouse(warehouse_path):
        raise RuntimeError
    assert not warehouse_path.exists()


def test_a_later_command_that_fails_leaves_the_file(warehouse_path):
    with open_warehouse(warehouse_path) as connection:
        connection.execute("create table raw.kept as select 1 as x")
    with pytest.raises(RuntimeError), open_warehouse(warehouse_path):
        raise RuntimeError
    with open_warehouse(warehouse_path, read_only=True) as connection:
        assert connection.execute("from raw.kept").fetchall() == [(1,)]


@pytest.mark.parametrize("content", [b"not a database" * 1000, b""])
def test_another_file_is_refused_and_kept(warehouse_path, content):
    warehouse_path.write_bytes(content)
    if not content:  # DuckDB takes an empty file for a new database
        return
    with pytest.raises(WarehouseError, match="not a DuckDB file"):  # noqa: SIM117
        with open_warehouse(warehouse_path):
            pass
    assert warehouse_path.read_bytes() == content


@pytest.mark.parametrize("limit", [4096, 12_288, 20_000])
def test_a_full_disk_leaves_no_half_made_warehouse(warehouse_path, limit):
    """A limit on the size of files fails every further write, as a full disk."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from stellarwh.warehouse.database import open_warehouse\n"
        "from stellarwh.errors import WarehouseError\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n    with open_warehouse(Path(sys.argv[1])): pass\n"
        "except WarehouseError as error:\n    print(error)\n"
    )
    line = [sys.executable, "-c", code, str(warehouse_path)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert "File too large" in done.stdout
    assert list(warehouse_path.parent.iterdir()) == []
    with open_warehouse(warehouse_path):  # there is room again
        pass


def test_a_warehouse_that_another_makes_at_the_same_time_is_not_replaced(
    warehouse_path,
):
    def make_another() -> None:
        with (
            open_warehouse(warehouse_path),
            duckdb.connect(warehouse_path) as other,  # noqa: TID251
        ):
            other.execute("create table kept as select 1 as x")

    with pytest.raises(WarehouseError, match="by another process meanwhile"):
        make_another()
    with duckdb.connect(warehouse_path) as other:  # noqa: TID251
        assert other.execute("from kept").fetchall() == [(1,)]
    assert list(warehouse_path.parent.iterdir()) == [warehouse_path]


def test_where_files_cannot_be_linked_a_warehouse_is_made_all_the_same(
    warehouse_path, monkeypatch
):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(type(warehouse_path), "hardlink_to", refuse)
    with open_warehouse(warehouse_path):
        pass
    assert [path.name for path in warehouse_path.parent.iterdir()] == [
        warehouse_path.name
    ]


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(WarehouseError, match="is a folder"), open_warehouse(tmp_path):
        pass


def test_a_locked_warehouse_names_the_process(warehouse_path):
    with open_warehouse(warehouse_path):
        pass
    code = (
        "import sys, duckdb; c = duckdb.connect(sys.argv[1]); "
        "print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(warehouse_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(WarehouseError, match=f"process {holder.pid}"):  # noqa: SIM117
            with open_warehouse(warehouse_path):
                pass
    finally:
        holder.communicate()


def test_the_released_shell_opens_the_file(warehouse_path, duckdb_shell):
    with open_warehouse(warehouse_path):
        pass
    sql = "select count(*) from meta.ingests"
    done = subprocess.run(
        [duckdb_shell, "-readonly", "-csv", str(warehouse_path), "-c", sql],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["count_star()", "0"]


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("IO Error: disk full", "disk full"),
        (
            'Catalog Error: Table x does not exist!\nDid you mean "y"?\n\nLINE 1: x',
            'Table x does not exist! Did you mean "y"?',
        ),
        ("", "unknown error"),
    ],
)
def test_a_message_becomes_one_line(message, line):
    assert first_line(message) == line


def row_group_sizes(connection, table):
    # A row group keeps its rows together: its largest segment has them all.
    return connection.execute(
        "select max(start + count) from pragma_storage_info(?) "
        "group by row_group_id order by row_group_id",
        [table],
    ).fetchall()


def test_row_groups_have_the_wanted_size_within_the_block_only(warehouse_path):
    with open_warehouse(warehouse_path) as connection:
        connection.execute("create table raw.before as select 1 as x")
        with row_groups_of(connection, 2048):
            connection.execute(
                "create table raw.small as select range x from range(5000)"
            )
        connection.execute("create table raw.large as select range x from range(5000)")
        assert row_group_sizes(connection, "raw.small") == [(2048,), (2048,), (904,)]
        assert row_group_sizes(connection, "raw.large") == [(5000,)]
    with open_warehouse(warehouse_path, read_only=True) as connection:
        kept = "select (from raw.before), (select sum(x) from raw.small)"
        assert connection.execute(kept).fetchall() == [(1, 12_497_500)]


def test_a_block_that_fails_leaves_the_warehouse_usable(warehouse_path):
    with open_warehouse(warehouse_path) as connection:
        with pytest.raises(RuntimeError), row_groups_of(connection, 4096):
            raise RuntimeError
        connection.execute("create table raw.after as select 1 as x")
        assert connection.execute("from raw.after").fetchall() == [(1,)]
