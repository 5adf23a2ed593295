"""What a query may write and read beside the warehouse: nothing, or what it names."""

import hashlib
import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from stellarwh.cli import main
from stellarwh.warehouse.database import open_warehouse

REFUSED = {
    "copy (select 1) to 'new.csv'": "--allow-files",
    "copy raw.mine from 'there.csv'": "--allow-files",
    "export database 'new'": "--allow-files",
    "import database 'new'": "PRAGMA",
    "copy from database stellar to new": "PRAGMA",
    "from read_text('there.csv')": "--allow-files",
    "from 'there.csv'": "The query asks for there.csv, which was refused",
    "from read_csv('*.csv')": "--allow-files",
    "from glob('*')": "--allow-files",
    "attach 'new.duckdb'": "ATTACH",
    "detach stellar": "DETACH",
    "install httpfs": "INSTALL",
    "load httpfs": "LOAD",
    "from 'https://127.0.0.1:1/x.csv'": "refused",
    "set threads = 1": "SET",
    "reset threads": "RESET",
    "use raw": "USE",
    "pragma database_size": "PRAGMA",
    "call pragma_version()": "CALL",
    "checkpoint": "CALL",
    "vacuum": "VACUUM",
    "analyze": "ANALYZE",
    "create table raw.new as select 1 as x": "CREATE",
    "create temp table new as select 1 as x": "CREATE",
    "create view raw.new as select 1 as x": "CREATE",
    "alter table raw.mine add column b int": "ALTER",
    "comment on table raw.mine is 'x'": "ALTER",
    "drop table raw.mine": "DROP",
    "insert into raw.mine values (2)": "INSERT",
    "update raw.mine set a = 2": "UPDATE",
    "delete from raw.mine": "DELETE",
    "truncate raw.mine": "DELETE",
    "merge into raw.mine using raw.mine m on mine.a = m.a when matched then delete": (
        "MERGE"
    ),
    "with b as (insert into raw.mine values (2) returning a) from b": "read-only",
    "create table raw.b as from raw.mine": "run 'duckdb' with its file",
    "begin": "BEGIN",
    "prepare p as select 1": "PREPARE",
    "execute p": "EXECUTE",
    "explain analyze copy (select 1) to 'new.csv'": "EXPLAIN is for a SELECT",
    "explain analyze insert into raw.mine values (2)": "EXPLAIN is for a SELECT",
}
# The own file under all its names; DuckDB itself lets SQL write to it.
OWN = {
    "copy (select 1) to 'stellar.duckdb' (use_tmp_file false)": "own file",
    "copy (select 1) to \"stellar.duckdb\"": "own file",
    "copy (select 1) to $x$stellar.duckdb$x$": "own file",
    "copy (select 1) to './no/../stellar.duckdb'": "own file",
    "copy (select 1) to 'file://FOLDER/stellar.duckdb'": "own file",
    "copy (select 1) to 'symlink.csv'": "own file",
    "copy (select 1) to 'hardlink.csv'": "own file",
    "copy (select 1) to 'stellar.duckdb.wal'": "own file",
    "copy (select 1) to/*'a'*/'stellar.duckdb'": "own file",
    "copy (select 1) to ('stellar' || '.duckdb') (use_tmp_file false)": "in quotes",
    "copy (select 1) to 'stellar'\n'.duckdb' (use_tmp_file false)": "in quotes",
    "copy (select 1) to E'stellar.duckdb'": "in quotes",
    "copy (select 1) to '.' (per_thread_output)": "holds the warehouse",
    "copy (select 1 a, 2 b) to '/' (partition_by (b))": "holds the warehouse",
    "copy (select 1) to 'q' (per_thread_output, filename_pattern '../stellar')": (
        "filename_pattern"
    ),
    "export database '.'": "holds the warehouse",
    "explain analyze copy (select 1) to 'stellar.duckdb' (use_tmp_file false)": (
        "EXPLAIN is for a SELECT"
    ),
    "explain /* */ (analyze) copy (select 1) to 'stellar.duckdb'": (
        "EXPLAIN is for a SELECT"
    ),
    "copy raw.mine from 'there.csv'": "changes a table",
    "insert into raw.mine values (2)": "INSERT",
    "drop table raw.mine": "DROP",
    "attach 'stellar.duckdb' as again": "ATTACH",
}  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("query-files") / "stellar.duckdb"
    with open_warehouse(path) as connection:
        connection.execute("create table raw.mine as select 1 as a")
        connection.execute("create macro reads(f) as table from read_text(f)")
    # A stranger's view, made where SQL may read files.
    (path.parent / "secret.txt").write_text("top-secret")
    with duckdb.connect(str(path)) as connection:  # noqa: TID251
        secret = path.parent / "secret.txt"
        connection.execute(f"create view raw.theirs as from read_text('{secret}')")
    return path


@pytest.fixture
def folder(template, tmp_path, monkeypatch) -> Path:
    """Return a folder with a warehouse under several names, and a file."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(template, "stellar.duckdb")
    Path("symlink.csv").symlink_to("stellar.duckdb")
    Path("hardlink.csv").hardlink_to("stellar.duckdb")
    Path("there.csv").write_text("a\n7\n")
    Path("secret.txt").write_text("top-secret")
    return tmp_path


@pytest.fixture
def query(folder, monkeypatch, capfd):
    def run_query(*arguments: str) -> tuple[int, str, str]:
        line = ["stellarwh", "--warehouse", "stellar.duckdb", "query", *arguments]
        monkeypatch.setattr(sys, "argv", line)
        capfd.readouterr()
        try:
            main()
        except SystemExit as left:
            status = int(left.code or 0)
        else:
            status = 0
        said = capfd.readouterr()
        return status, said.out, said.err

    return run_query


def state(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("sql", REFUSED)
def test_each_statement_that_does_not_read_is_refused_in_one_sentence(
    query, folder, sql
):
    before = state(folder)
    status, out, said = query(sql)
    first, *excerpt = said.removesuffix("\n").split("\n")
    assert status == 1
    assert first.startswith("Error: ")
    assert REFUSED[sql] in first
    assert not excerpt or excerpt[0].startswith("LINE 1: ")
    assert out == ""
    assert state(folder) == before


@pytest.mark.parametrize("sql", OWN)
def test_the_file_of_the_warehouse_is_never_written(query, folder, sql):
    before = state(folder)
    status, _, said = query("--allow-files", sql.replace("FOLDER", str(folder)))
    assert status == 1
    assert OWN[sql] in said
    assert said.count("\n") == 1
    assert state(folder) == before


def test_files_that_a_query_names_are_read_and_written_on_request(query, folder):
    assert query("--allow-files", "copy (select 5 as a) to 'new.csv'") == (
        0, "", "Wrote 1 row.\n",
    )  # fmt: skip
    query("--allow-files", "copy (select 6 as a) to 'new.csv' (header)")
    assert Path("new.csv").read_text() == "a\n6\n"
    for sql in (
        "from 'new.csv'",
        f"from '{folder}/new.csv'",
        "from read_csv('n*.csv')",
    ):
        assert query("--allow-files", sql, "--format", "csv")[:2] == (0, "a\n6\n")
    assert query("--allow-files", "copy (select 1 a, 2 b) to 'p' (partition_by (b))")
    assert [p.parent.name for p in folder.glob("p/*/*")] == ["b=2"]
    assert query("--allow-files", "export database 'whole'")[0] == 0
    assert (folder / "whole" / "schema.sql").exists()
    status, _, said = query("--allow-files", "from 'nosuch.csv'")
    assert (status, said) == (1, "Error: There is no file nosuch.csv.\n")


@pytest.mark.parametrize(
    "sql",
    ["from raw.theirs", "from reads('secret' || '.txt')", "from 'http://a/b.csv'"],
)
def test_files_that_a_query_does_not_name_stay_closed(query, sql):
    status, out, said = query("--allow-files", sql)
    assert status == 1
    assert "refused" in said
    assert "top-secret" not in out + said


def test_a_file_beside_the_target_is_not_overwritten(query, folder):
    """DuckDB writes tmp_NAME first where NAME exists."""
    (folder / "tmp_there.csv").write_text("mine")
    status, _, said = query("--allow-files", "copy (select 5 as a) to 'there.csv'")
    assert status == 1
    assert "tmp_there.csv" in said
    assert (folder / "tmp_there.csv").read_text() == "mine"
    assert (folder / "there.csv").read_text() == "a\n7\n"
