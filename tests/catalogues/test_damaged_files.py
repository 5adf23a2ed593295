"""Damaged files at random, and one by one what such runs have found."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits

from benchmarks.fuzz_ingest import fuzz, read_all
from stellarwh.errors import InputFileError


def test_damaged_files_are_refused_or_read_right(tmp_path):
    outcomes, findings = fuzz(300, 7, tmp_path)
    assert findings == []
    # Were nearly all refused at once, the rest would show nothing.
    assert outcomes["read"] > 60


def table_with(path, form, keywords, array):
    fits.BinTableHDU.from_columns([fits.Column("x", form, array=array)]).writeto(path)
    raw = path.read_bytes()
    header = fits.getheader(path, 1)
    header.update(keywords)
    block = header.tostring().encode()
    path.write_bytes(raw[:2880] + block + raw[5760:])
    return path


def test_elements_that_tdim_leaves_unused_are_not_read(tmp_path):
    path = tmp_path / "t.fits"
    table_with(path, "7J", {"TDIM1": "(2,3)"}, np.arange(14).reshape(2, 7))
    cells = [[[0, 1], [2, 3], [4, 5]], [[7, 8], [9, 10], [11, 12]]]
    assert read_all(path) == ("FITS", {0: cells})


def test_characters_that_tdim_leaves_unused_are_not_read(tmp_path):
    path = tmp_path / "t.fits"
    table_with(path, "7A", {"TDIM1": "(3,2)"}, np.array([b"abcdefg"]))
    assert read_all(path) == ("FITS", {0: [["abc", "def"]]})


def test_a_negative_zero_stays_one_when_scaled(tmp_path):
    path = table_with(tmp_path / "t.fits", "J", {"TSCAL1": -2.0}, [0, 1])
    assert str(read_all(path)[1][0]) == "[-0.0, -2.0]"


@pytest.mark.parametrize("keyword", ["PCOUNT", "THEAP", "NAXIS2"])
def test_a_count_beyond_64_bits_is_refused(tmp_path, keyword):
    lists = np.empty(1, dtype=object)
    lists[0] = np.arange(3)
    path = table_with(tmp_path / "t.fits", "PJ()", {keyword: 10**22}, lists)
    with pytest.raises(InputFileError, match="should be a count"):
        read_all(path)


@pytest.mark.parametrize(("key", "value"), [("NAXIS", 10**9), ("BITPIX", "many")])
def test_a_primary_header_that_lies_is_refused(tmp_path, key, value):
    path = tmp_path / "t.fits"
    table = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[1])])
    fits.HDUList([fits.PrimaryHDU(np.ones(3)), table]).writeto(path)
    card = fits.Card(key, value).image.encode()
    raw = path.read_bytes()
    at = raw.index(key.ljust(8).encode() + b"=")
    path.write_bytes(raw[:at] + card + raw[at + 80 :])
    with pytest.raises(InputFileError, match=key):
        read_all(path)


def test_an_array_of_no_elements_is_a_column_of_nulls(tmp_path):
    path = tmp_path / "t.fits"
    columns = [fits.Column(n, "J", array=[1, 2]) for n in "ab"]
    fits.BinTableHDU.from_columns(columns).writeto(path)
    raw = path.read_bytes().replace(b"TFORM2  = 'J       '", b"TFORM2  = '0J      '")
    raw = raw.replace(
        b"                   8 / length", b"                   4 / length"
    )
    path.write_bytes(raw)
    assert read_all(path) == ("FITS", {0: [1, 1], 1: [None, None]})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_after_a_blank_line_are_read(tmp_path, end):
    path = tmp_path / "t.csv"
    path.write_bytes(f"a,b{end}{end}1,2{end}3,4{end}".encode())
    expected = {0: ["1", "3"], 1: ["2", "4"]}
    assert read_all(path) == ("text (comma)", expected)


@pytest.mark.parametrize("damaged", [False, True])
def test_parquet_text_that_is_no_utf8_is_refused(tmp_path, damaged):
    path = tmp_path / "t.parquet"
    columns = [pa.array(["abcdefgh"]), pa.array([1]), pa.array([2])]
    table = pa.Table.from_arrays(columns, names=["s", "twice", "twice"])
    pq.write_table(table, path, compression="none", use_dictionary=False)
    if not damaged:
        assert read_all(path) == ("Parquet", {0: ["abcdefgh"], 1: [1], 2: [2]})
        return
    path.write_bytes(path.read_bytes().replace(b"cdef", b"c\xff\xfff"))
    with pytest.raises(InputFileError, match="damaged Parquet"):
        read_all(path)


def test_a_parquet_column_whose_name_is_no_utf8_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"abcdefgh": [1]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"cdef", b"c\xff\xfff"))
    with pytest.raises(InputFileError, match="damaged Parquet"):
        read_all(path)


@pytest.mark.parametrize("key", ["TZERO1", "TSCAL1", "TNULL1"])
@pytest.mark.parametrize("junk", [b" x", b" \x01", b"\xff"])
def test_a_broken_card_that_would_change_values_is_refused(tmp_path, key, junk):
    """Without TZERO 32768 an unsigned column would hold other numbers."""
    path = tmp_path / "t.fits"
    table_with(path, "I", {key: 32}, np.arange(3))
    raw = path.read_bytes()
    at = raw.index(key.ljust(8).encode() + b"=") + 30
    path.write_bytes(raw[:at] + junk.ljust(50) + raw[at + 50 :])
    with pytest.raises(InputFileError, match=f"{key} should have a value but has"):
        read_all(path)


@pytest.mark.parametrize("end", [b"\n", b"\x1d", b"  \x1f"])
def test_a_card_that_ends_in_control_characters_keeps_its_value(tmp_path, end):
    path = tmp_path / "t.fits"
    table_with(path, "I", {"TZERO1": 32768}, np.arange(3))
    raw = path.read_bytes()
    at = raw.index(b"TZERO1  =") + 30
    path.write_bytes(raw[:at] + end.ljust(50) + raw[at + 50 :])
    assert read_all(path)[1] == {0: [32768, 32769, 32770]}
