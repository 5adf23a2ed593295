"""A catalogue that is exported and ingested again is the same catalogue."""

import json
import warnings
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from pyarrow import parquet

from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey

ENDINGS = ["fits", "parquet", "vot", "ecsv"]
ROWS = 60
FACTS = {
    "RA": ("deg", "pos.eq.ra", "right ascension"),
    "Dec": ("deg", "pos.eq.dec", "declination"),
    "log(g)": ("log (cgs)", "phys.gravity", "surface gravity, 'as published' & <raw>"),
    "[Fe/H]": ("dex", "phys.abund.Fe", ""),
    "pm": ("mas yr-1", "pos.pm", "both directions"),
}


@pytest.fixture
def catalogue(tmp_path) -> Path:
    rng = np.random.default_rng(1)
    flag = rng.integers(0, 5, ROWS).astype("i2")
    flag[::7] = -1
    names = np.array([b"", b"a b", b"2M00000000+0000000", b'say "hi", x'])[
        rng.integers(0, 4, ROWS)
    ]
    # astropy warns of the names.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return write_catalogue(tmp_path / "catalogue.fits", rng, flag, names)


def write_catalogue(path, rng, flag, names):
    columns = [
        fits.Column("id", "K", array=2**62 + np.arange(ROWS)),
        fits.Column("RA", "D", array=rng.uniform(0, 360, ROWS)),
        fits.Column("Dec", "D", array=rng.uniform(-90, 90, ROWS)),
        fits.Column("log(g)", "E", array=rng.normal(size=ROWS)),
        fits.Column("[Fe/H]", "D", array=rng.normal(size=ROWS)),
        fits.Column("pm", "2E", array=rng.normal(size=(ROWS, 2))),
        fits.Column("flag", "I", null=-1, array=flag),
        fits.Column("byte", "B", array=rng.integers(0, 255, ROWS)),
        fits.Column("name", "20A", array=names),
        fits.Column("good", "L", array=rng.random(ROWS) < 0.5),
        fits.Column("Same", "J", array=rng.integers(-9, 9, ROWS)),
        fits.Column("OTHER", "J", array=rng.integers(-9, 9, ROWS)),
    ]
    table = fits.BinTableHDU.from_columns(columns)
    for number, column in enumerate(columns, 1):
        unit, ucd, text = FACTS.get(column.name, ("", "", ""))
        for keyword, value in (("TUNIT", unit), ("TUCD", ucd), ("TCOMM", text)):
            if value:
                table.header[f"{keyword}{number}"] = value
    table.writeto(path)
    # Two names differ only by case then, which astropy does not write.
    path.write_bytes(path.read_bytes().replace(b"'OTHER   '", b"'SAME    '"))
    return path


def ingest(db: duckdb.DuckDBPyConnection, name: str, path: Path) -> tuple[str, ...]:
    return ingest_survey(db, name, path, ra="RA", dec="Dec").warnings


def cells(db: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    return db.execute(f"from raw.{table} order by id").fetchall()


def types(db: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    found = db.execute(f"select column_name, column_type from (describe raw.{table})")
    return found.fetchall()


def facts(db: duckdb.DuckDBPyConnection, table: str, unit: str) -> list[object]:
    return db.execute(
        f"select column_name, {unit}, ucd, description from meta.columns "
        "where schema_name = 'raw' and table_name = ? order by all",
        [table],
    ).fetchall()


@pytest.mark.parametrize("ending", ENDINGS)
def test_cells_types_units_and_ucds_are_the_same_again(
    connection, catalogue, tmp_path, ending
):
    first = ingest(connection, "mine", catalogue)
    assert first == ("The column 'SAME' is stored as 'SAME_2'.",)
    path = tmp_path / f"out.{ending}"
    export_table(connection, "raw.mine", path)
    assert ingest(connection, "back", path) == ()
    assert types(connection, "back") == types(connection, "mine")
    assert cells(connection, "back") == cells(connection, "mine")
    assert facts(connection, "back", "vounit") == facts(connection, "mine", "vounit")
    if ending in ("fits", "parquet"):
        # The others carry the VOUnit.
        assert facts(connection, "back", "unit") == facts(connection, "mine", "unit")
    units = connection.execute(
        "select column_name, unit, ucd from meta.columns where table_name = 'mine' "
        "and unit is not null"
    ).fetchall()
    assert sorted(units) == sorted((name, *FACTS[name][:2]) for name in FACTS)


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_plain_text_brings_every_value_back(connection, catalogue, tmp_path, ending):
    ingest(connection, "mine", catalogue)
    path = tmp_path / f"out.{ending}"
    export_table(connection, "raw.mine", path)
    assert ingest(connection, "back", path) == ()
    # Text has no types: what was written of floats and arrays is compared.
    as_text = ", ".join(f'"{n}"::{k}::varchar' for n, k in types(connection, "mine"))
    query = f"select {as_text} from raw.{{}} order by id"
    mine = connection.execute(query.format("mine")).fetchall()
    assert connection.execute(query.format("back")).fetchall() == mine
    names = [name for name, _ in types(connection, "back")]
    assert names == [name for name, _ in types(connection, "mine")]


def test_a_healpix_of_another_order_is_kept_beside_our_own(connection, tmp_path):
    path = tmp_path / "t.parquet"
    made = {"id": [1, 2], "RA": [10.0, 20.0], "Dec": [5.0, -5.0], "healpix": [7, None]}
    parquet.write_table(pa.table(made), path)
    said = ingest(connection, "mine", path)
    assert said == ("The column 'healpix' is stored as 'healpix_2'.",)
    mine = cells(connection, "mine")
    assert [row[3] for row in mine] == [7, None]
    for ending in ENDINGS:
        path = tmp_path / f"out.{ending}"
        export_table(connection, "raw.mine", path)
        ingest_survey(connection, "back", path, ra="RA", dec="Dec", replace=True)
        assert cells(connection, "back") == mine
        assert types(connection, "back") == types(connection, "mine")


def test_our_own_healpix_leaves_no_trace_in_the_audit(connection, tmp_path):
    path = tmp_path / "t.parquet"
    made = {"id": [1, 2], "RA": [10.0, 999.0], "Dec": [5.0, 5.0]}
    parquet.write_table(pa.table(made), path)
    ingest(connection, "mine", path)
    out = tmp_path / "out.parquet"
    export_table(connection, "raw.mine", out)
    ingest(connection, "back", out)
    # The second row has no position, so no cell.
    assert [row[3] is None for row in cells(connection, "back")] == [False, True]
    audit = connection.execute("select count(*) from meta.null_audit").fetchone()
    assert audit == (0,)
    described = connection.execute(
        "select count(*) from meta.columns where table_name = 'back'"
    ).fetchone()
    assert described == (4,)


@pytest.mark.parametrize("text", [b"[1]", b"not json", b'{"x": 3}', b"\xff"])
def test_somebody_elses_key_of_that_name_does_no_harm(connection, tmp_path, text):
    path = tmp_path / "t.parquet"
    made = pa.table({"id": [1], "RA": [10.0], "Dec": [5.0]})
    parquet.write_table(made.replace_schema_metadata({"columns": text}), path)
    assert ingest(connection, "mine", path) == ()


def test_parquet_says_the_unit_as_once_written(connection, catalogue, tmp_path):
    ingest(connection, "mine", catalogue)
    path = tmp_path / "out.parquet"
    export_table(connection, "raw.mine", path)
    said = json.loads(parquet.read_metadata(path).metadata[b"columns"])
    assert said["log(g)"]["unit"] == "log (cgs)"
