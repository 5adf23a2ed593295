"""Many pairs lie in a file without a name, and are the same."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from stellarwh.errors import WarehouseError
from stellarwh.export.export import write_arrow
from stellarwh.match import aside, match_tables
from stellarwh.warehouse.database import open_scratch

N = 30_000


@pytest.fixture
def catalogue(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    rng = np.random.default_rng(3)
    stars = pl.DataFrame(
        {
            "id": [f"star {i}" for i in range(N)],
            "ra": rng.uniform(0, 2, N),
            "dec": rng.uniform(-1, 1, N),
            "kind": pl.Series(rng.choice(["a", "b", None], N), dtype=pl.String),
        }
    )
    stars.write_parquet(tmp_path / "stars.parquet")
    return str(tmp_path / "stars.parquet")


def test_they_are_those_that_memory_would_hold(catalogue, tmp_path, monkeypatch):
    with open_scratch() as connection:
        kept = match_tables(
            connection, catalogue, catalogue, radius=30, columns=["all"]
        )
        monkeypatch.setattr(aside, "_MOST", 100_000)
        before = pa.total_allocated_bytes()
        found = match_tables(
            connection, catalogue, catalogue, radius=30, columns=["all"]
        )
        # They take none of Arrow's memory, where the others take all of their own.
        assert pa.total_allocated_bytes() - before < found.pairs.nbytes / 10
        assert found.pairs.num_rows > N
        assert found.pairs.equals(kept.pairs)
        assert found.notes == kept.notes
        held = [p for p in (tmp_path / "tmp").rglob("*") if p.is_file()]
        assert held == []  # it has no name
        write_arrow(found.pairs, tmp_path / "out.parquet", found.facts)
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert written["left_id"].to_list() == kept.pairs["left_id"].to_pylist()


def test_without_room_they_are_refused_in_one_line(catalogue, monkeypatch):
    def refuse(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(aside, "_MOST", 100_000)
    monkeypatch.setattr(aside.tempfile, "TemporaryFile", refuse)
    with (
        open_scratch() as connection,
        pytest.raises(WarehouseError, match=r"put aside in .*: No space left"),
    ):
        match_tables(connection, catalogue, catalogue, radius=30)
