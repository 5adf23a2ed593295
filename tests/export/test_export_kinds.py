"""Types, arrays and missing values in exports: each comes back, or is told apart."""

import warnings

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import parse_single_table
from astropy.table import Table

from stellarwh.errors import UsageError
from stellarwh.export.export import export_table
from stellarwh.ingest import ingest_survey

ALL = ["parquet", "csv", "csv.gz", "fits", "vot", "ecsv"]


def back(connection, path):
    ingest_survey(connection, "back", path, no_position=True, replace=True)
    return connection.execute("select * exclude healpix from raw.back").fetchall()


def write(connection, tmp_path, sql, ending):
    connection.execute(f"create or replace table raw.t as {sql}")
    path = tmp_path / f"t.{ending}"
    export_table(connection, "raw.t", path)
    return path


INTEGERS = [
    ("utinyint", 0, 255),
    ("smallint", -(2**15), 2**15 - 1),
    ("integer", -(2**31), 2**31 - 1),
    ("bigint", -(2**63), 2**63 - 1),
]


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "parquet"])
@pytest.mark.parametrize(("kind", "lowest", "highest"), INTEGERS)
def test_every_integer_stays_apart_from_null(
    connection, tmp_path, ending, kind, lowest, highest
):
    for values in ([lowest, None, 1], [highest, None, 1], [lowest, None, highest, 0]):
        rows = ", ".join(
            f"(({v if v is not None else 'null'})::{kind})" for v in values
        )
        path = write(connection, tmp_path, f"from (values {rows}) as t (x)", ending)
        assert [row[0] for row in back(connection, path)] == values
        path.unlink()


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "parquet"])
@pytest.mark.parametrize(("kind", "lowest", "highest"), INTEGERS)
def test_every_integer_of_an_array_stays_apart_from_null(
    connection, tmp_path, ending, kind, lowest, highest
):
    sql = (
        f"select [{lowest}, null]::{kind}[2] as pair, "
        f"[null, {highest}, {lowest}, 0]::{kind}[] as list"
    )
    ((pair, varying),) = back(connection, write(connection, tmp_path, sql, ending))
    assert list(pair) == [lowest, None]
    assert varying == [None, highest, lowest, 0]


def test_a_whole_array_that_is_null_holds_no_zeros(connection, tmp_path):
    sql = "from (values ([1, 2]::utinyint[2]), (null)) as t (x)"
    path = write(connection, tmp_path, sql, "fits")
    assert back(connection, path) == [((1, 2),), ((None, None),)]
    table = Table.read(path)
    assert table["x"].mask.tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "parquet"])
def test_a_boolean_that_is_null_is_null_to_astropy(connection, tmp_path, ending):
    sql = "from (values (true, true), (null, false), (false, true)) as t (x, whole)"
    path = write(connection, tmp_path, sql, ending)
    assert back(connection, path) == [(True, True), (None, False), (False, True)]
    table = Table.read(path, format={"vot": "votable"}.get(ending))
    assert np.ma.asarray(table["x"]).tolist() == [True, None, False]
    assert table["whole"].dtype == bool


ARRAYS = """
select 1 as id, [[0, 1, 2], [3, 4, 5]]::double[3][2] as cov, [1, 2, 3]::float[] as spec,
  [true, null, false]::boolean[3] as bits, ['ab', 'c', null]::varchar[3] as names,
  [true, false]::boolean[] as flags, [7]::integer[1] as one, 'x' as tail
union all select 2, [[9, 10, null], [12, 13, 14]], [], [false, false, true],
  ['x', 'yz', 'wxyz'], [], [8], 'yy'
"""


@pytest.mark.parametrize("ending", ["fits", "vot", "ecsv", "parquet"])
def test_arrays_stay_arrays(connection, tmp_path, ending):
    path = write(connection, tmp_path, ARRAYS, ending)
    (first, second) = back(connection, path)
    assert first[1] == ((0, 1, 2), (3, 4, 5))
    assert first[2] == [1, 2, 3]
    assert second[2] == []
    assert second[1][1] == (12, 13, 14)
    assert second[1][0][2] is None or np.isnan(second[1][0][2])
    # astropy, which reads ECSV, has no missing truth value within an array.
    assert first[3] == (True, None, False)
    assert first[5] == [True, False]
    assert (first[7], second[7]) == ("x", "yy")
    if ending == "vot":
        # VOTable has no arrays of texts.
        assert first[4] == "[ab, c, NULL]"
    else:
        assert first[4] == ("ab", "c", None)
        assert (first[6], second[6]) == ((7,), (8,))


def test_astropy_finds_the_same_arrays_in_fits(connection, tmp_path):
    path = write(connection, tmp_path, ARRAYS, "fits")
    with fits.open(path) as hdus:
        hdus.verify("exception")
        assert hdus[1].header["TDIM2"] == "(3,2)"
        assert hdus[1].header["TFORM3"] == "1PE(3)"
        data = hdus[1].data
        assert data["cov"].shape == (2, 2, 3)
        assert data["spec"][0].tolist() == [1, 2, 3]
        assert len(data["spec"][1]) == 0
        assert data["names"].tolist() == [["ab", "c", ""], ["x", "yz", "wxyz"]]


def test_astropy_finds_the_same_arrays_in_votable(connection, tmp_path):
    table = parse_single_table(write(connection, tmp_path, ARRAYS, "vot"))
    sizes = {field.name: field.arraysize for field in table.fields}
    assert (sizes["cov"], sizes["spec"]) == ("3x2", "*")
    assert table.array["cov"].shape == (2, 2, 3)
    assert table.array["cov"][0].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert table.array["spec"][0].tolist() == [1, 2, 3]


OTHER = """
select interval 90061 second as d, {'a': 1, 'b': 'x'} as s, map {'k': 1} as m,
  'INT'::enum('INT', 'x') as e, '0f3661c1-79a5-464a-9582-81c0d10697f4'::uuid as u,
  [interval 5 second] as ds, {'d': interval 5 second} as sd,
  [['a', 'b'], []] as deep, '101'::bit as b, time '01:02:03' as t,
  170141183460469231731687303715884105727::hugeint as h,
  12345678901234567890::decimal(20, 0) as n, 0.12345678901234567890::decimal(38, 20) q
"""


@pytest.mark.parametrize("ending", ALL)
def test_every_type_is_written_and_said_exactly(connection, tmp_path, ending):
    path = write(connection, tmp_path, OTHER, ending)
    ((d, s, m, e, u, ds, _, deep, b, t, h, n, q),) = back(connection, path)
    assert (str(d), str(e), str(b), str(t)) == ("25:01:01", "INT", "101", "01:02:03")
    assert str(u) == "0f3661c1-79a5-464a-9582-81c0d10697f4"
    assert str(h) == str(2**127 - 1)
    assert str(n) == "12345678901234567890"
    if not ending.startswith("csv"):
        # CSV does not say which digits count.
        assert str(q) == "0.12345678901234567890"
    assert ds == "['00:00:05']" or str(ds) == "[00:00:05]"
    if ending == "parquet":
        assert (s, m, deep) == ({"a": 1, "b": "x"}, {"k": 1}, [["a", "b"], []])
    else:
        assert (s, m, deep) == ("{'a': 1, 'b': x}", "{k=1}", "[[a, b], []]")


@pytest.mark.parametrize("ending", ["fits", "vot", "csv", "csv.gz"])
def test_lists_of_texts_are_joined_only_where_they_can_be_told_apart(
    connection, tmp_path, ending
):
    sql = "from (values (['a', 'b'], ['a;b']), ([], ['a', null])) as t (x, y)"
    rows = back(connection, write(connection, tmp_path, sql, ending))
    assert [row[0] for row in rows] == ["a;b", None]
    assert [row[1] for row in rows] == ["[a;b]", "[a, NULL]"]


def test_control_characters_give_a_valid_votable(connection, tmp_path):
    connection.execute('create table raw.odd as select 1 as "a\x01b"')
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, 'odd' as "
        "table_name, ? as column_name, 'm\x02' as unit, 'two\x0b lines\nof <it>' "
        "as description",
        ["a\x01b"],
    )
    for ending in ("vot", "fits", "ecsv", "parquet"):
        path = tmp_path / f"t.{ending}"
        export_table(connection, "raw.odd", path)
        assert back(connection, path) == [(1,)]
    field = parse_single_table(tmp_path / "t.vot").fields[0]
    assert field.name == "a\ufffdb"
    assert field.description == "two\ufffd lines\nof <it>"


def test_fits_refuses_columns_that_it_cannot_have(connection, tmp_path):
    path = tmp_path / "t.fits"
    many = ", ".join(f"1 as c{i}" for i in range(1000))
    for sql, problem in (
        (f"select {many}", "at most 999 columns, not 1,000"),
        (f"select 1 as {'n' * 69}", "at most 68 characters"),
        ('select 1 as "a b", 2 as "a  b"', "would have one name in FITS"),
    ):
        with pytest.raises(UsageError, match=problem):
            export_table(connection, sql, path)
    export_table(connection, f"select 1 as {'n' * 68}", path)
    with fits.open(path) as hdus:
        assert hdus[1].columns.names == ["n" * 68]
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []


def test_999_columns_with_long_facts_are_read_by_astropy(connection, tmp_path):
    columns = ", ".join(f"{i}::float as c{i}" for i in range(999))
    connection.execute(f"create table raw.wide as select {columns}")
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, 'wide' as "
        "table_name, column_name, 'it''s ' || repeat('long ''', 40) as description "
        "from duckdb_columns() where table_name = 'wide'"
    )
    path = tmp_path / "t.fits"
    export_table(connection, "raw.wide", path)
    with fits.open(path) as hdus:
        hdus.verify("exception")
        assert len(hdus[1].columns) == 999
        assert hdus[1].header["TCOMM999"] == ("it's " + "long '" * 40).strip()
        assert hdus[1].data["c998"][0] == 998


def test_astropy_reads_units_from_parquet_without_warning(connection, tmp_path):
    connection.execute("create table raw.p as select 1.5::double as pm, 'Sun' as name")
    connection.execute(
        "insert into meta.columns by name select 'raw' as schema_name, 'p' as "
        "table_name, 'pm' as column_name, 'mas/yr' as unit, 'mas.yr**-1' as vounit, "
        "'pos.pm' as ucd, 'proper motion' as description"
    )
    path = tmp_path / "t.parquet"
    export_table(connection, "raw.p", path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = Table.read(path, format="parquet")
    assert str(table["pm"].unit) == "mas / yr"
    assert table["pm"].description == "proper motion"
    assert table["pm"].meta["ucd"] == "pos.pm"
    assert table["name"].tolist() == ["Sun"]


def test_numbers_have_no_dictionaries_in_parquet(connection, tmp_path):
    sql = "select i::double as x, 'a' as t, ['a'] as l from range(5) as r (i)"
    path = write(connection, tmp_path, sql, "parquet")
    group = pq.ParquetFile(path).metadata.row_group(0)
    coded = ["RLE_DICTIONARY" in group.column(i).encodings for i in range(3)]
    assert coded == [False, True, True]


@pytest.mark.parametrize("ending", ALL)
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"[{2**128 - 1}::uhugeint, null]", f"[{2**128 - 1}, NULL]"),
        (f"[{2**127 - 1}::hugeint]::hugeint[1]", f"[{2**127 - 1}]"),
        (f"{{'a': {2**128 - 1}::uhugeint}}", f"{{'a': {2**128 - 1}}}"),
        (f"map {{'k': {2**128 - 1}::uhugeint}}", f"{{k={2**128 - 1}}}"),
        ("['0101'::bit]", "[0101]"),
    ],
)
def test_integers_of_128_bits_and_bits_are_exact_within_lists_and_structs(
    connection, tmp_path, ending, sql, expected
):
    path = write(connection, tmp_path, f"select {sql} as x", ending)
    assert back(connection, path) == [(expected,)]


def test_a_wide_table_is_written_in_smaller_row_groups(connection, tmp_path):
    columns = ", ".join(f"i as c{n}" for n in range(400))
    connection.execute(
        f"create table raw.wide as select {columns} from range(50_000) as r (i)"
    )
    path = tmp_path / "t.parquet"
    export_table(connection, "raw.wide", path)
    found = pq.read_metadata(path)
    assert found.num_rows == 50_000
    assert found.row_group(0).num_rows * 400 <= 8_000_000
