"""VOTables of every datatype, cell by cell against astropy and STILTS."""

import base64
import gzip
import io
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls, notes_of
from stellarwh.errors import InputFileError
from tests.catalogues.fits_corpus import flat, is_same
from tests.catalogues.votable_corpus import by_astropy, expected, tables, votable, wrap


def read(path: Path) -> tuple[dict[str, list[object]], dict[str, int]]:
    table = open_table(path)
    nulls = no_nulls()
    batches = list(table.batches(table.columns, nulls))
    found = {
        column.name: [v for b in batches for v in b.column(i).to_pylist()]
        for i, column in enumerate(table.columns)
    }
    return found, {c.name: sum(nulls[c.index].values()) for c in table.columns}


def read_one(path: Path, field: str, data: str) -> list[object]:
    path.write_bytes(wrap(f'<FIELD name="x" {field}</FIELD>', data))
    return read(path)[0]["x"]


def in_cells(*cells: str) -> str:
    rows = "".join(f"<TR><TD>{cell}</TD></TR>" for cell in cells)
    return f"<TABLEDATA>{rows}</TABLEDATA>"


def in_binary(raw: bytes, kind: str = "BINARY", encoding: str = "base64") -> str:
    text = base64.b64encode(raw).decode()
    return f'<{kind}><STREAM encoding="{encoding}">{text}</STREAM></{kind}>'


@settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables())
def test_every_cell_of_a_generated_votable_is_as_astropy_reads_it(tmp_path, made):
    serialisation, columns = made
    content = votable(serialisation, columns)
    path = tmp_path / "t.vot"
    path.write_bytes(gzip.compress(content, 1) if len(columns) % 2 else content)
    table = open_table(path)
    assert [c.name for c in table.columns] == [c.name for c in columns]
    nulls = no_nulls()
    batches = list(table.batches(table.columns, nulls))
    theirs = by_astropy(content)
    for i, column in enumerate(columns):
        cells = [v for batch in batches for v in batch.column(i).to_pylist()]
        found = [flat(cell) for cell in cells]
        for ours, astropys, drawn in zip(
            found, theirs[i], expected(column), strict=True
        ):
            assert is_same(ours, astropys), column
            assert is_same(ours, drawn), column
        assert sum(nulls[i].values()) == sum(row.count(None) for row in found)


@pytest.mark.parametrize(
    ("field", "cells", "values"),
    [
        ('datatype="bit">', "1 0", [True, False]),
        ('datatype="bit" arraysize="3">', "101 011", [[1, 0, 1], [0, 1, 1]]),
        ('datatype="unsignedByte"><VALUES null="255"/>', "0 254 255", [0, 254, None]),
        ('datatype="short"><VALUES null="-99"/>', "-99 1", [None, 1]),
        ('datatype="int">', "0x1F -5", [31, -5]),
        ('datatype="long">', "4611686018427387905 -1", [2**62 + 1, -1]),
        ('datatype="float">', "NaN +Inf -Inf 0.5", [None, np.inf, -np.inf, 0.5]),
        ('datatype="boolean">', "T f 1 ?", [True, False, True, None]),
    ],
)
def test_cells_mean_what_the_standard_says(tmp_path, field, cells, values):
    assert read_one(tmp_path / "t", field, in_cells(*cells.split())) == values


@pytest.mark.parametrize("datatype", ["short", "int", "long", "double", "char"])
def test_an_empty_cell_is_null_and_counted(tmp_path, datatype):
    path = tmp_path / "t"
    field = f'datatype="{datatype}">'
    assert read_one(path, field, in_cells("1", ""))[1] is None
    assert read(path)[1] == {"x": 1}


def test_a_null_array_of_varying_length_is_null(tmp_path):
    raw = b"\0" + struct.pack(">i2B", 2, 7, 255) + b"\x80" + struct.pack(">i", 0)
    raw += b"\0" + struct.pack(">i", 0)
    data = in_binary(raw, "BINARY2")
    field = 'datatype="unsignedByte" arraysize="*">'
    assert read_one(tmp_path / "t", field, data) == [[7, 255], None, []]


@pytest.mark.parametrize(
    ("datatype", "kind"),
    [
        ("unsignedByte", pa.list_(pa.uint8())),
        ("float", pa.list_(pa.float32())),
        ("long", pa.list_(pa.int64())),
        ("floatComplex", pa.list_(pa.list_(pa.float32(), 2))),
        ("char", pa.string()),
        ("unicodeChar", pa.string()),
    ],
)
def test_types_are_those_declared_even_without_rows(tmp_path, datatype, kind):
    path = tmp_path / "t"
    assert read_one(path, f'datatype="{datatype}" arraysize="*">', in_cells()) == []
    assert open_table(path).columns[0].type == kind


@pytest.mark.parametrize(
    ("field", "data", "message"),
    [
        ('datatype="int">', in_cells("12345678901"), "out of range"),
        ('datatype="unsignedByte">', in_cells("300"), "out of range"),
        ('datatype="long">', in_cells("9" * 20), "out of range"),
        ('datatype="long">', in_cells("1.5"), "invalid literal"),
        ('datatype="double">', in_cells("1,5"), "Invalid literal for float '1,5'"),
        ('datatype="char" arraysize="2">', in_cells("abc"), "too long"),
        ('datatype="char" arraysize="3x2">', in_cells("abc"), "Invalid size"),
        ('datatype="int"><VALUES null="none"/>', in_cells("0"), "null value 'none'"),
        ('datatype="int">', in_cells("1</TD><TD>2"), "more columns"),
        ('datatype="int">', in_binary(bytes(7)), "end within row 2"),
        ('datatype="int" arraysize="*">', in_binary(bytes(9)), "end within row 3"),
        ('datatype="int" arraysize="*">', in_binary(bytes([0, 0, 0, 9])), "row 1"),
        ('datatype="int">', in_binary(b"\x1f\x8b", encoding="gzip"), "gzip"),
        (
            'datatype="bit" arraysize="*">',
            in_binary(struct.pack(">iB", 3, 160)),
            "bit arrays of varying length.*STILTS",
        ),
        ('datatype="int">', '<PARQUET type="Parquet-local-XML"/>', "Parquet file"),
        (
            'datatype="int">',
            '<PARQUET><STREAM href="file:t.parquet"/></PARQUET>',
            r"refers to another file.*t\.parquet.*ingest that one",
        ),
        (
            'datatype="int">',
            '<BINARY><STREAM href="t.bin"/></BINARY>',
            r"refers to another file.*t\.bin.*write both to one file",
        ),
        (
            'datatype="int">',
            '<FITS extnum="2"><STREAM encoding="base64">AA</STREAM></FITS>',
            "extension 2",
        ),
        (
            'datatype="int">',
            '<FITS><STREAM encoding="base64">AAAA</STREAM></FITS>',
            r"t: the FITS file within is truncated",
        ),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, field, data, message):
    with pytest.raises(InputFileError, match=message) as caught:
        read_one(tmp_path / "t", field, data)
    assert "\n" not in str(caught.value)


def test_a_row_count_that_does_not_fit_is_refused(tmp_path):
    path = tmp_path / "t"
    content = wrap('<FIELD name="x" datatype="int"/>', in_cells("1", "2"))
    path.write_bytes(content.replace(b"<TABLE>", b'<TABLE nrows="3">'))
    with pytest.raises(InputFileError, match="nrows=3, but table contains 2 rows"):
        open_table(path)


def test_names_units_and_texts_are_kept_as_written(tmp_path):
    fields = (
        '<FIELD name="log(g)" datatype="int" unit="log (cgs)" ucd="phys.gravity"/>'
        '<FIELD name="[Fe/H]" datatype="int" unit="dex"><DESCRIPTION>\n α  &lt; 2'
        '</DESCRIPTION></FIELD><FIELD name="x" datatype="int" unit="km.s-1"/>'
        '<FIELD name="x" datatype="int" unit="km s**-1"/><FIELD ID="X" name="X" '
        'datatype="int" unit="&#181;as"/>'
    )
    row = "<TR>" + "".join(f"<TD>{i}</TD>" for i in range(5)) + "</TR>"
    path = tmp_path / "t"
    path.write_bytes(wrap(fields, f"<TABLEDATA>{row}</TABLEDATA>"))
    columns = open_table(path).columns
    assert [c.name for c in columns] == ["log(g)", "[Fe/H]", "x", "x", "X"]
    units = ["log (cgs)", "dex", "km.s-1", "km s**-1", "µas"]
    assert [c.unit for c in columns] == units
    assert (columns[0].ucd, columns[1].description) == ("phys.gravity", "α < 2")


def test_the_first_table_with_rows_is_read_and_said(tmp_path):
    one = '<TABLE name="{}"><FIELD name="{}" datatype="int" unit="{}"/>{}</TABLE>'
    parts = [
        one.format("empty", "x", "K", ""),
        one.format("stars", "x", "pc", f"<DATA>{in_cells('7')}</DATA>"),
        one.format("more", "x", "s", f"<DATA>{in_binary(bytes(4))}</DATA>"),
    ]
    path = tmp_path / "t.vot"
    path.write_text(
        f'<VOTABLE version="1.4"><RESOURCE>{parts[0]}</RESOURCE>'
        f"<RESOURCE>{parts[1]}{parts[2]}</RESOURCE></VOTABLE>"
    )
    table = open_table(path)
    assert read(path)[0] == {"x": [7]}
    assert notes_of(table) == (
        "t.vot holds 3 tables; 2 stars was read, not 1 empty (0 rows), 3 more (1 row). "
        "To read another one: --hdu more (in match: 't.vot[3]').",
    )


def fits_table() -> fits.BinTableHDU:
    varying = np.empty(3, object)
    varying[:] = [np.array([1, 2]), np.array([], int), np.array([3])]
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("id", "K", null=-1, array=[2**62 + 1, -1, 3]),
            fits.Column("i", "J", null=-99, array=[1, -99, 3]),
            fits.Column("b", "B", array=[1, 255, 3]),
            fits.Column("s", "5A", array=["a", "", "b c"]),
            fits.Column("f", "2E", array=[[1, 0.1], [np.inf, 2], [3, 4]]),
            fits.Column("d", "D", array=[0.1, 1e300, -np.inf]),
            fits.Column("l", "L", array=[True, False, True]),
            fits.Column("c", "C", array=np.array([1 + 2j, 3, 4], "c8")),
            fits.Column("x", "11X", array=np.arange(33).reshape(3, 11) % 2 == 0),
            fits.Column("v", "PJ()", array=varying),
        ]
    )
    table.header["TUNIT1"] = "km s-1"
    table.header["TUCD1"] = "phys.veloc"
    table.header["TCOMM1"] = "how fast"
    return table


EXPECTED = {
    "id": [2**62 + 1, None, 3],
    "i": [1, None, 3],
    "b": [1, 255, 3],
    "s": ["a", None, "b c"],
    "f": [[1.0, float(np.float32(0.1))], [np.inf, 2.0], [3.0, 4.0]],
    "d": [0.1, 1e300, -np.inf],
    "l": [True, False, True],
    "c": [[1.0, 2.0], [3.0, 0.0], [4.0, 0.0]],
    "x": (np.arange(33).reshape(3, 11) % 2 == 0).tolist(),
    "v": [[1, 2], [], [3]],
}


def fits_within(path: Path, about: str) -> Path:
    """Write a VOTable of FITS, each field of which says the same about itself."""
    fields = "".join(
        f'<FIELD name="my {name}" datatype="int" {about}</FIELD>' for name in EXPECTED
    )
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits_table()]).writeto(out)
    text = base64.b64encode(out.getvalue()).decode()
    data = f'<FITS extnum="1"><STREAM encoding="base64">{text}</STREAM></FITS>'
    path.write_bytes(wrap(fields, data))
    return path


def test_rows_in_fits_within_the_file_are_read(tmp_path):
    path = fits_within(tmp_path / "t.vot", 'unit="K">')
    found, counts = read(path)
    assert found == {f"my {name}": values for name, values in EXPECTED.items()}
    assert counts == {f"my {n}": int(n in ("id", "i", "s")) for n in EXPECTED}
    assert {column.unit for column in open_table(path).columns} == {"K"}


def test_what_a_votable_says_of_a_field_goes_before_what_the_fits_within_says(tmp_path):
    about = 'unit="K" ucd="phys.temperature"><DESCRIPTION>how hot</DESCRIPTION>'
    said = open_table(fits_within(tmp_path / "t.vot", about)).columns[0]
    assert (said.unit, said.ucd, said.description) == (
        "K", "phys.temperature", "how hot",
    )  # fmt: skip
    silent = open_table(fits_within(tmp_path / "s.vot", ">")).columns[0]
    assert (silent.unit, silent.ucd, silent.description) == (
        "km s-1", "phys.veloc", "how fast",
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("stilts") is None, reason="STILTS is not installed")
@pytest.mark.parametrize(
    "form", ["tabledata", "binary-inline", "binary2-inline", "fits-inline"]
)
def test_what_stilts_writes_is_read(tmp_path, form):
    fits_table().writeto(tmp_path / "t.fits")
    command = ["stilts", "tcopy", "in=t.fits", "out=t.vot", f"ofmt=votable-{form}"]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    found, _ = read(tmp_path / "t.vot")
    wanted = dict(EXPECTED)
    if form == "fits-inline":
        # STILTS pads the arrays there.
        wanted["v"] = [[1, 2], [0, 0], [3, 0]]
    assert found == wanted
    assert open_table(tmp_path / "t.vot").columns[0].unit == "km s-1"


def test_a_field_without_a_name_is_read(tmp_path):
    path = tmp_path / "t.vot"
    path.write_text(
        '<VOTABLE version="1.3"><RESOURCE><TABLE><FIELD name="" datatype="int"/>'
        '<FIELD name="b" datatype="double"/><DATA><TABLEDATA><TR><TD>1</TD>'
        "<TD>-0</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    table = open_table(path)
    (batch,) = table.batches(table.columns, no_nulls())
    assert [column.name for column in table.columns] == ["", "b"]
    assert str(batch.to_pydict()) == "{'0': [1], '1': [-0.0]}"
