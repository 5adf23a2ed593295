"""FITS values, cell by cell against astropy."""

import gzip
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import no_nulls
from stellarwh.errors import InputFileError

N = 50
RANDOM = np.random.default_rng(0)


def read(path: Path, names: list[str] | None = None) -> tuple[pa.Table, dict]:
    table = open_table(path)
    columns = [c for c in table.columns if names is None or c.name in names]
    nulls = no_nulls()
    batches = list(table.batches(columns, nulls))
    counts = {columns[i].name: dict(nulls[c.index]) for i, c in enumerate(columns)}
    if not batches:
        return pa.table({}), counts
    joined = pa.Table.from_batches(batches).rename_columns([c.name for c in columns])
    return joined, counts


def write(path: Path, *columns: fits.Column) -> Path:
    fits.BinTableHDU.from_columns(list(columns)).writeto(path)
    return path


def integers(code: str, shape: tuple[int, ...] = (N,)) -> np.ndarray:
    info = np.iinfo({"B": "u1", "I": "i2", "J": "i4", "K": "i8"}[code])
    values = RANDOM.integers(info.min, info.max, shape, dtype=info.dtype, endpoint=True)
    values.flat[:2] = info.min, info.max
    return values


def floats(dtype: str, shape: tuple[int, ...] = (N,)) -> np.ndarray:
    values = RANDOM.normal(size=shape).astype(dtype)
    values.flat[:3] = np.nan, np.inf, -np.inf
    return values


@pytest.mark.parametrize("code", ["B", "I", "J", "K"])
@pytest.mark.parametrize("shape", [(), (3,)])
def test_reads_integers_exactly(tmp_path, code, shape):
    values = integers(code, (N, *shape))
    form = f"{shape[0]}{code}" if shape else code
    path = write(tmp_path / "t.fits", fits.Column("x", form, array=values))
    table, _ = read(path)
    assert table["x"].to_pylist() == fits.getdata(path)["x"].tolist() == values.tolist()
    item = table["x"].type.value_type if shape else table["x"].type
    assert item == pa.from_numpy_dtype(values.dtype)


@pytest.mark.parametrize(
    ("code", "zero", "dtype"),
    [("B", -128, "i1"), ("I", 2**15, "u2"), ("J", 2**31, "u4"), ("K", 2**63, "u8")],
)
def test_reads_the_other_signedness_exactly(tmp_path, code, zero, dtype):
    info = np.iinfo(dtype)
    values = np.array([info.min, info.max, 1, info.max // 2], dtype)
    path = write(tmp_path / "t.fits", fits.Column("x", code, bzero=zero, array=values))
    table, _ = read(path)
    assert table["x"].to_pylist() == values.tolist()
    assert table["x"].type == pa.from_numpy_dtype(np.dtype(dtype))


@pytest.mark.parametrize(("code", "dtype"), [("E", "f4"), ("D", "f8")])
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_reads_floats_with_nan_and_infinities(tmp_path, code, dtype, shape):
    values = floats(dtype, (N, *shape))
    count = int(np.prod(shape)) if shape else 1
    dim = str(tuple(reversed(shape))) if len(shape) > 1 else None
    column = fits.Column("x", f"{count}{code}", dim=dim, array=values)
    path = write(tmp_path / "t.fits", column)
    table, counts = read(path)
    expected = np.asarray(fits.getdata(path)["x"], dtype)
    np.testing.assert_array_equal(np.array(table["x"].to_pylist(), dtype), expected)
    assert table["x"].null_count == 0
    assert counts["x"] == {}


@pytest.mark.parametrize(("code", "dtype"), [("C", "c8"), ("M", "c16")])
def test_reads_complex_numbers_as_pairs(tmp_path, code, dtype):
    values = (RANDOM.normal(size=N) + 1j * RANDOM.normal(size=N)).astype(dtype)
    path = write(tmp_path / "t.fits", fits.Column("x", code, array=values))
    pairs = np.array(read(path)[0]["x"].to_pylist())
    np.testing.assert_array_equal(pairs[:, 0] + 1j * pairs[:, 1], values)


def test_reads_logicals_and_counts_the_unset(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "L", array=[True, False, True]))
    raw = path.read_bytes()
    start = raw.rindex(b"TFT")
    path.write_bytes(raw[: start + 2] + b"\0" + raw[start + 3 :])
    table, counts = read(path)
    assert table["x"].to_pylist() == [True, False, None]
    assert counts["x"] == {"logical null": 1}


@pytest.mark.parametrize("bits", [3, 8, 11])
def test_reads_bits_from_the_highest(tmp_path, bits):
    values = RANDOM.integers(0, 2, (N, bits)).astype(bool)
    path = write(tmp_path / "t.fits", fits.Column("x", f"{bits}X", array=values))
    assert read(path)[0]["x"].to_pylist() == values.tolist()


@pytest.mark.parametrize("code", ["B", "I", "J", "K"])
def test_null_integers_are_null_and_counted(tmp_path, code):
    values = integers(code)
    values[5:9] = 77
    path = write(tmp_path / "t.fits", fits.Column("x", code, null=77, array=values))
    table, counts = read(path)
    expected = [None if v == 77 else v for v in values.tolist()]
    assert table["x"].to_pylist() == expected
    assert counts["x"] == {"TNULL": expected.count(None)}


def test_null_of_a_scaled_column_is_the_stored_value(tmp_path):
    values = np.array([0, 1, 40000], "u2")
    column = fits.Column("x", "I", bzero=32768, null=-32768, array=values)
    assert read(write(tmp_path / "t.fits", column))[0]["x"].to_pylist() == [
        None,
        1,
        40000,
    ]


def test_null_within_an_array_is_a_null_element(tmp_path):
    column = fits.Column("x", "2J", null=-1, array=np.array([[1, -1], [3, 4]]))
    table, counts = read(write(tmp_path / "t.fits", column))
    assert table["x"].to_pylist() == [[1, None], [3, 4]]
    assert counts["x"] == {"TNULL": 1}


def test_scales_as_astropy_does(tmp_path):
    stored = np.arange(-5, 5, dtype="i2")
    path = write(tmp_path / "t.fits", fits.Column("x", "I", array=stored))
    with fits.open(path, mode="update") as file:
        file[1].header["TSCAL1"] = 0.25
        file[1].header["TZERO1"] = 3
    assert read(path)[0]["x"].to_pylist() == fits.getdata(path)["x"].tolist()


def test_a_whole_offset_stays_an_integer(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "J", array=[2**31 - 1, 0]))
    with fits.open(path, mode="update") as file:
        file[1].header["TZERO1"] = 1000
    assert read(path)[0]["x"].to_pylist() == [2**31 + 999, 1000]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"abc     ", "abc"),
        (b"  abc   ", "  abc"),
        (b"abc\0\0\0\0\0", "abc"),
        (b"ab\0junk ", "ab"),
        (b"ab  \0   ", "ab"),
        (b"        ", None),
        (b"\0\0\0\0\0\0\0\0", None),
        ("α Cen   ".encode()[:8], "α Cen"),
        (b"caf\xe9    ", "café"),
        (b"12345678", "12345678"),
    ],
)
def test_texts_lose_their_padding_only(tmp_path, stored, expected):
    cells = np.array([b"********", b"first   "], "S8")
    path = write(tmp_path / "t.fits", fits.Column("x", "8A", array=cells))
    path.write_bytes(path.read_bytes().replace(b"********", stored))
    table, counts = read(path)
    assert table["x"].to_pylist() == [expected, "first"]
    assert counts["x"] == ({"blank": 1} if expected is None else {})


def test_texts_in_arrays_are_read(tmp_path):
    values = np.array([["ab", "c"], ["d", ""]], "S3")
    path = write(tmp_path / "t.fits", fits.Column("x", "6A", dim="(3,2)", array=values))
    assert read(path)[0]["x"].to_pylist() == [["ab", "c"], ["d", None]]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=9),
        min_size=1,
        max_size=20,
    )
)
def test_any_ascii_text_survives(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("text") / "t.fits"
    write(path, fits.Column("x", "9A", array=np.array(texts, "S9")))
    expected = [text.rstrip(" ") or None for text in texts]
    assert read(path)[0]["x"].to_pylist() == expected


@pytest.mark.filterwarnings("ignore::Warning:astropy")
@pytest.mark.filterwarnings("ignore:It is strongly recommended")
def test_units_names_and_descriptions_are_kept_as_written(tmp_path):
    path = write(
        tmp_path / "t.fits",
        fits.Column("log(g)", "E", array=[1.0]),
        fits.Column("[Fe/H]", "E", array=[1.0]),
    )
    with fits.open(path, mode="update") as file:
        file[1].header["TUNIT1"] = "log (cgs)"
        file[1].header["TCOMM1"] = "surface gravity"
        file[1].header["TUCD1"] = "phys.gravity"
    first, second = open_table(path).columns
    found = (first.name, first.unit, first.description, first.ucd, second.name)
    expected = ("log(g)", "log (cgs)", "surface gravity", "phys.gravity", "[Fe/H]")
    assert found == expected


def test_reads_a_table_beyond_images_and_through_gzip(tmp_path):
    path = tmp_path / "t.fits"
    table = fits.BinTableHDU.from_columns([fits.Column("x", "K", array=[1, 2, 3])])
    image = fits.ImageHDU(np.ones((7, 11)))
    fits.HDUList([fits.PrimaryHDU(np.arange(999)), image, table]).writeto(path)
    zipped = tmp_path / "t.dat"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    for file in (path, zipped):
        assert read(file)[0]["x"].to_pylist() == [1, 2, 3]


def test_reads_only_what_is_wanted_in_the_order_wanted(tmp_path):
    path = write(
        tmp_path / "t.fits",
        *(fits.Column(name, "J", array=[i]) for i, name in enumerate("abc")),
    )
    table = open_table(path)
    batch = next(table.batches([table.columns[2], table.columns[0]], no_nulls()))
    assert [column.to_pylist() for column in batch.columns] == [[2], [0]]


def test_columns_of_one_name_stay_apart(tmp_path):
    path = write(
        tmp_path / "t.fits",
        fits.Column("a", "J", array=[1]),
        fits.Column("b", "J", array=[2]),
    )
    path.write_bytes(path.read_bytes().replace(b"'b       '", b"'a       '"))
    table = open_table(path)
    assert [c.name for c in table.columns] == ["a", "a"]
    batch = next(table.batches(table.columns, no_nulls()))
    assert [column.to_pylist() for column in batch.columns] == [[1], [2]]


def test_a_table_without_rows_has_columns(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "J", array=np.empty(0, "i4")))
    table = open_table(path)
    assert [c.name for c in table.columns] == ["x"]
    assert list(table.batches(table.columns, no_nulls())) == []


def varying(path: Path, form: str = "PJ()") -> Path:
    arrays = np.empty(3, dtype=object)
    arrays[:] = [np.arange(2), np.arange(0), np.arange(3)]
    return write(path, fits.Column("v", form, array=arrays))


@pytest.mark.parametrize("form", ["PJ()", "QJ()", "PD()", "QI()"])
def test_arrays_of_varying_length_become_lists(tmp_path, form):
    table, _ = read(varying(tmp_path / "t.fits", form))
    assert table["v"].to_pylist() == [[0, 1], [], [0, 1, 2]]


def test_cells_out_of_order_in_the_heap_are_found(tmp_path):
    path = varying(tmp_path / "t.fits")
    raw = bytearray(path.read_bytes())
    start = raw.index(np.array([2, 0, 0, 0, 3, 8], ">i4").tobytes()[:8])
    raw[start : start + 24] = np.array([3, 8, 2, 12, 2, 0], ">i4").tobytes()
    path.write_bytes(raw)
    assert read(path)[0]["v"].to_pylist() == [[0, 1, 2], [1, 2], [0, 1]]


def test_large_cells_are_read_in_small_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.fits.heap._BATCH_BYTES", 9)
    table = open_table(varying(tmp_path / "t.fits"))
    batches = list(table.batches(table.columns, no_nulls()))
    assert [b.column(0).to_pylist() for b in batches] == [[[0, 1]], [[]], [[0, 1, 2]]]


@pytest.mark.parametrize("cell", [(3, 9), (-1, 0), (1, -4), (2**31 - 1, 0), (6, 0)])
def test_a_cell_outside_of_the_heap_is_refused(tmp_path, cell):
    path = varying(tmp_path / "t.fits")
    raw = bytearray(path.read_bytes())
    raw[5760:5768] = np.array(cell, ">i4").tobytes()
    path.write_bytes(raw)
    with pytest.raises(InputFileError, match="damaged: a cell of v lies outside"):
        read(path)


def test_a_heap_that_is_cut_off_is_refused(tmp_path):
    path = varying(tmp_path / "t.fits")
    path.write_bytes(path.read_bytes()[: 5760 + 24 + 12])
    with pytest.raises(InputFileError, match="truncated"):
        read(path)


def test_a_shifted_id_stays_exact_or_is_refused(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "K", array=[2**62 + 1, 0]))
    with fits.open(path, mode="update") as file:
        file[1].header["TZERO1"] = 1000
    assert read(path)[0]["x"].to_pylist() == [2**62 + 1001, 1000]
    path.unlink()
    write(path, fits.Column("x", "K", array=[2**63 - 1]))
    with fits.open(path, mode="update") as file:
        file[1].header["TZERO1"] = 1000
    with pytest.raises(InputFileError, match="do not fit 64 bits"):
        read(path)


@pytest.mark.parametrize("zero", [2**31 + 1, 2**61 + 1, 2**62 + 1, -(2**63)])
def test_integers_are_shifted_exactly_by_any_number_of_64_bits(tmp_path, zero):
    # A double holds none of the last three to the last digit once a number is added.
    stored = [0, 3, 2**40 + 1]
    path = write(tmp_path / "t.fits", fits.Column("x", "K", array=stored))
    with fits.open(path, mode="update") as file:
        file[1].header["TZERO1"] = zero
    assert read(path)[0]["x"].to_pylist() == [zero + value for value in stored]


def test_a_shift_beyond_64_bits_gives_doubles(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "I", array=[0, 1]))
    with fits.open(path, mode="update") as file:
        file[1].header["TZERO1"] = 2**63
    assert read(path)[0]["x"].to_pylist() == [2.0**63, 2.0**63]


def test_a_cell_holds_as_many_elements_as_an_array_of_duckdb(tmp_path):
    most = 100_000
    duckdb.execute(f"select null::utinyint[{most}]")
    with pytest.raises(duckdb.Error, match="ARRAY"):
        duckdb.execute(f"select null::utinyint[{most + 1}]")
    cells = np.arange(most + 1, dtype="u1")[None]
    path = write(
        tmp_path / "t.fits",
        fits.Column("most", f"{most}B", array=cells[:, :most]),
        fits.Column("more", f"{most + 1}B", array=cells),
    )
    least, more = open_table(path).columns
    assert (least.unreadable, more.unreadable) == (
        "", "its cells have more than 100000 elements",
    )  # fmt: skip
    assert read(path, ["most"])[0]["most"].to_pylist() == cells[:, :most].tolist()


def test_scaled_complex_numbers_keep_their_imaginary_part(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "C", array=[1 + 2j]))
    with fits.open(path, mode="update") as file:
        file[1].header["TSCAL1"] = 2.0
        file[1].header["TZERO1"] = 0.5
    assert read(path)[0]["x"].to_pylist() == [[2.5, 4.0]]


def test_rows_are_read_in_several_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("stellarwh.catalogues.fits.rows._BATCH_BYTES", 64)
    values = np.arange(1000)
    path = write(
        tmp_path / "t.fits",
        fits.Column("x", "K", array=values),
        fits.Column("s", "5A", array=values.astype("S5")),
    )
    table, _ = read(path)
    assert table["x"].to_pylist() == values.tolist()
    assert table["s"].to_pylist() == [str(v) for v in values]


@pytest.mark.parametrize("cut", [10, 2879, 2880, 4000, 5760, 9000, 20_000])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_truncated_file_is_refused(tmp_path, cut, zipped):
    path = write(tmp_path / "t.fits", fits.Column("x", "K", array=np.arange(3000)))
    whole = path.read_bytes()
    # Bytes past the last row are padding, which nobody needs.
    part = whole[: min(cut, 2880 + 2880 + 24_000 - 1)]
    path.write_bytes(gzip.compress(part) if zipped else part)
    with pytest.raises(InputFileError, match=r"truncated|FITS|neither"):
        read(path)


def test_a_gzip_stream_that_ends_early_is_refused(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "K", array=integers("K")))
    whole = gzip.compress(path.read_bytes())
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(InputFileError, match="truncated"):
        read(path)


def test_a_damaged_gzip_stream_is_refused(tmp_path):
    path = write(tmp_path / "t.fits", fits.Column("x", "K", array=integers("K")))
    whole = bytearray(gzip.compress(path.read_bytes()))
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(InputFileError, match=r"damaged|truncated|neither"):
        read(path)


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ("NAXIS1", 11, "bytes but its columns need"),
        ("NAXIS2", 10**9, "truncated"),
        ("NAXIS2", -1, "should be a count"),
        ("TFIELDS", 3, "TFORM3"),
        ("TFIELDS", 0, "need 0"),
        ("TFORM1", "9Z", "no column format"),
        ("TFORM1", "999999999K", "columns need"),
        ("TSCAL1", "big", "should be a number"),
        ("THEAP", -1, "should be a count"),
        ("PCOUNT", "many", "should be a count"),
        ("TFIELDS", 10**9, "TFORM3"),
        ("TFORM1", "9PJ", "more than one array"),
    ],
)
def test_a_header_that_lies_is_refused(tmp_path, keyword, value, message):
    path = write(
        tmp_path / "t.fits",
        fits.Column("x", "K", array=np.arange(9)),
        fits.Column("y", "J", array=np.arange(9)),
    )
    raw = path.read_bytes()
    header = fits.getheader(path, 1)
    header[keyword] = value
    block = header.tostring().encode()
    path.write_bytes(raw[:2880] + block + raw[2880 + len(block) :])
    with pytest.raises(InputFileError, match=message):
        read(path)


def test_a_dimension_that_does_not_fit_is_ignored(tmp_path):
    column = fits.Column("x", "6J", dim="(2,3)", array=np.arange(6).reshape(1, 3, 2))
    path = write(tmp_path / "t.fits", column)
    path.write_bytes(path.read_bytes().replace(b"'(2,3)   '", b"'(99999,9)'"[:10]))
    assert read(path)[0]["x"].to_pylist() == [[0, 1, 2, 3, 4, 5]]


def test_a_fits_file_without_table_is_refused(tmp_path):
    path = tmp_path / "image.fits"
    fits.PrimaryHDU(np.ones((3, 3))).writeto(path)
    with pytest.raises(InputFileError, match=r"holds no table.*image"):
        open_table(path)
