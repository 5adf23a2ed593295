"""Work that little memory is not enough for is done all the same."""

import polars as pl
import pytest

from stellarwh.errors import WarehouseError
from stellarwh.export.export import export_table
from stellarwh.warehouse.bounded import in_bounded_memory

# A list that is one value cannot be put aside: about 80 MB of it.
HELD = "select len(list(i)) as n from range(10_000_000) as r (i)"


@pytest.mark.parametrize("ending", ["parquet", "csv", "fits"])
def test_an_export_that_needs_more_gets_more(connection, tmp_path, monkeypatch, ending):
    monkeypatch.setattr("stellarwh.export.export._MEMORY_MIB", 30)
    path = tmp_path / f"t.{ending}"
    assert export_table(connection, HELD, path) == 1
    if ending == "csv":
        assert pl.read_csv(path)["n"].to_list() == [10_000_000]
    limit = connection.execute("select current_setting('memory_limit')").fetchall()
    assert "GiB" in limit[0][0]


def test_first_attempts_are_bounded_and_other_errors_are_not_tried_again(
    connection,
):
    seen = []

    def work():
        asked = "select current_setting('memory_limit')"
        seen.append(connection.execute(asked).fetchall()[0][0])
        if len(seen) < 3:
            raise OSError("failed to allocate data of size 32.0 KiB")
        raise WarehouseError("no")

    with pytest.raises(WarehouseError, match="no"):
        in_bounded_memory(connection, 50, work)
    # Half as much again before all there is.
    assert seen[:2] == ["50.0 MiB", "75.0 MiB"]
    assert seen[2].endswith("GiB")
    assert len(seen) == 3
