"""Parquet of the types that other libraries write."""

import datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.ingest import ingest_survey

POSITION = {"ra": [1.0, 2.0], "dec": [3.0, 4.0]}
DAY = datetime.date(2026, 1, 2)


def ingest(connection, path, array):
    parquet.write_table(pa.table({**POSITION, "x": array}), path)
    return ingest_survey(connection, "mine", path, ra="ra", dec="dec")


@pytest.mark.parametrize(
    ("array", "kind", "values"),
    [
        (pa.array(["a", None], pa.large_string()), "VARCHAR", ["a", None]),
        (pa.array(["a", None], pa.string_view()), "VARCHAR", ["a", None]),
        (pa.array(["a", None]).dictionary_encode(), "VARCHAR", ["a", None]),
        (pa.nulls(2), "VARCHAR", [None, None]),
        (pa.array(np.array([1.5, np.inf], "f2")), "FLOAT", [1.5, np.inf]),
        (pa.array([2**64 - 1, None], pa.uint64()), "UBIGINT", [2**64 - 1, None]),
        (pa.array([b"\xff", None]), "BLOB", [b"\xff", None]),
        (pa.array([b"\xff", None], pa.large_binary()), "BLOB", [b"\xff", None]),
        (pa.array([[1, None], None], pa.large_list(pa.int16())), "SMALLINT[]", None),
        (pa.array([["a"], []], pa.list_(pa.large_string())), "VARCHAR[]", None),
        (pa.array([DAY, None]), "DATE", [DAY, None]),
        (pa.array([Decimal("1.25"), None]), "DECIMAL(3,2)", [Decimal("1.25"), None]),
    ],
)
def test_every_type_keeps_its_values(connection, tmp_path, array, kind, values):
    ingest(connection, tmp_path / "t.parquet", array)
    found = connection.execute("select x, typeof(x) from raw.mine order by ra")
    cells, kinds = zip(*found.fetchall(), strict=True)
    assert list(cells) == (values or array.to_pylist())
    assert set(kinds) == {kind}


def test_what_polars_writes_is_read_cell_by_cell(tmp_path):
    made = pl.DataFrame(
        {
            "id": [2**62 + 1, None, -1],
            "log(g)": pl.Series([1.5, None, float("nan")], dtype=pl.Float32),
            "name": ["α Cen", "", None],
            "kind": pl.Series(["a", "b", "a"], dtype=pl.Categorical),
            "many": [[1, 2], [], None],
            "names": [["a", None], [], None],
            "pair": pl.Series([[1, 2], [3, None], None], dtype=pl.Array(pl.Int8, 2)),
            "good": [True, None, False],
        }
    )
    path = tmp_path / "t.parquet"
    made.write_parquet(path)
    table = open_table(path)
    nulls = no_nulls()
    (batch,) = table.batches(table.columns, nulls)
    for i, column in enumerate(table.columns):
        ours, theirs = batch.column(i).to_pylist(), made[column.name].to_list()
        assert repr(ours) == repr(theirs), column.name
    counts = {c.name: nulls[c.index]["null"] for c in table.columns}
    assert counts == {
        "id": 1, "log(g)": 1, "name": 1, "kind": 0, "many": 1, "names": 2, "pair": 2,
        "good": 1,
    }  # fmt: skip
