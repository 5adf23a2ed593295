import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits

from stellarwh.catalogues.fits.write import write_fits
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.output_column import OutputColumn


def as_reader(table: pa.Table, rows: int) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(
        table.schema, table.to_batches(max_chunksize=rows)
    )


@pytest.fixture
def table() -> pa.Table:
    arrays = pa.array(
        [[1.5, 2.0], None, [3.0, 4.0], [5.0, float("nan")]], pa.list_(pa.float32(), 2)
    )
    return pa.table(
        {
            "source_id": pa.array([2**62 + 1, None, -1, 0], pa.int64()),
            "teff": pa.array([5772.0, None, float("nan"), 4286.0], pa.float32()),
            "name": pa.array(["Sun", None, "Arcturus", "é"]),
            "flag": pa.array([True, False, None, True]),
            "param": arrays,
        }
    )


COLUMNS = [
    OutputColumn("source_id", pa.int64(), null=-(2**63), description="Gaia id"),
    OutputColumn("teff", pa.float32(), unit="K", ucd="phys.temperature.effective"),
    OutputColumn("name", pa.string(), width=8),
    OutputColumn("flag", pa.bool_()),
    OutputColumn("param", pa.float32(), (2,)),
]


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_astropy_reads_back_what_was_written(tmp_path, table, rows):
    path = tmp_path / "a.fits"
    write_fits(as_reader(table, rows), path, COLUMNS, 4, name="stars")
    with fits.open(path, logical_as_bytes=True) as hdus:
        hdus.verify("exception")
        header = hdus[1].header
        assert hdus[1].data["flag"].tolist() == [b"T", b"F", b"", b"T"]
    assert header["TUNIT2"] == "K"
    assert header["TUCD2"] == "phys.temperature.effective"
    assert header["TCOMM1"] == "Gaia id"
    assert path.stat().st_size % 2880 == 0
    with fits.open(path, logical_as_bytes=True) as hdus:
        read = hdus[1].data
        assert read["source_id"].tolist() == [2**62 + 1, -(2**63), -1, 0]
        np.testing.assert_array_equal(
            read["teff"], np.float32([5772, np.nan, np.nan, 4286])
        )
        assert read["name"].tolist() == [b"Sun", b"", b"Arcturus", "é".encode()]
        np.testing.assert_array_equal(
            read["param"],
            np.float32([[1.5, 2], [np.nan, np.nan], [3, 4], [5, np.nan]]),
        )


def test_a_wrong_number_of_rows_is_an_error(tmp_path, table):
    with pytest.raises(ValueError, match="4 rows came, 5 were announced"):
        write_fits(as_reader(table, 2), tmp_path / "a.fits", COLUMNS, 5, name="stars")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("log(g)", "log(g)"),
        ("[Fe/H]", "[Fe/H]"),
        ("it's", "it's"),
        ("α", r"\u03b1"),
        ("a\nb", "a b"),
        ("x" * 100, "x" * 100),
    ],
)
@pytest.mark.parametrize(
    ("unit", "ascii_unit"),
    [("log (cgs)", "log (cgs)"), ("µas", "uas"), ("°", "deg"), ("½ K", r"\xbd K")],
)
def test_any_name_and_unit_can_be_written(tmp_path, name, found, unit, ascii_unit):
    path = tmp_path / "t.fits"
    made = pa.table({"x": [1.5]})
    column = OutputColumn(
        name, pa.float64(), unit=unit, ucd="u" * 99, description="é " * 99
    )
    write_fits(made.to_reader(), path, [column], 1, name="t")
    header = fits.getheader(path, 1)
    assert (header["TTYPE1"], header["TUNIT1"]) == (found, ascii_unit)
    (read,) = open_table(path).columns
    assert (read.name, read.unit, read.ucd) == (found, ascii_unit, "u" * 99)
    assert read.description == (r"\xe9 " * 99).strip()
