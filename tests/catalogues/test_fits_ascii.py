"""FITS ASCII tables, cell by cell against astropy."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError


def card(key: str, value: object) -> str:
    text = f"'{value:<8}'" if isinstance(value, str) else f"{value:>20}"
    return f"{key:<8}= {text}".ljust(80)


def block(data: bytes, fill: bytes) -> bytes:
    return data + fill * (-len(data) % 2880)


def ascii_table(
    rows: list[str], columns: list[tuple[int, str]], **more: object
) -> bytes:
    """Return a file written by hand: rows, and the (TBCOL, TFORM) of columns."""
    keywords = {"XTENSION": "TABLE", "BITPIX": 8, "NAXIS": 2, "NAXIS1": len(rows[0])}
    keywords |= {"NAXIS2": len(rows), "PCOUNT": 0, "GCOUNT": 1}
    keywords |= {"TFIELDS": len(columns)}
    for number, (start, form) in enumerate(columns, start=1):
        keywords |= {f"TTYPE{number}": f"col{number}", f"TBCOL{number}": start}
        keywords[f"TFORM{number}"] = form
    header = "".join(card(k, v) for k, v in (keywords | more).items())
    primary = "SIMPLE  =                    T".ljust(80) + card("BITPIX", 8)
    primary += card("NAXIS", 0) + "END"
    return b"".join(
        [
            block(primary.encode(), b" "),
            block((header + "END").encode(), b" "),
            block("".join(rows).encode(), b" "),
        ]
    )


def write(folder: Path, content: bytes) -> Path:
    path = folder / "t.fits"
    path.write_bytes(content)
    return path


def read(path: Path) -> tuple[pa.Table, list[dict[str, int]]]:
    table = open_table(path)
    nulls = no_nulls()
    batches = list(table.batches(table.columns, nulls))
    joined = pa.Table.from_batches(batches).rename_columns(
        [column.name for column in table.columns]
    )
    counts = [dict(+nulls[column.index]) for column in table.columns]
    return joined, counts


def read_one(folder: Path, cells: list[str], form: str, **more: object) -> list:
    path = write(folder, ascii_table(cells, [(1, form)], **more))
    return read(path)[0]["col1"].to_pylist()


def by_astropy(path: Path) -> fits.FITS_rec:
    with fits.open(path) as file:
        return file[1].data.copy()


def unpadded(values: np.ndarray) -> list:
    return [v.rstrip(" ") if isinstance(v, str) else v for v in values.tolist()]


@pytest.mark.parametrize("zipped", [False, True])
def test_every_format_is_read_as_astropy_reads_it(tmp_path, zipped):
    rng = np.random.default_rng(1)
    x = rng.normal(scale=1e3, size=60)
    path = tmp_path / "t.fits"
    fits.TableHDU.from_columns(
        [
            fits.Column("id", "I12", array=rng.integers(-(10**9), 10**9, 60)),
            fits.Column("small", "I4", array=rng.integers(-999, 999, 60)),
            fits.Column("name", "A7", array=[f"star {i}" for i in range(60)]),
            fits.Column("fixed", "F12.4", array=x, unit="log (cgs)"),
            fits.Column("e", "E15.7", array=x),
            fits.Column("d", "D25.17", array=x),
        ],
        header=fits.Header([("TCOMM1", "who"), ("TUCD1", "meta.id")]),
    ).writeto(path)
    expected = by_astropy(path)
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes(), 1))
    table, counts = read(path)
    for name in expected.names:
        assert table[name].to_pylist() == unpadded(expected[name]), name
    assert counts == [{}] * 6
    first, *_ = open_table(path).columns
    assert (first.description, first.ucd) == ("who", "meta.id")
    assert open_table(path).columns[3].unit == "log (cgs)"


NUMBERS = st.one_of(
    st.integers(-(10**9), 10**10).map(lambda n: f"{n}."),
    st.floats(-1e300, 1e300).map(lambda x: f"{x:.9E}"),
    st.floats(-1e300, 1e300).map(lambda x: f"{x:+.5E}".replace("E", "D")),
    st.floats(-1e6, 1e6).map(lambda x: f"{x:.4f}"),
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            NUMBERS,
            st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=6),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_table_is_read_as_astropy_reads_it(tmp_path_factory, cells):
    rows = [
        (f"{n:>20}" if right else f"{n:<20}") + f" {x:>20} " + f"{text:<6}"
        for n, x, text, right in cells
    ]
    columns = [(1, "I20"), (22, "D20.5"), (43, "A6")]
    path = write(tmp_path_factory.mktemp("t"), ascii_table(rows, columns))
    table, counts = read(path)
    expected = by_astropy(path)
    assert table["col1"].to_pylist() == [n for n, *_ in cells]
    assert table["col1"].to_pylist() == expected.field(0).tolist()
    assert table["col2"].to_pylist() == expected.field(1).tolist()
    texts = unpadded(expected.field(2))
    assert table["col3"].to_pylist() == [text or None for text in texts]
    assert counts[2].get("blank", 0) == texts.count("")


def test_64_bit_ids_stay_exact(tmp_path):
    ids = [2**63 - 1, -(2**63), 2**53 + 1]
    assert read_one(tmp_path, [f"{i:>20}" for i in ids], "I20") == ids


def test_blank_numbers_and_tnull_are_null_and_counted_apart(tmp_path):
    rows = [" 12 1.5ab", "    ***  ", " -9 .25--", "  7    cd"]
    columns = [(1, "I3"), (4, "F4.1"), (8, "A2")]
    nulls = {"TNULL1": "-9", "TNULL2": "***", "TNULL3": "--"}
    table, counts = read(write(tmp_path, ascii_table(rows, columns, **nulls)))
    assert [column.to_pylist() for column in table.columns] == [
        [12, None, None, 7],
        [1.5, None, 0.25, None],
        ["ab", None, None, "cd"],
    ]
    assert counts == [{"blank": 1, "TNULL": 1}] * 3


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("   1.5D+02", 150.0),
        ("   1.5d2  ", 150.0),
        ("+.5E-1    ", 0.05),
        ("      -0.0", -0.0),
        # FITS 4.0, 7.2.5: the letter of an exponent may be missing; without a point,
        # the rightmost d digits are decimals.
        ("   1.5-100", 1.5e-100),
        ("     12345", 123.45),
        ("        -5", -0.05),
        ("   12345E1", 1234.5),
    ],
)
def test_numbers_are_read_as_the_standard_has_them(tmp_path, cell, value):
    cells = [cell, "      2.25"]
    found = read_one(tmp_path, cells, "D10.2")
    assert [repr(x) for x in found] == [repr(value), "2.25"]


def test_scales_as_astropy_does(tmp_path):
    content = ascii_table(["  1", "-20"], [(1, "I3")], TSCAL1=0.25, TZERO1=3)
    path = write(tmp_path, content)
    assert read(path)[0]["col1"].to_pylist() == by_astropy(path).field(0).tolist()
    assert read(path)[0]["col1"].to_pylist() == [3.25, -2.0]


def test_a_whole_offset_keeps_ids_exact_or_is_refused(tmp_path):
    near = f"{2**63 - 2:>20}"
    assert read_one(tmp_path, [near], "I20", TZERO1=1) == [2**63 - 1]
    with pytest.raises(InputFileError, match="TZERO of 2 do not fit 64 bits"):
        read_one(tmp_path, [near], "I20", TZERO1=2)


def test_columns_may_overlap_and_come_in_any_order(tmp_path):
    rows = ["20260101 rest of a long row that nobody wants to see"]
    columns = [(5, "I2"), (1, "I8"), (1, "A4")]
    table, _ = read(write(tmp_path, ascii_table(rows, columns)))
    assert [column[0].as_py() for column in table.columns] == [1, 20260101, "2026"]


def test_rows_are_read_in_several_blocks(tmp_path, monkeypatch):
    cells = [f"{i:>5}" for i in range(3000)]
    path = write(tmp_path, ascii_table(cells, [(1, "I5")]))
    monkeypatch.setattr("stellarwh.catalogues.fits.rows._BATCH_BYTES", 64)
    table = open_table(path)
    batches = list(table.batches(table.columns, no_nulls()))
    assert len(batches) > 1
    assert pa.Table.from_batches(batches)["0"].to_pylist() == list(range(3000))


def test_a_binary_table_is_preferred_wherever_it_is(tmp_path):
    path = tmp_path / "t.fits"
    text = fits.TableHDU.from_columns([fits.Column("a", "I4", array=[1])])
    binary = fits.BinTableHDU.from_columns([fits.Column("b", "J", array=[2])])
    fits.HDUList([fits.PrimaryHDU(), text, binary]).writeto(path)
    assert [column.name for column in open_table(path).columns] == ["b"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"TBCOL1": 7}, "TBCOL1 is 7, but 5 characters from there do not lie within"),
        ({"TBCOL1": 0}, "TBCOL1 is 0"),
        ({"TBCOL1": "x"}, "TBCOL1 is 'x'"),
        ({"TFORM1": "Z5"}, "TFORM1 is 'Z5', which is no format of an ASCII table"),
        ({"TFORM1": "I0"}, "TFORM1 is 'I0'"),
        ({"TFORM1": "I999999999"}, "999999999 characters"),
        ({"TFIELDS": 2}, "TBCOL2|TFORM2"),
        ({"TFIELDS": 0}, "without columns"),
        ({"NAXIS2": 10**9}, "truncated"),
        ({"TSCAL1": "big"}, "TSCAL1 should be a number"),
    ],
)
def test_a_header_that_lies_is_refused_in_one_line(tmp_path, more, message):
    content = ascii_table(["123 456"], [(1, "I5")], **more)
    with pytest.raises(InputFileError, match=message) as caught:
        read(write(tmp_path, content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "form", "message"),
    [
        ("  0x10", "I6", "holds '0x10', which is no integer"),
        ("   1.5", "I6", "holds '1.5', which is no integer"),
        ("  1  2", "I6", "holds '1  2', which is no integer"),
        ("9" * 20, "I20", "integers that do not fit 64 bits"),
        ("  star", "F6.1", "holds 'star', which is no number"),
        ("1.5E+ ", "E6.1", r"holds '1.5E\+', which is no number"),
        ("1.1.1D", "D6.1", "which is no number"),
    ],
)
def test_a_cell_that_is_no_number_is_refused_in_one_line(tmp_path, cell, form, message):
    with pytest.raises(InputFileError, match=message) as caught:
        read_one(tmp_path, [cell], form)
    assert "\n" not in str(caught.value)
