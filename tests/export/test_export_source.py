"""What an export writes, where, and what killed ones leave behind."""

import gzip
import json
import os
import signal
import subprocess
import sys

import polars as pl
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.export.export import export_table
from stellarwh.warehouse.database import open_warehouse, publish


@pytest.fixture
def three(connection):
    connection.execute(
        "create table raw.three as select i as id, i / 2 as half, 'n' || i as name "
        "from range(3) as r (i)"
    )
    return connection


@pytest.mark.parametrize("ending", ["parquet", "csv", "fits", "vot", "ecsv"])
@pytest.mark.parametrize(
    "sql",
    [
        "select id, half * 4 as teff from raw.three where id > 0 -- comment",
        "with t as (from raw.three) select id, 2 * id as teff from t where id > 0;",
        "(select id, 2 * id as teff from raw.three where id > 0)",
    ],
)
def test_a_select_is_exported(three, tmp_path, ending, sql):
    path = tmp_path / f"t.{ending}"
    assert export_table(three, sql, path) == 2
    kinds = {"vot": "votable", "ecsv": "ascii.ecsv", "csv": "ascii.csv"}
    if ending == "parquet":
        assert pl.read_parquet(path)["teff"].to_list() == [2, 4]
    else:
        table = Table.read(path, format=kinds.get(ending, ending))
        assert table["teff"].tolist() == [2, 4]


@pytest.mark.parametrize("ending", ["parquet", "fits", "vot", "ecsv"])
def test_a_select_keeps_the_units_of_columns_it_takes_as_they_are(
    three, tmp_path, ending
):
    three.execute(
        "insert into meta.columns (schema_name, table_name, column_name, unit, vounit) "
        "values ('raw', 'three', 'half', 'K', 'K')"
    )
    sql = "with t as (from raw.three) select half as teff, half / 2 as less from t;"
    path = tmp_path / f"t.{ending}"
    export_table(three, sql, path)
    kinds = {"vot": "votable", "ecsv": "ascii.ecsv"}
    table = Table.read(path, format=kinds.get(ending, ending))
    assert table["teff"].unit == "K"
    assert table["less"].unit is None


def test_parquet_tells_of_no_column_that_it_has_not(three, tmp_path):
    three.execute(
        "insert into meta.columns (schema_name, table_name, column_name, unit) "
        "values ('raw', 'three', 'half', 'K'), ('raw', 'three', 'id', 's')"
    )
    export_table(three, "raw.three", tmp_path / "t.parquet", columns=["id"])
    told = pq.read_schema(tmp_path / "t.parquet").metadata[b"columns"]
    assert json.loads(told) == {"id": {"unit": "s"}}


@pytest.mark.parametrize("ending", ["fits", "vot"])
def test_rows_chosen_at_random_are_computed_once(three, tmp_path, ending):
    sql = "select repeat('x', (random() * 90)::int) as t from range(500) as r (i)"
    path = tmp_path / f"t.{ending}"
    export_table(three, sql, path)
    table = Table.read(path, format="votable" if ending == "vot" else None)
    # A width taken from other rows than those that are written would cut some.
    longest = max(len(str(text)) for text in table["t"])
    kind = table["t"].dtype
    assert kind.itemsize // (1 if kind.kind == "S" else 4) == longest


def test_columns_are_chosen_or_left_out(three, tmp_path):
    for asked, found in (
        (["name", "ID"], ["name", "id"]),
        (["-half"], ["id", "name"]),
    ):
        path = tmp_path / f"{found[0]}.parquet"
        export_table(three, "raw.three", path, columns=asked)
        assert pl.read_parquet(path).columns == found


@pytest.mark.parametrize(
    ("asked", "columns", "error", "problem"),
    [
        ("raw.three", ["nane"], WarehouseError, "Did you mean 'name'"),
        ("raw.three", ["id", "-name"], UsageError, "to keep or, with -"),
        ("select 1; select 2", [], UsageError, "one SELECT"),
        ("select 1 as a, 2 as A", [], UsageError, "2 columns named 'a'"),
        ("select nothing", [], WarehouseError, "nothing"),
        ("drop table raw.three", [], WarehouseError, "There is no table"),
        ("with t as (select 1) insert into raw.three select 1", [], UsageError, "one"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    three, tmp_path, asked, columns, error, problem
):
    with pytest.raises(error, match=problem) as found:
        export_table(three, asked, tmp_path / "t.csv", columns=columns)
    assert "\n" not in str(found.value)
    assert three.execute("select count(*) from raw.three").fetchall() == [(3,)]


def test_csv_keeps_rows_without_anything_and_texts_as_they_are(connection, tmp_path):
    connection.execute(
        "create table raw.odd as from (values (1, ' a'), (null, null), (2, ''), "
        "(3, '#x'), (4, 'a\"b'), (5, 'c' || chr(10) || 'd')) as t (n, t)"
    )
    path = tmp_path / "t.csv.gz"
    export_table(connection, "raw.odd", path)
    text = gzip.decompress(path.read_bytes()).decode()
    assert text == 'n,t\n1," a"\n,\n2,""\n3,"#x"\n4,"a""b"\n5,"c\nd"\n'
    export_table(connection, "raw.odd", tmp_path / "n.csv", columns=["n"])
    assert (tmp_path / "n.csv").read_text() == 'n\n1\n""\n2\n3\n4\n5\n'


def test_standard_output_gets_the_bytes_of_the_file(three, warehouse_path, tmp_path):
    publish(three)
    export_table(three, "raw.three", tmp_path / "t.fits")
    warehouse = str(warehouse_path)
    command = [sys.executable, "-m", "stellarwh", "--warehouse", warehouse, "export"]
    for words, kept in (
        (["raw.three", "-", "--format", "fits"], (tmp_path / "t.fits").read_bytes()),
        (["from raw.three limit 1", "-"], b"id,half,name\n0,0.0,n0\n"),
    ):
        done = subprocess.run([*command, *words], capture_output=True, check=True)
        assert done.stdout == kept
        assert done.stderr.startswith(b"Wrote ")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return a warehouse with a table of 200,000 rows."""
    path = tmp_path_factory.mktemp("many") / "many.duckdb"
    with open_warehouse(path) as connection:
        connection.execute(
            "create table raw.many as select i as id, hash(i) / 3 as x, "
            "'n' || i as name from range(200_000) as r (i)"
        )
    return path


def test_nothing_is_said_where_nobody_reads_on(many, tmp_path):
    command = [sys.executable, "-m", "stellarwh", "--warehouse", str(many)]
    with subprocess.Popen(
        [*command, "export", "raw.many", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == b"id,x,name\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="no limit of file sizes")
@pytest.mark.parametrize("ending", ["parquet", "csv", "csv.gz", "fits", "vot", "ecsv"])
@pytest.mark.parametrize("asked", ["raw.many", "select * from raw.many"])
def test_a_disk_that_fills_is_one_line_and_no_file(many, tmp_path, ending, asked):
    # As far as a program can tell: the file cannot grow beyond some place.
    limited = (
        "import resource, sys; from stellarwh.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)); main()"
    )
    folder = tmp_path / "out"
    folder.mkdir()
    done = subprocess.run(
        [
            sys.executable, "-c", limited, "--warehouse", str(many),
            "export", asked, str(folder / f"t.{ending}"),
        ],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {folder}/t.{ending} cannot be written: ")
    assert "File too large" in line
    assert list(folder.iterdir()) == []


def test_what_killed_exports_left_is_removed(three, tmp_path):
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        check=True,
    )
    dead = int(gone.stdout)
    running = os.getppid()
    left = [
        tmp_path / f".{dead}.partial.t.csv",
        tmp_path / f".{running}.partial.t.csv",
        tmp_path / f".{dead}.partial.other.csv",
    ]
    for path in left:
        path.write_text("half")
    export_table(three, "raw.three", tmp_path / "t.csv")
    assert [path.exists() for path in left] == [False, True, True]
