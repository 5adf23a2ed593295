"""HATS folders as raw tables: every row once, with units, NULLs and provenance."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stellarwh.catalogues.hats_folder import cell_files, hats_in, read_hats
from stellarwh.errors import InputFileError
from stellarwh.export.export import export_table
from stellarwh.export.hats.options import HatsOptions
from stellarwh.ingest import ingest_survey
from stellarwh.match import match_tables

ROWS = 3000


@pytest.fixture
def folder(connection, tmp_path):
    """A collection with a margin, of a table with units, NULLs and lists."""
    rng = np.random.default_rng(5)
    fields = [
        ("source_id", "int64", {}),
        ("alpha", "double", {"unit": "deg", "ucd": "pos.eq.ra"}),
        ("delta", "double", {"unit": "deg"}),
        ("flux", "float", {"unit": "Jy", "description": "flux at 3.4 um"}),
        ("counts", "int32", {}),
        ("name", "string", {}),
    ]
    schema = pa.schema(pa.field(n, pa.type_for_alias(t), metadata=m or None)
                       for n, t, m in fields)  # fmt: skip
    number = np.arange(ROWS)
    columns = {
        "source_id": number + 2**60,
        "alpha": rng.uniform(0, 360, ROWS),
        "delta": np.degrees(np.arcsin(rng.uniform(-1, 1, ROWS))),
        "flux": [None if i % 7 == 0 else i / 4 for i in range(ROWS)],
        "counts": [None if i % 3 == 0 else i for i in range(ROWS)],
        "name": [None if i % 5 == 0 else f"s{i}" for i in range(ROWS)],
    }
    path = tmp_path / "stars.parquet"
    pq.write_table(pa.table(columns, schema), path)
    ingest_survey(connection, "stars", path, ra="alpha", dec="delta")
    out = tmp_path / "stars"
    options = HatsOptions(margin=600, rows=100)
    export_table(connection, "raw.stars", out, kind="hats", hats=options)
    assert read_hats(out / "stars_600arcs").rows > 10
    return out


def content(connection, table):
    names = "source_id, alpha, delta, flux, counts, name, healpix"
    return connection.sql(f"select {names} from raw.{table} order by all").fetchall()


def test_a_collection_comes_back_without_its_margin(connection, folder):
    for name, path in (("back", folder), ("inner", folder / "stars")):
        # Which columns are its positions the folder says itself.
        result = ingest_survey(connection, name, path)
        assert (result.rows, result.warnings) == (ROWS, ())
        assert content(connection, name) == content(connection, "stars")
    described = connection.sql(
        "select column_name, unit, ucd, description from meta.columns where "
        "table_name = 'back' and column_name in ('alpha', 'flux') order by all"
    ).fetchall()
    assert described == [
        ("alpha", "deg", "pos.eq.ra", None),
        ("flux", "Jy", None, "flux at 3.4 um"),
    ]
    ((form, size, ra, nulls),) = connection.sql(
        "select format, size, ra_column, (select sum(n) from meta.null_audit "
        "where survey = 'back' and column_name = 'counts') from meta.ingests "
        "where survey = 'back'"
    ).fetchall()
    files = cell_files(hats_in(folder))
    assert size == sum(file.stat().st_size for file in files)
    assert (form, ra, nulls) == ("HATS", "alpha", ROWS // 3)


def test_the_same_folder_is_known_again_and_a_changed_one_is_not(connection, folder):
    ingest_survey(connection, "back", folder)
    assert ingest_survey(connection, "back", folder).unchanged
    file = cell_files(hats_in(folder))[3]
    pq.write_table(pq.read_table(file).slice(1), file)
    result = ingest_survey(connection, "back", folder, replace=True)
    assert not result.unchanged
    assert result.rows == ROWS - 1
    assert "says that it has 3,000 rows, and has 2,999" in result.warnings[0]


def test_cells_of_other_columns_are_refused(connection, folder):
    file = cell_files(hats_in(folder))[3]
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["flux"]), file)
    with pytest.raises(InputFileError, match=r"Npix=.* lacks the column flux"):
        ingest_survey(connection, "back", folder)
    texts = pa.array(["x"] * table.num_rows)
    pq.write_table(table.set_column(4, "flux", texts), file)
    with pytest.raises(InputFileError, match=r"Npix=.* other types than other cells"):
        ingest_survey(connection, "back", folder)
    ((there,),) = connection.sql(
        "select count(*) from duckdb_tables() where table_name = 'back'"
    ).fetchall()
    assert there == 0


def test_what_hipscat_called_its_files_is_read_too(connection, folder):
    inner = folder / "stars"
    told = {"catalog_type": "object", "ra_column": "alpha", "dec_column": "delta"}
    (inner / "catalog_info.json").write_text(json.dumps(told | {"total_rows": ROWS}))
    for name in ("hats.properties", "properties"):
        (inner / name).unlink()
    (inner / "dataset" / "_common_metadata").unlink()
    for part in (inner / "dataset").iterdir():
        part.rename(inner / part.name)
    (inner / "dataset").rmdir()
    assert ingest_survey(connection, "back", inner).rows == ROWS


def test_a_margin_and_other_folders_are_refused(connection, folder, tmp_path):
    with pytest.raises(InputFileError, match="is the margin of a HATS catalogue"):
        ingest_survey(connection, "back", folder / "stars_600arcs")
    with pytest.raises(InputFileError, match="is a folder, and none in HATS"):
        ingest_survey(connection, "back", tmp_path)


def test_a_match_reads_what_was_exported(connection, folder):
    pairs = match_tables(connection, "raw.stars", str(folder), radius=3)
    assert pairs.pairs["left_id"].to_pylist() == pairs.pairs["right_id"].to_pylist()
    assert pairs.pairs.num_rows == ROWS
    assert not any("says that it has" in line for line in pairs.warnings)
