import json

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from stellarwh.errors import UsageError, WarehouseError
from stellarwh.export.export import export_table


@pytest.fixture
def stars(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute(
        "create view main.stars as select * from (values "
        "(1::bigint, 5772.0, 'Sun', ['a', 'b']), (2, null, null, [])) "
        "as t (star_id, teff, name, reasons)"
    )
    connection.execute(
        "insert into meta.columns by name select 'main' as schema_name, 'stars' as "
        "table_name, 'teff' as column_name, 'K' as unit, "
        "'phys.temperature.effective' as ucd, 'Effective temperature' as description"
    )
    return connection


def test_csv_holds_the_rows(stars, tmp_path):
    path = tmp_path / "new" / "stars.csv"
    assert export_table(stars, "stars", path) == 2
    assert pl.read_csv(path)["teff"].to_list() == [5772.0, None]


def test_parquet_holds_the_rows_and_the_units(stars, tmp_path):
    path = tmp_path / "stars.parquet"
    export_table(stars, "main.stars", path)
    assert pl.read_parquet(path)["reasons"].to_list() == [["a", "b"], []]
    facts = json.loads(pq.read_metadata(path).metadata[b"columns"])
    assert facts["teff"]["unit"] == "K"


def test_fits_holds_the_rows_and_the_units(stars, tmp_path):
    path = tmp_path / "stars.fits"
    export_table(stars, "STARS", path)
    table = Table.read(path)
    assert table["star_id"].tolist() == [1, 2]
    assert table["teff"].unit == "K"
    assert table["teff"].mask.tolist() == [False, True]
    assert table["reasons"].filled().tolist() == ["a;b", ""]


def test_an_empty_table_can_be_written(stars, tmp_path):
    stars.execute("create table raw.none as from main.stars limit 0")
    for ending in ("csv", "parquet", "fits"):
        assert export_table(stars, "raw.none", tmp_path / f"none.{ending}") == 0
    assert len(Table.read(tmp_path / "none.fits")) == 0


def test_an_existing_file_is_kept_unless_told(stars, tmp_path):
    path = tmp_path / "stars.csv"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        export_table(stars, "stars", path)
    assert path.read_text() == "mine"
    assert export_table(stars, "stars", path, overwrite=True) == 2


@pytest.mark.parametrize(
    ("table", "file", "error", "found"),
    [
        ("star", "a.csv", WarehouseError, "Did you mean 'stars'"),
        ("main.star", "a.csv", WarehouseError, "Did you mean 'main.stars'"),
        ("stars", "a.xls", UsageError, "names no format"),
    ],
)
def test_a_wrong_request_is_one_line(stars, tmp_path, table, file, error, found):
    with pytest.raises(error, match=found):
        export_table(stars, table, tmp_path / file)
    assert list(tmp_path.glob("a.*")) == []


def test_a_failed_write_leaves_nothing_and_keeps_the_old_file(stars, tmp_path):
    stars.execute("create view main.broken as select error('no such star')::int as x")
    path = tmp_path / "broken.csv"
    path.write_text("old")
    with pytest.raises(WarehouseError, match="no such star"):
        export_table(stars, "broken", path, overwrite=True)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []
