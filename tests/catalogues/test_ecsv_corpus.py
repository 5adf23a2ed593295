"""ECSV of every datatype, cell by cell against astropy."""

import warnings
from pathlib import Path

import astropy.units as u
import numpy as np
import pyarrow as pa
import pytest
from astropy.coordinates import SkyCoord
from astropy.table import MaskedColumn, QTable, Table
from astropy.time import Time
from astropy.utils.masked import Masked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stellarwh.catalogues.ecsv.write import header_lines
from stellarwh.catalogues.open import open_table
from stellarwh.catalogues.table import NullCounts, TableFile, no_nulls
from stellarwh.errors import InputFileError
from tests.catalogues.fits_corpus import flat, is_same

NUMBERS = ["bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c16"]
NAMES = ["log(g)", "[Fe/H]", "x", "X", 'a "b", c', "healpix", "α"]
TEXTS = ["", "a", "a b", 'say "hi"', "x,y", "é", "NULL", "nan", "1e5", "# no"]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.sampled_from([0, 1, 2, 5, 30]))
    table = Table()
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        # A line that begins with # is a comment to astropy, though it wrote it.
        texts = TEXTS if table.colnames else TEXTS[:-1]
        kind = draw(st.sampled_from([*NUMBERS, "text", "list"]))
        shape = draw(st.sampled_from([(), (), (2,), (2, 3)])) if kind != "c16" else ()
        if kind == "list":
            values = np.empty(rows, object)
            values[:] = [rng.integers(-9, 9, rng.integers(0, 4)) for _ in range(rows)]
            # Not only empty ones, of which astropy does not know the type.
            values[:1] = [np.array([2**62 + 1])] if rows else []
            table[name] = values
            continue
        made = (
            rng.choice(texts, (rows, *shape))
            if kind == "text"
            else numbers(rng, np.dtype(kind), (rows, *shape))
        )
        masked = draw(st.booleans()) and rows > 1
        mask = rng.random(made.shape) < 0.3 if masked else False
        table[name] = MaskedColumn(made, mask=mask) if masked else made
    return table


def numbers(rng, dtype, shape):
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        found = rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        return np.where(rng.random(shape) < 0.2, dtype.type(info.max), found)
    found = rng.normal(0, 1e3, shape).astype(dtype)
    special = rng.choice([np.nan, np.inf, -np.inf, -0.0, 1e-30], shape)
    return np.where(rng.random(shape) < 0.3, special, found).astype(dtype)


def rows_of(table: TableFile, nulls: NullCounts | None = None) -> pa.Table:
    schema = pa.schema([(str(c.index), c.type) for c in table.columns])
    batches = table.batches(table.columns, no_nulls() if nulls is None else nulls)
    return pa.Table.from_batches(batches, schema)


def by_astropy(path: Path) -> list[list[list[object]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(path, format="ascii.ecsv")
    return [[values_of(cell) for cell in column] for column in table.columns.values()]


def values_of(cell: object, empty: str | None = None) -> list[object]:
    """Return the values of a cell; an empty text is missing, but in an array is one."""
    if cell is np.ma.masked or cell is None:
        return [None]
    if isinstance(cell, str):
        return [cell or empty]
    if np.ndim(cell):
        return [value for part in cell for value in values_of(part, "")]
    value = np.asarray(cell).item()
    return [value.real, value.imag] if isinstance(value, complex) else [value]


@settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables(), st.sampled_from([",", " "]), st.sampled_from([4096, 8 << 20]))
def test_every_cell_of_a_generated_ecsv_is_as_astropy_reads_it(
    tmp_path, made, delimiter, block_bytes
):
    path = tmp_path / "t.ecsv"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.write(path, format="ascii.ecsv", delimiter=delimiter, overwrite=True)
    table = open_table(path)
    assert [column.name for column in table.columns] == made.colnames
    nulls = no_nulls()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stellarwh.catalogues.text.read._BLOCK_BYTES", block_bytes)
        batch = rows_of(table, nulls)
    assert batch.num_rows == len(made)
    if not len(made):
        # astropy does not read all of those.
        return
    for i, theirs in enumerate(by_astropy(path)):
        found = [flat(cell) for cell in batch.column(i).to_pylist()]
        for ours, astropys in zip(found, theirs, strict=True):
            # A complex number that is missing misses both of its parts.
            gone = ours == [None, None] and astropys == [None]
            assert gone or pairs(ours, astropys), made.columns[i]
        assert sum(nulls[i].values()) == sum(row.count(None) for row in found)


def test_a_row_that_begins_with_a_hash_is_read(tmp_path):
    # astropy writes the row so, and loses it when it reads the file again.
    path = tmp_path / "t.ecsv"
    Table({"x": ["a", "# no", "b"]}).write(path, format="ascii.ecsv", delimiter=",")
    assert path.read_text().endswith("a\n# no\nb\n")
    assert rows_of(open_table(path)).to_pydict() == {"0": ["a", "# no", "b"]}


@pytest.mark.parametrize(("size", "fits"), [(100_000, True), (100_001, False)])
def test_an_array_is_no_longer_than_duckdb_has_them(tmp_path, size, fits):
    path = tmp_path / "t.ecsv"
    path.write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n"
        f"# - {{name: x, datatype: string, subtype: 'int64[{size}]'}}\nx\n"
    )
    if fits:
        assert open_table(path).columns[0].type == pa.list_(pa.int64(), size)
    else:
        with pytest.raises(InputFileError, match=rf"the shape of x is .int64\[{size}"):
            open_table(path)


def pairs(ours: list[object], astropys: list[object]) -> bool:
    if None in astropys and len(ours) != len(astropys):
        ours = [v for v in ours if v is not None]
        astropys = [v for v in astropys if v is not None]
    return is_same(ours, astropys)


def read(path: Path, columns: list[str], body: str) -> list[list[object]]:
    head = "".join(f"# - {column}\n" for column in columns)
    path.write_text(f"# %ECSV 1.0\n# ---\n# datatype:\n{head}{body}")
    return [array.to_pylist() for array in rows_of(open_table(path)).columns]


@pytest.mark.parametrize(
    ("column", "body", "expected", "kind"),
    [
        ("int64", "4611686018427387905\n", [2**62 + 1], pa.int64()),
        ("uint64", "18446744073709551615\n", [2**64 - 1], pa.uint64()),
        ("float16", "1.5\n", [1.5], pa.float32()),
        ("bool", "True\nFalse\n", [True, False], pa.bool_()),
        ("string", '"a\nb"\nc\n', ["a\nb", "c"], pa.string()),
        (
            "string, subtype: 'int64[2]'",
            "[4611686018427387905,null]\n[1,2]\n",
            [[2**62 + 1, None], [1, 2]],
            pa.list_(pa.int64(), 2),
        ),
        (
            "string, subtype: 'float32[null]'",
            '[0.5]\n[]\n""\n',
            [[0.5], [], None],
            pa.list_(pa.float32()),
        ),
        (
            "string, subtype: 'int64[2,null]'",
            "[[1,2],[3,4]]\n[[],[]]\n",
            [[[1, 2], [3, 4]], [[], []]],
            pa.list_(pa.list_(pa.int64())),
        ),
    ],
)
def test_types_are_those_declared(tmp_path, column, body, expected, kind):
    path = tmp_path / "t"
    declared = [f"{{name: x, datatype: {column}}}"]
    assert read(path, declared, f"x\n{body}") == [expected]
    assert open_table(path).columns[0].type == kind
    path.write_text(path.read_text().replace(body, ""))
    empty = open_table(path)
    assert (rows_of(empty).num_rows, empty.columns[0].type) == (0, kind)


@pytest.mark.parametrize(
    ("column", "body", "message"),
    [
        ("int8", "300\n", "holds '300' where its header promises int8"),
        ("int64", "1\n99999999999999999999\n", "holds '99999999999999999999' where"),
        ("int64", "1.5\n", "holds '1.5' where"),
        ("int64", "0x1F\n", "holds '0x1F' where"),
        ("uint8", "-1\n", "holds '-1' where"),
        ("bool", "maybe\n", "holds 'maybe' where"),
        ("float64", "1e400\n", "holds '1e400' where"),
        ("string, subtype: 'int8[2]'", "[1]\n", r"holds '\[1\]' where"),
        ("string, subtype: 'int8[null]'", "1],[2\n", "holds '1],.*' where"),
        ("int64", "1 2\n", "Expected 1 columns, got 2"),
        ("int64", "1\n", "describes 1 columns .x., its line of names has 1 .y."),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, column, body, message):
    names = "y" if "describes" in message else "x"
    declared = [f"{{name: x, datatype: {column}}}"]
    with pytest.raises(InputFileError, match=message) as caught:
        read(tmp_path / "t", declared, f"{names}\n{body}")
    assert "\n" not in str(caught.value)


def test_names_and_units_are_kept_as_written(tmp_path):
    path = tmp_path / "t"
    columns = [
        "{name: log(g), datatype: int64, unit: log (cgs), meta: {ucd: phys.gravity}}",
        "{name: x, datatype: int64, unit: km s-1, description: first}",
        "{name: x, datatype: int64, unit: dex}",
    ]
    assert read(path, columns, "log(g) x x\n1 2 3\n") == [[1], [2], [3]]
    found = open_table(path).columns
    assert [c.name for c in found] == ["log(g)", "x", "x"]
    assert [c.unit for c in found] == ["log (cgs)", "km s-1", "dex"]
    assert (found[0].ucd, found[1].description) == ("phys.gravity", "first")


def test_objects_stay_the_json_that_they_are(tmp_path):
    declared = ["{name: x, datatype: string, subtype: json}"]
    body = 'x\n"{""a"":1}"\n1\n'
    assert read(tmp_path / "t", declared, body) == [['{"a":1}', "1"]]


def test_a_type_that_ecsv_does_not_have_is_named(tmp_path):
    read(tmp_path / "t", ["{name: x, datatype: decimal128}"], "x\n1\n")
    (column,) = open_table(tmp_path / "t").columns
    assert column.unreadable == "its type 'decimal128' is none of ECSV that can be read"


def test_columns_that_are_named_alike_keep_their_types(tmp_path):
    # astropy takes the type of the last for both, and rounds the id.
    columns = ["{name: a, datatype: int64}", "{name: a, datatype: float64}"]
    found = read(tmp_path / "t", columns, "a a\n4611686018427387905 1.5\n")
    assert found == [[2**62 + 1], [1.5]]


def test_blanks_that_are_quoted_are_of_the_text(tmp_path):
    columns = ["{name: a, datatype: string}", "{name: b, datatype: int64}"]
    body = 'a b\n"  x  y"  1  \n  z 2\n\n" "" " 3'
    assert read(tmp_path / "t", columns, body) == [["  x  y", "z", ' "'], [1, 2, 3]]


def test_blanks_between_fields_are_one_however_the_file_is_cut(tmp_path):
    columns = ["{name: a, datatype: string}", "{name: b, datatype: int64}"]
    body = "".join(f'"{" " * (i % 7)}x"{" " * (1 + i % 9)}{i}  \n' for i in range(200))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stellarwh.catalogues.text.read._BLOCK_BYTES", 64)
        found = read(tmp_path / "t", columns, f"a b\n{body}")
    assert found == [[f"{' ' * (i % 7)}x" for i in range(200)], list(range(200))]


@pytest.mark.parametrize("unit", ['"', "'", '"h:m:s"', "a: b", "#", "{x}", "- "])
def test_any_unit_comes_back_as_our_export_wrote_it(tmp_path, unit):
    schema = pa.schema([("x", pa.int64()), ("y", pa.int64())])
    facts = {"x": {"unit": unit, "description": f"say {unit}"}}
    text = "".join(f"# {line}\n" for line in header_lines(schema, facts))
    path = tmp_path / "t.ecsv"
    path.write_text(f"# %ECSV 1.0\n# ---\n# delimiter: ','\n{text}x,y\n1,2\n")
    table = open_table(path)
    assert table.columns[0].unit == unit.strip()
    assert rows_of(table).to_pydict() == {"0": [1], "1": [2]}


def masked_table() -> QTable:
    made = QTable({"id": MaskedColumn([1, 2, 3], mask=[0, 1, 0])})
    made["s"] = MaskedColumn(["", "b", "c"], mask=[0, 1, 0])
    made["a"] = MaskedColumn([[1, 2], [3, 4], [5, 6]], mask=[[0, 1], [0, 0], [1, 1]])
    made["q"] = Masked([1.0, 2.0, 3.0] * u.mas / u.yr, mask=[0, 0, 1])
    made["c"] = SkyCoord([1.0, 2.0, 3.0], [4.0, 5.0, 6.0], unit="deg", frame="fk5")
    made["t"] = Time([2450000.5, 2450001.5, 2450002.5], format="jd")
    return made


MASKED = {
    "id": [1, None, 3],
    "s": [None, None, "c"],
    "a": [[1, None], [3, 4], [None, None]],
    "q": [1.0, 2.0, None],
    "c.ra": pytest.approx([1.0, 2.0, 3.0], rel=1e-15),
    "c.dec": [4.0, 5.0, 6.0],
}


@pytest.mark.parametrize("method", [{}, {MaskedColumn: "data_mask", "q": "data_mask"}])
def test_masked_columns_and_objects_are_the_plain_columns_they_are(tmp_path, method):
    path = tmp_path / "t.ecsv"
    masked_table().write(path, format="ascii.ecsv", serialize_method=method or None)
    assert ("id.mask" in path.read_text()) is bool(method)
    table = open_table(path)
    names = [column.name for column in table.columns]
    found = dict(zip(names, rows_of(table).to_pydict().values(), strict=True))
    # A text without a character is NULL here, whatever the mask says.
    assert found == {**MASKED, "t": [2450000.5, 2450001.5, 2450002.5]}
    facts = {column.name: column for column in table.columns}
    assert facts["q"].unit == "mas / yr"
    assert facts["c.ra"].description == "SkyCoord (frame fk5)"
    assert facts["t"].description == "Time (format jd, scale utc)"


def test_a_header_that_repeats_itself_without_end_is_read_at_once(tmp_path):
    # Each level refers twice to the one before: 2^60 paths through 60 mappings.
    nested = "".join(
        f"#   k{i}: &k{i} {{a: *k{i - 1}, b: *k{i - 1}}}\n" for i in range(1, 60)
    )
    path = tmp_path / "t.ecsv"
    path.write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: x, datatype: int64}\n# meta:\n"
        f"#  __serialized_columns__:\n#   k0: &k0 {{a: b}}\n{nested}x\n1\n"
    )
    assert rows_of(open_table(path)).to_pydict() == {"0": [1]}


def test_null_as_the_gaia_archive_writes_it_is_no_number_but_a_text(tmp_path):
    path = tmp_path / "t.ecsv"
    path.write_text(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
        "# - {name: a, datatype: int64}\n# - {name: b, datatype: string}\n"
        'a,b\n4611686018427387905,"x"\nnull,"null"\n'
    )
    batch = rows_of(open_table(path))
    assert batch.to_pydict() == {"0": [4611686018427387905, None], "1": ["x", "null"]}


def test_a_row_that_is_too_short_and_not_in_utf8_is_refused(tmp_path):
    path = tmp_path / "t.ecsv"
    head = b"# %ECSV 1.0\n# ---\n# datatype:\n# - {name: x, datatype: string}\n"
    path.write_bytes(head + b"# - {name: y, datatype: int64}\nx y\na 1\n\xff\nb 2\n")
    with pytest.raises(InputFileError, match="mixes text encodings"):
        rows_of(open_table(path))


def test_keys_that_yaml_leaves_empty_say_nothing(tmp_path):
    facts = "datatype: int64, subtype: null, unit: ~, description: null"
    columns = [f"{{name: x, {facts}}}", "{name: y, datatype: int64, subtype: odd}"]
    assert read(tmp_path / "t", columns, "x y\n1 2\n") == [[1], [2]]
    found = open_table(tmp_path / "t").columns[0]
    assert (found.unit, found.description, found.type) == ("", "", pa.int64())
