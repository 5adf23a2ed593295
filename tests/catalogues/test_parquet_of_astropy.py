"""Parquet as astropy writes it, and types that DuckDB has not."""

from decimal import Decimal
from pathlib import Path

import astropy.units as u
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import SurveyError
from stellarwh.ingest import ingest_survey


def read(path: Path) -> tuple[dict[str, list], dict[str, int]]:
    table = open_table(path)
    nulls = no_nulls()
    columns = [column for column in table.columns if not column.unreadable]
    joined = pa.Table.from_batches(list(table.batches(columns, nulls)))
    counts = {c.name: nulls[c.index]["null"] for c in columns}
    return joined.to_pydict(), counts


@pytest.fixture
def by_astropy(tmp_path) -> Path:
    made = QTable({"id": MaskedColumn([2**62 + 1, 2, 3], mask=[0, 1, 0])})
    made["s"] = MaskedColumn(["", "b", "c"], mask=[0, 1, 0])
    made["a"] = MaskedColumn([[1, 2], [3, 4], [5, 6]], mask=[[0, 1], [0, 0], [1, 1]])
    made["pm"] = [1.0, 2.0, 3.0] * u.mas / u.yr
    made["pm"].info.description = "proper  motion"
    made["pm"].info.meta = {"ucd": "pos.pm"}
    made["c"] = SkyCoord([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], unit="deg")
    made["t"] = Time([2450000.5, 2450001.5, 2450002.5], format="jd")
    made.write(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_masked_values_are_null_and_columns_of_masks_are_gone(by_astropy):
    found, nulls = read(by_astropy)
    assert {name: found[name] for name in ("id", "s", "a")} == {
        "id": [2**62 + 1, None, 3],
        "s": ["", None, "c"],
        "a": [[1, None], [3, 4], [None, None]],
    }
    assert (nulls["id"], nulls["s"], nulls["a"], nulls["pm"]) == (1, 1, 3, 0)
    assert [name for name in found if "mask" in name] == []
    assert found["c.dec"] == [4.0, 5.0, 6.0]


def test_units_and_descriptions_are_read(by_astropy):
    facts = {column.name: column for column in open_table(by_astropy).columns}
    pm = facts["pm"]
    assert (pm.unit, pm.ucd, pm.description) == ("mas / yr", "pos.pm", "proper motion")
    assert facts["c.ra"].unit == "deg"
    assert facts["t.jd1"].description == "Time (format jd, scale utc)"


def test_coordinates_are_positions_if_they_are_icrs(connection, by_astropy, tmp_path):
    ingest_survey(connection, "mine", by_astropy, ra="c.ra", dec="c.dec")
    placed = connection.execute("select count(healpix) from raw.mine").fetchone()
    assert placed == (3,)
    table = Table({"c": SkyCoord([1.0], [2.0], unit="deg", frame="fk4")})
    table.write(tmp_path / "old.ecsv", format="ascii.ecsv")
    with pytest.raises(SurveyError, match=r"c\.ra of old is in frame fk4"):
        ingest_survey(connection, "old", tmp_path / "old.ecsv", ra="c.ra", dec="c.dec")


@pytest.mark.parametrize("yaml", [b"", b"\xff", b"- x", b"datatype: [1]", b"a: {"])
def test_a_key_of_somebody_else_is_no_matter(tmp_path, yaml):
    table = pa.table({"x": [1, 2]})
    path = tmp_path / "t.parquet"
    pq.write_table(table.replace_schema_metadata({b"table_meta_yaml": yaml}), path)
    assert read(path)[0] == {"x": [1, 2]}


def test_types_that_duckdb_has_not_are_converted_or_named(connection, tmp_path):
    wide = pa.decimal256(60, 0)
    table = pa.table(
        {
            "half": pa.array([{"x": 1.5}, None], pa.struct([("x", pa.float16())])),
            "fits": pa.array([Decimal("5.25"), None], pa.decimal256(20, 2)),
            "wide": pa.array([Decimal(10) ** 50, None], wide),
            "lists": pa.array([[Decimal(10) ** 50], None], pa.list_(wide)),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    result = ingest_survey(connection, "mine", path, no_position=True)
    why = "its numbers have up to 60 digits, which is too many"
    assert result.warnings == (f"Left out: wide ({why}), lists ({why}).",)
    rows = connection.execute("select half, fits from raw.mine").fetchall()
    assert rows == [({"x": 1.5}, Decimal("5.25")), (None, None)]


def test_columns_without_a_name_get_one(connection, tmp_path):
    path = tmp_path / "t.parquet"
    columns = [pa.array([value]) for value in (1, 2, 3, 4)]
    pq.write_table(pa.Table.from_arrays(columns, ["", "column1", "", "a\0b"]), path)
    result = ingest_survey(connection, "mine", path, no_position=True)
    described = connection.sql("from raw.mine")
    assert described.columns == ["column1", "column1_2", "column3", "ab", "healpix"]
    assert described.fetchall() == [(1, 2, 3, 4, None)]
    assert "The column '' is stored as 'column1'." in result.warnings
