"""Rows are appended by name, and nothing of them stays behind in memory."""

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stellarwh.warehouse.appending import append
from stellarwh.warehouse.database import transaction


def test_columns_are_matched_by_name(connection):
    connection.execute(
        "create table raw.mine (a varchar, b double, c boolean, d varchar[])"
    )
    frame = pl.DataFrame({"d": [["x", "y"], []], "b": [1.5, None]})
    append(connection, "raw.mine", frame, {"a": "it's", "c": False})
    assert connection.execute("from raw.mine").fetchall() == [
        ("it's", 1.5, False, ["x", "y"]),
        ("it's", None, False, []),
    ]


def test_what_does_not_fit_is_refused(connection):
    connection.execute("create table raw.mine (a varchar not null, b double)")
    with pytest.raises(duckdb.ConstraintException):
        append(connection, "raw.mine", pl.DataFrame({"b": [1.0]}))
    with pytest.raises(ValueError, match="z"):
        append(connection, "raw.mine", pl.DataFrame({"b": [1.0], "z": [2]}), {"a": ""})


def test_a_transaction_keeps_no_frame_that_was_appended(connection):
    connection.execute("create table raw.mine (a bigint)")
    before = pa.total_allocated_bytes()
    with transaction(connection):
        for _ in range(5):
            numbers = pc.add(pa.array(np.arange(100_000)), 1)
            append(connection, "raw.mine", pl.DataFrame(pa.table({"a": numbers})))
            del numbers
        assert pa.total_allocated_bytes() - before < 800_000
    counted = connection.execute("select count(*), max(a) from raw.mine").fetchall()
    assert counted == [(500_000, 100_000)]
