"""Training reads its rows once, and holds no others."""

import hashlib

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from views import make_view, toy

from stellarwh.learning.tasks.labelled import read_rows
from stellarwh.learning.tasks.streamed import copied
from stellarwh.learning.tasks.task import read_task


def test_labelled_rows_come_by_star_and_others_by_hash(connection, monkeypatch):
    monkeypatch.setattr("stellarwh.learning.tasks.labelled._BATCH", 2048)
    rng = np.random.default_rng(0)
    columns = toy(9000)
    columns["star_id"] = rng.permutation(9000) * 7
    y = np.asarray(columns["label_y"])
    columns["label_y"] = np.where(rng.random(9000) < 0.2, y, np.nan)
    frame = pl.DataFrame(columns).fill_nan(None)
    make_view(connection, "mine", frame.to_dict(as_series=False))
    before = connection.sql("select current_setting('memory_limit')").fetchall()
    labelled, others = read_rows(connection, read_task(connection, "mine"), 500)
    expected = frame.filter(pl.col("label_y").is_not_null()).sort("star_id")
    assert labelled.select(frame.columns).equals(expected)
    without = frame.filter(pl.col("label_y").is_null())["star_id"].to_list()
    hashes = sorted(
        (hashlib.md5(str(star).encode(), usedforsecurity=False).hexdigest(), star)
        for star in without
    )
    assert others["star_id"].to_list() == [star for _, star in hashes[:500]]
    after = connection.sql("select current_setting('memory_limit')").fetchall()
    assert after == before


def test_what_does_not_fit_in_little_memory_is_read_in_more(connection, monkeypatch):
    make_view(connection, "mine", toy(400))
    monkeypatch.setattr("stellarwh.learning.tasks.labelled._MEMORY_MIB", 0)
    labelled, _ = read_rows(connection, read_task(connection, "mine"), 500)
    assert len(labelled) == 400


def test_what_is_kept_of_a_batch_shares_no_memory_with_it():
    names = [f"a name that is long enough to stand apart {i}" for i in range(3000)]
    table = pa.table({"name": names, "x": np.arange(3000.0)})
    before = pa.total_allocated_bytes()
    big = pa.table({"name": table["name"].take(np.arange(300_000) % 3000)})
    kept = copied(big, pc.equal(big["name"], names[7]))
    del big
    assert kept["name"].to_list() == [names[7]] * 100
    assert pa.total_allocated_bytes() - before < 100_000
