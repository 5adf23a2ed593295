"""Folders and patterns of files that cannot be matched: one line each, nothing left."""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stellarwh.errors import StellarwhError
from stellarwh.match import match_tables, sift
from stellarwh.warehouse.database import open_scratch


def rows(count, **more):
    rng = np.random.default_rng(count)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, count)))
    columns = {"id": np.arange(count), "ra": rng.uniform(0, 360, count), "dec": dec}
    return pa.table(columns | more)


def match(folder, *arguments):
    command = [sys.executable, "-m", "stellarwh", "--warehouse", "none.duckdb", "match"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(folder / "tmp")},
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tmp").mkdir()
    there = tmp_path / "gaia"
    there.mkdir()
    for number in range(3):
        pq.write_table(rows(1000 + number), there / f"g{number}.parquet")
    pq.write_table(rows(1001).slice(0, 5), tmp_path / "mine.parquet")
    return tmp_path


def spoil(folder, what):
    """Put into a folder of good files what does not belong there."""
    path = folder / "gaia" / "g7.parquet"
    if what == "others":
        pq.write_table(pa.table({"x": [1]}), path)
    elif what == "texts":
        pq.write_table(pa.table({"id": [1], "ra": ["10:00"], "dec": ["1"]}), path)
    elif what == "ids":
        pq.write_table(pa.table({"id": ["a"], "ra": [1.0], "dec": [1.0]}), path)
    elif what == "no parquet":
        path.write_text("ra,dec\n1,2\n")
    else:
        pq.write_table(rows(20_000), path)
        data = bytearray(path.read_bytes())
        if what == "cut":
            data = data[:-300]
        else:
            for at in range(50_000, 200_000, 97):
                data[at] ^= 0x5A
        path.write_bytes(data)


def matched(left, right):
    with open_scratch() as connection:
        found = match_tables(connection, left, right, radius=3.0)
        made = connection.execute(
            "select table_name from information_schema.tables "
            "where table_catalog = 'temp'"
        ).fetchall()
    assert made == []
    return found


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("others", r"g7.parquet has no column 'id', which gaia/g0.parquet has"),
        ("texts", r"column ra of gaia/g7.parquet is string, not a number"),
        ("ids", r"ids id of gaia are of other types from file to file"),
        ("no parquet", r"g7.parquet is called Parquet but is text"),
        ("cut", r"g7.parquet is a damaged Parquet file"),
        ("corrupt", r"g7.parquet"),
    ],
)
def test_a_bad_file_is_named(folder, monkeypatch, what, said):
    monkeypatch.chdir(folder)
    spoil(folder, what)
    with pytest.raises(StellarwhError, match=said) as error:
        matched("mine.parquet", "gaia")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("gaia/*.pq", r"There are no files that match gaia/\*.pq\."),
        ("tmp", r"There is no Parquet file in the folder tmp\."),
        ("nothing/", r"There is no file nothing/\."),
        ("s3://gaia/*.parquet", r"is an address"),
    ],
)
def test_what_is_no_side_is_said(folder, monkeypatch, right, said):
    monkeypatch.chdir(folder)
    with pytest.raises(StellarwhError, match=said):
        matched("mine.parquet", right)


def test_the_command_says_all_that_and_leaves_nothing(folder):
    spoil(folder, "corrupt")
    done = match(folder, "mine.parquet", "gaia", "--radius", 3, "--out", "out.csv")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "g7.parquet" in line
    there = sorted(path.name for path in folder.iterdir())
    assert there == ["gaia", "mine.parquet", "tmp"]
    assert list((folder / "tmp").iterdir()) == []
    done = match(folder, "mine.parquet", "gaia/*.pq")
    assert done.stderr == "Error: There are no files that match gaia/*.pq.\n"
    done = match(folder, "mine.parquet", "gaia/g0.parquet", "gaia/g1.parquet")
    assert done.returncode == 2
    assert "quotes" in done.stderr


def test_names_may_hold_anything(folder, monkeypatch):
    monkeypatch.chdir(folder)
    odd = folder / "it's [odd] ; a*b"
    (folder / "gaia").rename(odd)
    assert matched("mine.parquet", odd.name).pairs.num_rows == 5
    pattern = "it's [[]odd] ; a*b/*.parquet"
    assert matched("mine.parquet", pattern).pairs.num_rows == 5


def test_empty_files_have_no_pairs(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for path in (folder / "gaia").iterdir():
        pq.write_table(rows(10).slice(0, 0), path)
    for sides in (["mine.parquet", "gaia"], ["gaia", "mine.parquet"], ["gaia", "gaia"]):
        assert matched(*sides).pairs.num_rows == 0


def test_rows_without_a_partner_are_not_held(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for number in range(4):
        pq.write_table(rows(20_000 + number), folder / "gaia" / f"g{number}.parquet")
    held = []
    store = sift._store

    def spied(connection, table, schema, batches):
        held.append(sum(batch.num_rows for batch in batches))
        store(connection, table, schema, batches)

    monkeypatch.setattr(sift, "_store", spied)
    pairs = matched("mine.parquet", "gaia").pairs
    assert sum(held) < 200
    assert pairs.num_rows <= sum(held)
