"""ECSV of every datatype, cell by cell against astropy."""

import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.table import MaskedColumn, Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stellarwh.errors import InputFileError
from stellarwh.readers import no_nulls, open_table
from tests.readers.fits_corpus import flat, is_same

NUMBERS = ["bool", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "c16"]
NAMES = ["log(g)", "[Fe/H]", "x", "X", 'a "b", c', "healpix", "α"]
TEXTS = ["", "a", "a b", 'say "hi"', "x,y", "é", "NULL", "nan", "1e5", "# no"]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.sampled_from([0, 1, 2, 5, 30]))
    table = Table()
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
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
            rng.choice(TEXTS, (rows, *shape))
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


def by_astropy(path: Path) -> list[list[list[object]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(path, format="ascii.ecsv")
    return [[values_of(cell) for cell in column] for column in table.columns.values()]


def values_of(cell: object) -> list[object]:
    if cell is np.ma.masked or cell is None:
        return [None]
    if isinstance(cell, str):
        return [cell or None]
    if np.ndim(cell):
        return [value for part in cell for value in values_of(part)]
    value = np.asarray(cell).item()
    return [value.real, value.imag] if isinstance(value, complex) else [value]


@settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables(), st.sampled_from([",", " "]), st.sampled_from([200, 2 << 20]))
def test_every_cell_of_a_generated_ecsv_is_as_astropy_reads_it(
    tmp_path, made, delimiter, part_bytes
):
    path = tmp_path / "t.ecsv"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.write(path, format="ascii.ecsv", delimiter=delimiter, overwrite=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stellarwh.readers.ecsv._PART_BYTES", part_bytes)
        table = open_table(path)
    assert [column.name for column in table.columns] == made.colnames
    assert table.rows == len(made)
    if not len(made):
        # astropy does not read all of those.
        return
    nulls = no_nulls()
    (batch,) = table.batches(table.columns, nulls)
    for i, theirs in enumerate(by_astropy(path)):
        found = [flat(cell) for cell in batch.column(i).to_pylist()]
        for ours, astropys in zip(found, theirs, strict=True):
            # A complex number that is missing misses both of its parts.
            gone = ours == [None, None] and astropys == [None]
            assert gone or pairs(ours, astropys), made.columns[i]
        assert sum(nulls[i].values()) == sum(row.count(None) for row in found)


def pairs(ours: list[object], astropys: list[object]) -> bool:
    if None in astropys and len(ours) != len(astropys):
        ours = [v for v in ours if v is not None]
        astropys = [v for v in astropys if v is not None]
    return is_same(ours, astropys)


def read(path: Path, columns: list[str], body: str) -> list[list[object]]:
    head = "".join(f"# - {column}\n" for column in columns)
    path.write_text(f"# %ECSV 1.0\n# ---\n# datatype:\n{head}{body}")
    table = open_table(path)
    (batch,) = table.batches(table.columns, no_nulls())
    return [array.to_pylist() for array in batch.columns]


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
    assert (empty.rows, empty.columns[0].type) == (0, kind)


@pytest.mark.parametrize(
    ("column", "body", "message"),
    [
        ("int8", "300\n", "out of bounds"),
        ("int64", "99999999999999999999\n", "too large"),
        ("int64", "1.5\n", "invalid literal"),
        ("uint8", "-1\n", "out of bounds"),
        ("bool", "true\n", "only False, True"),
        ("decimal128", "1\n", "not understood"),
        ("int64", "1 2\n", "inconsistent"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(tmp_path, column, body, message):
    with pytest.raises(InputFileError, match=message) as caught:
        read(tmp_path / "t", [f"{{name: x, datatype: {column}}}"], f"x\n{body}")
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


def test_objects_of_several_kinds_are_named_as_unreadable(tmp_path):
    declared = ["{name: x, datatype: string, subtype: json}"]
    read(tmp_path / "t", declared, 'x\n"{""a"":1}"\n1\n')
    (column,) = open_table(tmp_path / "t").columns
    assert column.unreadable == "its cells are objects of several kinds"


def test_null_as_the_gaia_archive_writes_it_is_no_number_but_a_text(tmp_path):
    path = tmp_path / "t.ecsv"
    path.write_text(
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n"
        "# - {name: a, datatype: int64}\n# - {name: b, datatype: string}\n"
        'a,b\n4611686018427387905,"x"\nnull,"null"\n'
    )
    table = open_table(path)
    batch = next(iter(table.batches(table.columns, no_nulls())))
    assert batch.to_pydict() == {"0": [4611686018427387905, None], "1": ["x", "null"]}
