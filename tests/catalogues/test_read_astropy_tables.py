"""VOTable in every serialisation and ECSV, cell by cell."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable import from_table, writeto
from astropy.table import Column, MaskedColumn, Table

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError
from stellarwh.ingest import ingest_survey

EXPECTED = {
    "id": [2**62 + 1, 2**62 + 2, 3],
    "n": [5, None, 7],
    "ra": [1.5, 2.5, 3.5],
    "name": ["α Cen", None, "b"],
    "flux": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
    "good": [True, False, True],
}


@pytest.fixture
def table() -> Table:
    made = Table(
        {
            "id": EXPECTED["id"],
            "n": MaskedColumn([5, 6, 7], mask=[False, True, False], dtype="i4"),
            "ra": Column(
                EXPECTED["ra"], unit="deg", description="right ascension\nat 2000"
            ),
            "name": ["α Cen", "", "b"],
            "flux": np.arange(1, 7, dtype="f4").reshape(3, 2),
            "good": EXPECTED["good"],
        }
    )
    made["ra"].meta["ucd"] = "pos.eq.ra"
    return made


def write_votable(table: Table, path: Path, serialisation: str) -> Path:
    votable = from_table(table)
    (first,) = votable.iter_tables()
    first.fields[2].ucd = "pos.eq.ra"
    first.fields[1].values.null = -1
    writeto(votable, str(path), tabledata_format=serialisation)
    return path


def read(path: Path) -> dict[str, list[object]]:
    table = open_table(path)
    batches = [b for b in table.batches(table.columns, no_nulls()) if b.num_rows]
    names = [column.name for column in table.columns]
    values = [a.to_pylist() for a in pa.Table.from_batches(batches).columns]
    return dict(zip(names, values, strict=True))


@pytest.mark.parametrize("serialisation", ["tabledata", "binary", "binary2"])
@pytest.mark.parametrize("zipped", [False, True])
def test_votables_are_read_in_every_serialisation(
    tmp_path, table, serialisation, zipped
):
    path = write_votable(table, tmp_path / "t.dat", serialisation)
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    opened = open_table(path)
    ra = opened.columns[2]
    assert (opened.format, opened.rows) == ("VOTable", 3)
    assert (ra.unit, ra.ucd, ra.description) == (
        "deg",
        "pos.eq.ra",
        "right ascension at 2000",
    )
    found = read(path)
    assert found["id"] == EXPECTED["id"]
    assert found == EXPECTED


@pytest.mark.parametrize("href", ["http://example.org/t.fits", "file:///t.fits"])
def test_a_votable_whose_rows_lie_elsewhere_names_that_file(tmp_path, href):
    path = tmp_path / "t.vot"
    path.write_text(
        '<?xml version="1.0"?><VOTABLE version="1.3"><RESOURCE><TABLE>'
        '<FIELD name="id" datatype="long"/><DATA><FITS extnum="1">'
        f'<STREAM actuate="onLoad"\n href="{href}"/></FITS>'
        "</DATA></TABLE></RESOURCE></VOTABLE>"
    )
    with pytest.raises(InputFileError, match=f"refers to another file.*{href}"):
        open_table(path)


def test_ecsv_is_read_with_its_types_and_units(tmp_path, table):
    path = tmp_path / "t.csv"
    table.write(path, format="ascii.ecsv")
    opened = open_table(path)
    ra = opened.columns[2]
    assert opened.format == "ECSV"
    assert (ra.unit, ra.ucd) == ("deg", "pos.eq.ra")
    assert [column.type for column in opened.columns][:2] == [pa.int64(), pa.int32()]
    assert read(path) == EXPECTED


@pytest.mark.parametrize("kind", ["votable", "ecsv"])
def test_a_catalogue_goes_in_with_its_nulls_counted(connection, tmp_path, table, kind):
    table["dec"] = Column([1.0, 2.0, 3.0], unit="deg")
    path = tmp_path / "t"
    table.write(path, format={"ecsv": "ascii.ecsv"}.get(kind, kind))
    result = ingest_survey(connection, "mine", path, ra="ra", dec="dec")
    assert result.rows == 3
    rows = connection.execute("select id, n, name from raw.mine order by id").fetchall()
    assert rows == [(3, 7, "b"), (2**62 + 1, 5, "α Cen"), (2**62 + 2, None, None)]
    audit = connection.execute(
        "select column_name, n from meta.null_audit where layer = 'raw' order by all"
    )
    assert audit.fetchall() == [("n", 1), ("name", 1)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<?xml version='1.0'?><VOTABLE/>", "holds no table"),
        (b"<?xml version='1.0'?><VOTABLE><RESOURCE><TABLE>", "damaged VOTable"),
        (b"<?xml version='1.0' encoding='utf78'?><VOTABLE/>", "damaged VOTable"),
        (b"<?xml version='1.0' encoding='gb18030'?><VOTABLE/>", "damaged VOTable"),
        (b"<?xml version='1.0'?><svg/>", "XML but no VOTable"),
        (b"# %ECSV 1.0\n", "damaged ECSV"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(InputFileError, match=message) as caught:
        open_table(path)
    assert "\n" not in str(caught.value)


def test_a_file_too_large_to_read_at_once_is_refused(tmp_path, table, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.astropy_tables.MAX_BYTES", 1000)
    path = write_votable(table, tmp_path / "t.vot", "tabledata")
    advice = (
        r"convert it to FITS first.*stilts tpipe in=t\.vot ifmt=votable out=t\.fits$"
    )
    with pytest.raises(InputFileError, match=advice):
        open_table(path)
