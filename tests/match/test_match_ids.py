"""Ids of pairs: as they are in the file, or refused."""

import subprocess
import sys
import warnings
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.table import Table

import stellarwh
from stellarwh.errors import StellarwhWarning, UsageError
from stellarwh.match import Side, match_tables

GAIA = [5784542626622937341, 5784542626622937343, 3]


@pytest.fixture
def put(connection):
    """Store a table of three stars with ids of a type of DuckDB's."""

    def store(kind: str, ids: list[object]) -> None:
        connection.execute(
            f"create or replace table raw.mine as select unnest(?)::{kind} source_id, "
            "unnest([1.0, 2.0, 3.0]) as ra, 0.0 as dec",
            [[str(i) for i in ids]],
        )
        connection.execute(
            "create or replace table raw.others as "
            "select unnest([11, 12, 13]) as id, unnest([1.0, 2.0, 3.0]) as ra, 0.0 dec"
        )

    return store


def left_ids(matched) -> list[object]:
    return matched.pairs.sort_by("right_id")["left_id"].to_pylist()


@pytest.mark.parametrize("kind", ["double", "real"])
def test_ids_that_a_float_has_rounded_are_no_ids(connection, put, kind):
    put(kind, GAIA)
    matched = match_tables(connection, "raw.mine", "raw.others")
    # Three pairs by position, named by the rows.
    assert left_ids(matched) == [1, 2, 3]
    assert matched.notes == (
        "source_id of raw.mine holds floats, whose last digits are lost: it is no id; "
        "rows go by their number, from 1.",
    )
    assert any(text.startswith("left_id is the number") for text in matched.warnings)
    with pytest.raises(UsageError, match=r"source_id .* it is no id; name another"):
        match_tables(connection, Side("raw.mine", id="source_id"), "raw.others")
    with pytest.raises(duckdb.Error, match=r"The ids of raw\.mine are floats \(5\.78"):
        connection.sql("from crossmatch('raw.mine', 'raw.others', 1)").fetchall()


@pytest.mark.parametrize(
    ("kind", "ids", "expected"),
    [
        ("double", [2**53 - 1, "nan", 3], [2**53 - 1, None, 3]),
        ("real", [2**24 - 1, "inf", 3], [2**24 - 1, None, 3]),
        ("decimal(20,0)", GAIA, GAIA),
        ("hugeint", GAIA, GAIA),
        ("uhugeint", GAIA, GAIA),
        ("hugeint", [2**127 - 1, 2, 3], [str(2**127 - 1), "2", "3"]),
        ("uhugeint", [2**128 - 1, 2, 3], [str(2**128 - 1), "2", "3"]),
        ("ubigint", [2**64 - 1, 2, 3], [2**64 - 1, 2, 3]),
        ("decimal(38,0)", [10**38 - 1, 2, 3], [10**38 - 1, 2, 3]),
    ],
)
def test_other_ids_are_exact(connection, put, tmp_path, kind, ids, expected):
    put(kind, ids)
    matched = match_tables(connection, "raw.mine", "raw.others")
    assert [int(i) if type(i) is Decimal else i for i in left_ids(matched)] == expected
    assert matched.notes == ()
    found = connection.sql(
        "select left_id::varchar from crossmatch('raw.mine', 'raw.others', 1) "
        "order by right_id"
    ).fetchall()
    texts = [text for (text,) in found if text not in ("nan", "inf")]
    assert [int(Decimal(text)) for text in texts] == [
        int(i) for i in expected if i is not None
    ]


@pytest.mark.parametrize("name", ["mine.fits", "mine.csv", "mine.parquet", "mine.ecsv"])
def test_float_ids_of_a_file_are_no_ids_either(connection, put, tmp_path, name):
    put("bigint", GAIA)
    made = Table(
        {"source_id": np.array(GAIA, float), "ra": [1.0, 2, 3], "dec": [0.0] * 3}
    )
    path = tmp_path / name
    made.write(path, **({"format": "parquet"} if path.suffix == ".parquet" else {}))
    matched = match_tables(connection, "raw.others", str(path))
    assert matched.pairs["right_id"].to_pylist() == [1, 2, 3]
    assert "source_id" in matched.notes[0]
    assert pa.types.is_integer(matched.pairs["right_id"].type)


NUMBERED = (
    "the number of the row in raw.mine, from 1, in its stored order, not in the file"
)


@pytest.mark.filterwarnings("ignore:The epoch of")
def test_numbers_of_a_table_are_said_to_be_none_of_the_file(tmp_path):
    rows = [f"{ra},{dec}" for ra, dec in ((300, -60), (10, 5), (200, 40), (80, 1))]
    file, others = tmp_path / "mine.csv", tmp_path / "others.csv"
    file.write_text("\n".join(["ra,dec", *rows]))
    others.write_text(
        "\n".join(["id,ra,dec", *(f"{i},{r}" for i, r in enumerate(rows))])
    )
    path = tmp_path / "s.duckdb"
    told = (
        f"raw.mine has no id column of a usual name: right_id is {NUMBERED}; name an "
        "id column: --right-id NAME, or Side(…, id=…)."
    )
    with stellarwh.open(path, write=True) as wh:
        wh.ingest("mine", file, ra="ra", dec="dec")
        stored = wh.connection.sql("select ra from raw.mine order by rowid").fetchall()
        with pytest.warns(StellarwhWarning) as heard:
            pairs = wh.match(others, "raw.mine", into="pairs")
        assert told in [str(one.message) for one in heard]
        found = pairs.to_polars()
        # The stored order, which is another one than the file's.
        assert [stored[i - 1] for i in found["right_id"]] == [
            (float(rows[i].split(",")[0]),) for i in found["left_id"]
        ]
        assert [row + 1 for row in found["left_id"]] != found["right_id"].to_list()
        for schema in (pairs.schema, wh.table("raw.pairs").schema):
            known = {column.name: column.description for column in schema}
            assert known["left_id"] == "Row of the left side"
            assert known["right_id"] == f"Row of the right side: {NUMBERED}"
        with warnings.catch_warnings():
            warnings.filterwarnings("error", ".*id column")
            by_file = stellarwh.crossmatch(others, file)
    assert by_file.schema[1].description == "Row of the right side: its number, from 1"
    command = [sys.executable, "-m", "stellarwh", "--warehouse", path]
    run = subprocess.run(
        [*command, "match", others, "raw.mine"], capture_output=True, text=True
    )
    assert told in " ".join(run.stderr.split())


@pytest.mark.filterwarnings("ignore:The epoch of")
def test_what_is_declared_to_be_the_id_is_it(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("Star,ID,ra,dec,T\nM7,1,300,-60,5000\nM9,2,10,5,5100\n")
    with stellarwh.open(tmp_path / "s.duckdb", write=True) as wh:
        declare = {"source_id": "Star", "teff": "T"}
        wh.ingest("mine", file, ra="ra", dec="dec", epoch=2016, declare=declare)
        pairs = wh.match("raw.mine", "raw.mine").to_polars()
        assert sorted(pairs["left_id"]) == sorted(pairs["right_id"]) == ["M7", "M9"]


@pytest.mark.filterwarnings("ignore:The epoch of")
def test_a_column_called_id_in_capitals_is_the_id(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("ID,ra,dec\n7,300,-60\n9,10,5\n")
    with stellarwh.open(tmp_path / "s.duckdb", write=True) as wh:
        wh.ingest("mine", file, ra="ra", dec="dec", epoch=2016)
        assert sorted(wh.match("raw.mine", "raw.mine").to_polars()["left_id"]) == [7, 9]
