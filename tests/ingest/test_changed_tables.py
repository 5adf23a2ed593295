"""A raw table that was dropped or changed by hand is not the file it was read from."""

from pathlib import Path

import duckdb
import pytest

from stellarwh.errors import StellarwhError
from stellarwh.ingest import ingest_survey
from stellarwh.warehouse.status import describe_warehouse


@pytest.fixture
def mine(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("id,ra,dec\n1,10,20\n2,11,21\n3,12,22\n")
    ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    return path


def again(connection: duckdb.DuckDBPyConnection, path: Path, **options: bool) -> bool:
    result = ingest_survey(connection, "mine", path, ra="ra", dec="dec", **options)
    count = connection.execute("select count(*) from raw.mine").fetchone()
    assert count == (3,)
    kept = connection.execute("select survey, rows from meta.ingests").fetchall()
    assert kept == [("mine", 3)]
    return result.unchanged


def test_what_stands_as_it_was_read_is_kept(connection, mine):
    assert again(connection, mine)


@pytest.mark.parametrize("change", ["drop table raw.mine", "delete from raw.mine"])
def test_what_is_gone_is_read_again(connection, mine, change):
    connection.execute(change)
    assert not again(connection, mine)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("delete from raw.mine where id = 2", "has 2 rows, but 3 were read from"),
        ("insert into raw.mine from raw.mine", "has 6 rows, but 3 were read"),
        ("alter table raw.mine drop column id", r"other columns .*\(no id\)"),
        ("alter table raw.mine add column z int", r"other columns .*\(new z\)"),
    ],
)
def test_what_was_changed_by_hand_is_said(connection, mine, change, found):
    connection.execute(change)
    with pytest.raises(StellarwhError, match=f"{found}.*--replace"):
        again(connection, mine)
    assert not again(connection, mine, replace=True)


def test_a_table_that_no_ingest_wrote_is_not_overwritten(connection, mine):
    connection.execute("create table raw.own as select 1 as ra, 2 as dec")
    with pytest.raises(StellarwhError, match="1 rows that no ingest wrote"):
        ingest_survey(connection, "own", mine, ra="ra", dec="dec")
    ingest_survey(connection, "own", mine, ra="ra", dec="dec", replace=True)


def test_status_says_what_was_changed(connection, mine, warehouse_path):
    def said() -> str:
        return "\n".join(describe_warehouse(connection, warehouse_path))

    assert "CHANGED" not in said()
    connection.execute("delete from raw.mine where id = 2")
    assert "CHANGED SINCE: it has 2 rows" in said()
    connection.execute("drop table raw.mine")
    assert "CHANGED SINCE: the table is gone" in said()
